"""A block of code that ends by a deadline, also by one that moves while the block runs."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from exporter.deadline import Deadline


@asynccontextmanager
async def within(deadline: Deadline, seconds: float = math.inf) -> AsyncIterator[None]:
    """Cancel what runs inside at the deadline, or `seconds` from now if that is earlier.

    `asyncio.timeout_at` fixes the moment when it is entered; a scrape that joins a running walk
    moves the deadline later, and what is in flight then should have that time too.

    Raises:
        TimeoutError: the time is over, or was over before the block began.
    """
    loop = asyncio.get_running_loop()
    latest = loop.time() + seconds
    if min(deadline.at, latest) <= loop.time():
        raise TimeoutError
    async with asyncio.timeout(None) as scope:
        alarm = _Alarm(scope, deadline, latest)
        alarm.set()
        try:
            yield
        finally:
            alarm.cancel()


class _Alarm:
    """Ends a scope by `deadline` or `latest`, whichever is earlier.

    A closure that sets itself again would be a cycle, and hold the scope's task with the page that
    is its result until the garbage collector comes by.
    """

    def __init__(self, scope: asyncio.Timeout, deadline: Deadline, latest: float) -> None:
        self._scope = scope
        self._deadline = deadline
        self._latest = latest
        self._loop = asyncio.get_running_loop()

    def set(self) -> None:
        """Wait for the moment."""
        moment = min(self._deadline.at, self._latest)
        self._handle = self._loop.call_at(moment, self._ring)

    def cancel(self) -> None:
        """Wait no more; the handle lets go of this."""
        self._handle.cancel()

    def _ring(self) -> None:
        moment = min(self._deadline.at, self._latest)
        if moment <= self._loop.time():
            self._scope.reschedule(moment)
        else:
            self.set()
