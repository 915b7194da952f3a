"""The read of one target, shared by all scrapes that overlap it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exporter.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from exporter.errors import ReadError
    from exporter.inventory import Inventory
    from exporter.models import Target


class SharedRead:
    """The read of a target, under way or over; all scrapes that overlap it wait for the same one.

    It ends at the latest deadline of those who wait, since it is cancelled when the last one goes.

    Args:
        target: what is read.
        deadline: that of the scrape that begins it.
        execute: does the work: it fills in `inventory` or `error`, then calls `end`.

    Attributes:
        deadline: when it must be over; it moves later when a scrape with a later one joins.
        pages: pages read so far.
        timed_out: whether it was cancelled because the deadline passed.
    """

    def __init__(
        self,
        target: Target,
        deadline: Deadline,
        execute: Callable[[SharedRead], Coroutine[None, None, None]],
    ) -> None:
        self.target = target
        self.deadline = Deadline(deadline.at)
        self.inventory: Inventory | None = None
        self.error: ReadError | None = None
        self.pages = 0
        self.timed_out = False
        self._left = False
        self._clock = asyncio.get_running_loop().time
        self._started = self._clock()
        self._ended: float | None = None
        self._waiting = 0
        self._task = asyncio.create_task(execute(self))

    @property
    def running(self) -> bool:
        """Whether another scrape can still join it."""
        return self._ended is None and not self._left

    @property
    def duration(self) -> float:
        """Seconds that it took, or has taken so far."""
        return (self._clock() if self._ended is None else self._ended) - self._started

    @property
    def timeout(self) -> float:
        """Seconds that it was given."""
        return self.deadline.at - self._started

    def succeeded_within(self, seconds: float) -> bool:
        """Tell whether it ended less than this ago with an inventory."""
        ended = self._ended
        return self.inventory is not None and ended is not None and self._clock() - ended < seconds

    def count_page(self) -> None:
        """Count a page that was read."""
        self.pages += 1

    def cancelling(self) -> bool:
        """Tell whether somebody asked for it to be cancelled."""
        return self._task.cancelling() > 0

    def end(self) -> None:
        """Note that it is over."""
        self._ended = self._clock()

    async def wait(self, deadline: Deadline) -> None:
        """Wait until it is over or the deadline has passed."""
        task = self._task
        if self.running:
            self.deadline.extend(deadline.at)
        self._waiting += 1
        try:
            await asyncio.wait([task], timeout=max(0.0, deadline.remaining()))
            self.timed_out = self._waiting == 1 and not task.done()
        finally:
            self._waiting -= 1
            if self._waiting == 0 and not task.done():
                self._left = True
                task.cancel()
        if self.timed_out:
            await asyncio.wait([task])
