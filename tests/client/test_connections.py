"""Connections that fail, break off, hang or drip."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.errors import Reason
from tests.client.support import (
    Recorder,
    Script,
    client_of,
    failure,
    page,
    read,
    server_of,
    serving,
)

if TYPE_CHECKING:
    from tests.client.support import Serve

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


def dripping(first: bytes, drip: bytes) -> Serve:
    """Return a server's behaviour: some bytes, then the same few again and again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        while True:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0.002)

    return serve


async def hanging(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Answer nothing until the client goes away."""
    await reader.read()


def resetting(first: bytes) -> Serve:
    """Return a server's behaviour: some bytes, then a reset."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        await writer.drain()
        await asyncio.sleep(0.02)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    return serve


SLOW: dict[str, Serve] = {
    "hang": hanging,
    "drip of header": dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "drip of 1xx": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drip of body": dripping(HEAD.replace(b"1000", b"1000000"), b" "),
    "drip of chunks": dripping(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"
    ),
}


@pytest.mark.parametrize("bound", ["request_timeout", "deadline"])
@pytest.mark.parametrize("behaviour", SLOW)
async def test_slow_answer(behaviour: str, bound: str) -> None:
    """An answer that hangs or drips is cut as a whole, by either bound, and not asked for again."""
    recorder = Recorder()
    timeout, seconds = (0.1, 30.0) if bound == "request_timeout" else (30.0, 0.1)
    async with (
        server_of(SLOW[behaviour]) as url,
        client_of(None, recorder, url=url, request_timeout=timeout) as client,
    ):
        error = await failure(client, seconds=seconds)
    assert (error.reason, error.status, error.attempts) == (Reason.TIMEOUT, None, 1)
    assert recorder.codes == ["error"]


@pytest.mark.parametrize(
    "behaviour",
    [
        serving(),
        serving(b"HTTP/1.1 200 OK\r\nContent"),
        resetting(b""),
        resetting(HEAD + b"{"),
    ],
    ids=["no answer", "half a header", "reset", "reset in the body"],
)
async def test_broken_connection(behaviour: Serve) -> None:
    """A connection that breaks off is tried again, then told as such."""
    recorder = Recorder()
    async with server_of(behaviour) as url, client_of(None, recorder, url=url) as client:
        error = await failure(client)
    assert (error.reason, error.status, error.attempts) == (Reason.CONNECTION, None, 3)
    assert recorder.codes == ["error"] * 3


async def test_refused_connection() -> None:
    """So is one that nobody takes."""
    async with server_of(serving()) as url:
        pass
    async with client_of(None, url=url) as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.CONNECTION, 3)
    assert str(error) == "the connection to the API could not be made"


async def test_unknown_host() -> None:
    """And one to a host that has no address."""
    async with client_of(None, url="http://api.invalid") as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.CONNECTION, 3)
    assert str(error) == "the API's host name could not be resolved"


async def test_connection_timed_out_by_the_system() -> None:
    """A connection that the system gives up is a connection's fault, as others are."""
    async with client_of(Script(httpx.ConnectTimeout("late")).transport) as client:
        assert (await failure(client)).reason is Reason.CONNECTION


async def test_no_tls() -> None:
    """A server that speaks no TLS is not tried again: that would not heal it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async with (
        server_of(serve) as url,
        client_of(None, url=url.replace("http:", "https:")) as client,
    ):
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.CONNECTION, 1)
    assert str(error).startswith("TLS with the API failed (SSL")


async def test_bad_certificate() -> None:
    """Nor is one whose certificate does not hold."""
    fault = httpx.ConnectError("x")
    fault.__cause__ = ssl.SSLCertVerificationError("certificate verify failed")
    async with client_of(Script(fault).transport) as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.CONNECTION, 1)
    assert str(error) == "TLS with the API failed (SSLCertVerificationError)"


async def test_recovers_after_a_fault() -> None:
    """After a timeout the next request works: its broken connection is not used again."""
    healthy = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = page("a")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        await (serving(head + body) if healthy else hanging)(reader, writer)

    async with server_of(serve) as url, client_of(None, url=url) as client:
        assert (await failure(client, seconds=0.1)).reason is Reason.TIMEOUT
        healthy = True
        assert await read(client) == ["a"]
