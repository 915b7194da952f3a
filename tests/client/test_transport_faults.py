"""The direct transport: answers that are cut, are none, or are too much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from httptools import HttpParserError

from tests.client.support import KEY, server_of, serving
from tests.client.test_connections import resetting
from tests.client.wire import OK, Server, direct, fetch, get, served, stream_of
from tests.processes import free_port

if TYPE_CHECKING:
    from tests.client.support import Serve

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LONG = OK + b"Content-Length: 100\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
KIB = 1 << 10


async def fault_of(serve: Serve) -> httpx.TransportError:
    """Return the error that asking such a server ends in; it tells nothing of the request."""
    async with server_of(serve) as url, direct() as transport:
        with pytest.raises(httpx.TransportError) as caught:
            await fetch(transport, url)
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


@pytest.mark.parametrize(
    "sent",
    [b"", b"HTTP/1.1", OK, OK + b"Content-Length: 5\r\n", CONTINUE, CONTINUE + OK],
)
async def test_server_that_hangs_up(sent: bytes) -> None:
    """Before the end of the head there is no answer, and no parser is to blame."""
    fault = await fault_of(serving(sent))
    assert type(fault) is httpx.RemoteProtocolError
    assert fault.__cause__ is None


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1", LONG, LONG + b"hello", CHUNKED + b"5\r\nhel"])
async def test_reset(sent: bytes) -> None:
    """A connection that breaks off is told as that, anywhere in the answer."""
    fault = await fault_of(resetting(sent))
    assert type(fault) is httpx.ReadError
    assert isinstance(fault.__cause__, ConnectionResetError)


async def test_refused() -> None:
    """One that nobody takes could not be made."""
    async with direct() as transport:
        with pytest.raises(httpx.ConnectError) as caught:
            await fetch(transport, f"http://127.0.0.1:{free_port()}")
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


NO_HTTP = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a body alone": b'{"count": 0}',
    "a status that is none": b"HTTP/1.1 2x0 OK\r\n\r\n",
    "a version that is none": b"HTTP/3.7 200 OK\r\n\r\n",
    "a line without colon": OK + b"Content-Length\r\n\r\n",
    "a name with a blank": OK + b"Content Length: 5\r\n\r\nhello",
    "a folded line": OK + b"Content-Length: 5\r\n 6\r\n\r\nhello",
    "both framings": OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello",
    "a length that is none": OK + b"Content-Length: five\r\n\r\nhello",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "an upgrade": b"HTTP/1.1 101 No\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\1\2\3",
    "an upgrade without a word": b"HTTP/1.1 101 No\r\n\r\n" + LONG,
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
async def test_no_http(sent: bytes) -> None:
    """What cannot be parsed is refused at once, though the server stays: the parser is to blame."""
    async with served(Server(sent)) as (transport, url):
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await transport.handle_async_request(get(url))
    assert isinstance(caught.value.__cause__, HttpParserError)
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r}"


CUT = {
    "by its length": (LONG + b"hello", b"hello"),
    "in a chunk": (CHUNKED + b"5\r\nhel", b"hel"),
    "behind a chunk": (CHUNKED + b"5\r\nhello\r\n", b"hello"),
    "before its last line": (CHUNKED + b"5\r\nhello\r\n0\r\n", b"hello"),
    "by a size that is none": (CHUNKED + b"5\r\nhello\r\nfive\r\n", b"hello"),
    "by a chunk of the wrong size": (CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", b"hell"),
    "in another coding": (OK + b"Transfer-Encoding: gzip\r\n\r\nhello", b"hello"),
}


@pytest.mark.parametrize(("sent", "came"), CUT.values(), ids=CUT)
async def test_body_that_is_cut(sent: bytes, came: bytes) -> None:
    """What came of a body is given, then the error, and again for whoever asks again."""
    got = bytearray()

    async def collect(stream: httpx.AsyncByteStream) -> None:
        async for chunk in stream:
            got.extend(chunk)

    async with server_of(serving(sent)) as url, direct() as transport:
        stream = stream_of(await transport.handle_async_request(get(url)))
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                await collect(stream)
        await stream.aclose()
    assert got == came


def head_of(size: int) -> bytes:
    """Return a head of so many bytes, for a body of 5."""
    start, end = OK + b"X: ", b"\r\nContent-Length: 5\r\n\r\n"
    return start + b"x" * (size - len(start) - len(end)) + end


@pytest.mark.parametrize("before", [b"", CONTINUE * 10])
async def test_size_of_a_head(before: bytes) -> None:
    """64 KiB are read, 1xx answers included, and one byte more is refused."""
    most = 64 * KIB - len(before)
    async with served(Server(before + head_of(most) + b"hello")) as (transport, url):
        assert await fetch(transport, url) == (200, b"hello")
    async with served(Server(before + head_of(most + 1) + b"hello")) as (transport, url):
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await fetch(transport, url)
    assert isinstance(caught.value.__cause__, HttpParserError)


def endless(start: bytes, again: bytes) -> Serve:
    """Return a server's behaviour: some bytes, then the same ones until the client goes away."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while not writer.is_closing():
            writer.write(again * (4 * KIB // len(again)))
            await writer.drain()

    return serve


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"", CONTINUE),
        (OK, b"X: y\r\n"),
        (OK + b"X: ", b"x"),
        (b"HTTP/1.1 200 ", b"x"),
        (CHUNKED + b"5;", b"x"),
        (CHUNKED, b"0" * 100),
        (CHUNKED + b"5\r\nhello\r\n0\r\n", b"X: y\r\n"),
        (CHUNKED + b"5\r\nhello\r\n0\r\nX: ", b"x"),
    ],
    ids=["1xx", "headers", "header", "reason", "extension", "size", "trailers", "trailer"],
)
async def test_endless(start: bytes, again: bytes) -> None:
    """Whatever has no end besides the body is given up, soon."""
    fault = await fault_of(endless(start, again))
    assert isinstance(fault, httpx.RemoteProtocolError)


async def test_reader_that_stops() -> None:
    """The server has to wait, with less than 1 MiB unread; then all of a large body comes."""
    sent = 0
    size = 64 << 20

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: %d\r\n\r\n" % size)
        while sent < size:
            sent += 64 * KIB
            writer.write(bytes(64 * KIB))
            await writer.drain()

    async with server_of(serve) as url, direct() as transport:
        stream = stream_of(await transport.handle_async_request(get(url)))
        before = -1
        while sent > before:
            before = sent
            await asyncio.sleep(0.02)
        assert sent < size
        chunks = [len(chunk) async for chunk in stream]
        await stream.aclose()
    assert sum(chunks) == size
    assert max(chunks) < 1 << 20


async def test_many_small_chunks() -> None:
    """They are given together, and wait in no more memory than large ones."""
    server = Server(CHUNKED + b"2\r\nhi\r\n" * 300_000 + b"0\r\n\r\n")
    async with served(server) as (transport, url):
        stream = stream_of(await transport.handle_async_request(get(url)))
        await asyncio.sleep(0.05)
        chunks = [chunk async for chunk in stream]
        await stream.aclose()
    assert b"".join(chunks) == b"hi" * 300_000
    assert max(map(len, chunks)) < 256 * KIB
    assert len(chunks) < 1000
