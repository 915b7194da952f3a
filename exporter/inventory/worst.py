"""The worst N of a stream, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class Worst(Generic[T]):
    """Keeps the `limit` items with the smallest ranks; all of them when `limit` is None.

    The buffer is cut back whenever it has grown to four times the limit, and from then on what
    ranks behind the last one kept is not even stored. Ranks must be distinct (end them with an
    id), so that the selection does not depend on the order of adding.
    """

    def __init__(self, limit: int | None, rank: Callable[[T], tuple[Any, ...]]) -> None:
        self._limit = limit
        self._rank = rank
        self._items: list[T] = []
        self._last_kept: tuple[Any, ...] | None = None

    def add(self, items: Iterable[T]) -> None:
        """Take items into account."""
        if self._last_kept is not None:
            rank, last = self._rank, self._last_kept
            items = [item for item in items if rank(item) < last]
        self._items.extend(items)
        if self._limit is not None and len(self._items) > 4 * self._limit:
            self._items = self.items()
            self._last_kept = self._rank(self._items[-1])

    def items(self) -> list[T]:
        """Return the selection, worst first."""
        return sorted(self._items, key=self._rank)[: self._limit]
