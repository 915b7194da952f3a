"""The worst N of a stream, in bounded memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

K = TypeVar("K", str, tuple[str, str])
T = TypeVar("T", bound="Candidate[Any]")


class Candidate(msgspec.Struct, Generic[K], order=True, gc=False):
    """An item of a stream, smaller than those that are less bad.

    Attributes:
        number: what it is ranked by.
        id: its own, by which ties are broken: the selection must not depend on the order of adding.
    """

    number: float
    id: K


class Worst(Generic[T]):
    """Keeps the smallest `limit` items; all of them when `limit` is None."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._items: list[T] = []
        self._bound = math.inf

    def passing(self, numbers: Sequence[float]) -> Sequence[int]:
        """Return the positions of the items that are worth adding, by the numbers of all of them.

        Most are not, once the buffer has been cut: they need not even be made.
        """
        if self._limit is None:
            return range(len(numbers))
        bound = self._bound
        places = [at for at, number in enumerate(numbers) if number <= bound]
        if len(places) > self._limit > 0:
            bound = sorted([numbers[at] for at in places])[self._limit - 1]
            places = [at for at in places if numbers[at] <= bound]
        return places

    def add(self, items: Iterable[T]) -> None:
        """Take items into account; the buffer is cut when it has grown to twice the limit."""
        self._items.extend(items)
        if self._limit is not None and len(self._items) > 2 * self._limit:
            self._items = self.items()
            self._bound = self._items[-1].number

    def items(self) -> list[T]:
        """Return the selection: all that were added, or the `limit` worst of them in order."""
        if self._limit is None or len(self._items) <= self._limit:
            return self._items
        return sorted(self._items)[: self._limit]
