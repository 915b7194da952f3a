"""A limit of requests in flight that is shared fairly.

A plain semaphore serves whoever asked first: a region of 500 pages that asks for all of them at
once would keep a region of one page waiting to its end. Here the owners take turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


class FairLimiter:
    """Lets at most `slots` holders in; the owners that wait are served in turn.

    Of one owner, whoever asked first is served first. Cancelling one who waits or holds never
    loses a slot.
    """

    def __init__(self, slots: int) -> None:
        self._free = slots
        # The order of the keys is the order of the turns. While anyone waits, no slot is free.
        self._queues: dict[Hashable, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def slot(self, owner: Hashable) -> AsyncIterator[None]:
        """Hold a slot on behalf of `owner`, after waiting for one as long as it takes."""
        await self._acquire(owner)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, owner: Hashable) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # The slot was handed over at the same moment.
                self._release()
            raise

    def _release(self) -> None:
        """Hand the slot to the next owner in turn, or keep it free when nobody waits."""
        while self._queues:
            owner = next(iter(self._queues))
            queue = self._queues.pop(owner)
            turn = queue.popleft()
            if queue:
                self._queues[owner] = queue  # Back to the end of the turns.
            if not turn.done():  # Else it was cancelled while it waited.
                turn.set_result(None)
                return
        self._free += 1
