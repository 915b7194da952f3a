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
    alarm: asyncio.TimerHandle

    def end_or_wait_on() -> None:
        nonlocal alarm
        moment = min(deadline.at, latest)
        if moment <= loop.time():
            scope.reschedule(moment)
        else:
            alarm = loop.call_at(moment, end_or_wait_on)

    if min(deadline.at, latest) <= loop.time():
        raise TimeoutError
    async with asyncio.timeout(None) as scope:
        alarm = loop.call_at(min(deadline.at, latest), end_or_wait_on)
        try:
            yield
        finally:
            alarm.cancel()
