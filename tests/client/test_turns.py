"""Who is served while many bodies end at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx

from tests.client.support import client_of, ok, read

BODIES = 8


async def test_one_body_is_decoded_in_a_turn_of_the_loop() -> None:
    """Whoever asks for health meanwhile waits for one of them, and not for all."""
    turn, decoded = 0, []

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async with client_of(httpx.MockTransport(lambda _request: ok("a"))) as client:

        async def read_one() -> None:
            await read(client)
            decoded.append(turn)

        counting = asyncio.create_task(count_turns())
        await asyncio.gather(*(read_one() for _ in range(BODIES)))
        counting.cancel()
        with suppress(asyncio.CancelledError):
            await counting
    assert len(decoded) == len(set(decoded)) == BODIES
