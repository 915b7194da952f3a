"""The direct transport: when a connection carries another request, and that none is left behind."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.client.protocol import READ
from exporter.client.transport import DirectTransport
from tests.client.support import server_of, settle
from tests.client.wire import (
    KEEP_ALIVE,
    OK,
    WHOLE,
    Server,
    direct,
    fetch,
    get,
    served,
    stream_of,
    trusted_pair,
)
from tests.loop_clock import LoopClock

if TYPE_CHECKING:
    import ssl

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        2 * WHOLE,
        WHOLE + b"HTTP/1.1 100 Continue\r\n\r\n",
        WHOLE + b"x",
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\nx",
    ],
    ids=["close", "HTTP/1.0", "two answers", "a 1xx behind it", "a byte behind it", "chunks"],
)
async def test_connection_that_is_not_used_again(answer: bytes) -> None:
    """An answer counts, and the next request gets a new connection if anything is odd with it."""
    server = Server(answer)
    async with served(server) as (transport, url):
        for _ in range(3):
            assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 3


async def test_http_1_0_that_stays() -> None:
    """HTTP/1.0 keeps a connection if it says so."""
    server = Server(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello")
    async with served(server) as (transport, url):
        for _ in range(3):
            assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 1


@pytest.mark.parametrize("seen", [False, True])
async def test_bytes_that_nobody_asked_for(*, seen: bool) -> None:
    """What comes before a request is no answer to it, whether or not it was read by then."""
    server = Server(WHOLE)
    async with served(server) as (transport, url):
        await fetch(transport, url)
        server.writers[0].write(OK + b"Content-Length: 4\r\n\r\nlies")
        if seen:
            await settle()
        assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 2


@pytest.mark.parametrize("seen", [False, True])
async def test_server_that_closed_an_idle_connection(*, seen: bool) -> None:
    """It is noticed before the request is sent, also by a loop that had no time to hear of it."""
    server = Server(WHOLE)
    async with served(server) as (transport, url):
        await fetch(transport, url)
        server.writers[0].write_eof()
        if seen:
            await settle()
        assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 2
    assert len(server.heads) == 2


@pytest.mark.parametrize(("idle", "connections"), [(KEEP_ALIVE, 1), (KEEP_ALIVE + 1, 2)])
async def test_idle_connection(
    idle: float, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used for two minutes after its last answer, and not later."""
    clock = LoopClock(monkeypatch)
    server = Server(WHOLE)
    async with served(server) as (transport, url):
        for _ in range(2):
            assert await fetch(transport, url) == (200, b"hello")
            clock.move(idle - 0.5)
    assert server.connections == connections


async def test_another_server() -> None:
    """A request for another one is not sent to this one."""
    one, other = Server(WHOLE), Server(OK + b"Content-Length: 5\r\n\r\nother")
    async with server_of(one.serve) as url, served(other) as (transport, other_url):
        assert await fetch(transport, url) == (200, b"hello")
        assert await fetch(transport, other_url) == (200, b"other")
    assert (one.connections, other.connections) == (1, 1)


async def test_answer_that_is_left() -> None:
    """What of an answer nobody read is not read as the next one's; a whole one leaves no trace."""
    server = Server(OK + b"Content-Length: 10\r\n\r\nhello", WHOLE)
    async with served(server) as (transport, url):
        for _ in range(3):
            response = await transport.handle_async_request(get(url))
            await stream_of(response).aclose()
        assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 2


async def test_request_before_the_answer_is_done() -> None:
    """It ends the answer that is not finished, and is answered itself."""
    server = Server(OK + b"Content-Length: 10\r\n\r\nhello", WHOLE)
    async with served(server) as (transport, url):
        async with aclosing(stream_of(await transport.handle_async_request(get(url)))) as stream:
            assert await fetch(transport, url) == (200, b"hello")
            assert await anext(aiter(stream)) == b"hello"
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(aiter(stream))
        assert await fetch(transport, url) == (200, b"hello")
    assert server.connections == 2


async def test_closing() -> None:
    """A transport can be closed at any time, and again; the server sees it."""
    server = Server(WHOLE)
    async with server_of(server.serve) as url, direct() as transport:
        await transport.aclose()
        assert await fetch(transport, url) == (200, b"hello")
        await asyncio.gather(transport.aclose(), transport.aclose())
        await transport.aclose()
        await settle()
        assert server.writers[0].is_closing()


async def test_closing_in_the_middle() -> None:
    """Then whoever still reads is told."""
    async with served(Server(OK + b"Content-Length: 10\r\n\r\nhello")) as (transport, url):
        stream = stream_of(await transport.handle_async_request(get(url)))
        await transport.aclose()
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in stream:
                pass
        await stream.aclose()


def descriptors() -> int:
    """Return how many this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request a byte at a time."""
    await reader.readuntil(b"\r\n\r\n")
    for byte in WHOLE:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("secure", [False, True])
async def test_cancelling(*, secure: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Whenever a request is cancelled, no descriptor and no task is left, and nothing is said."""
    ours, theirs = trusted_pair("127.0.0.1")
    async with server_of(slowly, tls=theirs if secure else None) as url:
        await ask_and_cancel(url, ours, 0)
        tasks, opened = len(asyncio.all_tasks()), descriptors()
        finished = False
        turns = 0
        while not finished:
            turns += 1
            finished = await ask_and_cancel(url, ours, turns)
        await settle()
        assert turns > 20
        assert len(asyncio.all_tasks()) == tasks
        assert descriptors() == opened
    gc.collect()
    assert caplog.text == ""


async def ask_and_cancel(url: str, tls: ssl.SSLContext, turns: int) -> bool:
    """Ask, cancel after so many turns of the loop, and tell whether the answer came before."""
    transport = DirectTransport(tls, KEEP_ALIVE, memoryview(bytearray(READ)))
    task = asyncio.create_task(fetch(transport, url))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await transport.aclose()
    return not task.cancelled()
