"""What was read is held by whoever asked for it, and by nothing else."""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.client.protocol import Answer, Connection
from exporter.deadline import Deadline
from tests.client.support import TARGET, Script, client_of, ok, server_of, settle
from tests.client.wire import WHOLE, direct, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
async def test_a_page_is_freed_at_once() -> None:
    """No cycle holds a page: it goes with its last user, not when the collector comes by."""
    async with client_of(Script(ok("a")).transport) as client:
        page = await asyncio.create_task(client.read_page(TARGET, 0, 10, Deadline.after(30)))
        await settle()
        holders = sys.getrefcount(page)
    assert holders <= 2  # the variable, and the argument of the call


@pytest.mark.usefixtures("_without_collector")
@pytest.mark.parametrize(
    "sent",
    [WHOLE, b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 101 No\r\n\r\n", WHOLE[:-1], None],
    ids=["whole", "no answer", "no HTTP", "an upgrade", "cut", "hang"],
)
async def test_a_connection_is_freed_at_once(sent: bytes | None) -> None:
    """However its request ended, it goes when it is closed, and what was read from it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(WHOLE[:-1] if sent is None else sent)
        await (reader.read() if sent is None else writer.drain())

    async with server_of(serve) as url, direct() as transport:
        with suppress(httpx.TransportError, TimeoutError):
            async with asyncio.timeout(0.1):
                await fetch(transport, url)
    await settle()
    del transport
    assert not any(isinstance(thing, Connection | Answer) for thing in gc.get_objects())
