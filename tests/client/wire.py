"""A direct transport under test, and a server of bare sockets that counts connections."""

from __future__ import annotations

import ssl
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, cast

import httpx
import trustme

from exporter.client.protocol import READ
from exporter.client.transport import DirectTransport
from tests.client.support import KEY, server_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

KEEP_ALIVE = 120.0
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Length: 5\r\n\r\nhello"


class Server:
    """Answers each request with the next of some replies, the last one for ever.

    Args:
        replies: a reply is written at once.
        hangs_up: it closes the connection after each.

    Attributes:
        heads: the requests that came.
        writers: the connections that were made.
    """

    def __init__(self, *replies: bytes, hangs_up: bool = False) -> None:
        self._replies = list(replies)
        self._hangs_up = hangs_up
        self.heads: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.writers.append(writer)
        is_open = True
        while is_open:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self._replies.pop(0) if len(self._replies) > 1 else self._replies[0])
            await writer.drain()
            is_open = not self._hangs_up

    @property
    def connections(self) -> int:
        """How many were made."""
        return len(self.writers)


@asynccontextmanager
async def direct(tls: ssl.SSLContext | None = None) -> AsyncIterator[DirectTransport]:
    """Open a transport, and close it."""
    scratch = memoryview(bytearray(READ))
    transport = DirectTransport(tls or ssl.create_default_context(), KEEP_ALIVE, scratch)
    async with transport:
        yield transport


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[tuple[DirectTransport, str]]:
    """Run a server, and open a transport to ask it by the URL that comes with it."""
    async with server_of(server.serve) as url, direct() as transport:
        yield transport, url


def trusted_pair(*names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a client's TLS and that of a server with these names, whom the client trusts."""
    ca = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.configure_trust(ours)
    ca.issue_cert(*names).configure_cert(theirs)
    return ours, theirs


def get(url: str, **headers: str) -> httpx.Request:
    """Return a request with a key."""
    return httpx.Request("GET", url, headers={"Authorization": f"APIKey {KEY}", **headers})


def stream_of(response: httpx.Response) -> httpx.AsyncByteStream:
    """Return the stream of an answer."""
    return cast("httpx.AsyncByteStream", response.stream)


async def fetch(transport: httpx.AsyncBaseTransport, url: str) -> tuple[int, bytes]:
    """Ask, and return the answer's status and its whole body."""
    response = await transport.handle_async_request(get(url))
    async with aclosing(stream_of(response)) as stream:
        return response.status_code, b"".join([chunk async for chunk in stream])
