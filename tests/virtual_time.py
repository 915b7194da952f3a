"""An event loop whose time passes at once: what takes an hour of waiting takes no time to test."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class _Loop(asyncio.SelectorEventLoop):
    """A loop that moves its clock to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        self._selector_of_ours = _Selector()
        super().__init__(self._selector_of_ours)

    def time(self) -> float:
        return self._selector_of_ours.now


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0 if timeout is not None else None)
        if not found and timeout:
            self.now += timeout
        return found


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for timers and other tasks only, never for the network."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
