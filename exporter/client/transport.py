"""A connection to the API without a proxy: asyncio reads it, httptools parses it.

httpx's own takes four times the CPU for a page: it reads little at a time, and parses in Python.
"""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, Self

import httpx
from aiohappyeyeballs import start_connection

from exporter.client.protocol import Connection

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from aiohappyeyeballs import AddrInfoType

    from exporter.client.protocol import Answer

_PORTS: Final = {"http": 80, "https": 443}
_NEXT_ADDRESS: Final = 0.25
"""Seconds until a host's next address is tried beside the one before (RFC 8305)."""

_CONTROL: Final = re.compile(rb"[\x00-\x08\n-\x1f\x7f]")


class DirectTransport(httpx.AsyncBaseTransport):
    """Carries GETs over one connection, one at a time; a new one ends one that is not finished.

    It has no timeouts: whoever asks bounds the whole.

    Args:
        tls: for https.
        keep_alive: seconds that a connection may be idle and still carry the next request.
        scratch: see `Connection`.
    """

    def __init__(self, tls: ssl.SSLContext, keep_alive: float, scratch: memoryview) -> None:
        self._tls = tls
        self._keep_alive = keep_alive
        self._scratch = scratch
        self._connection: Connection | None = None
        self._server: tuple[str, str, int] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer as soon as its head is there.

        Raises:
            httpx.ConnectError: no connection could be made; the cause tells why.
            httpx.ReadError: the connection broke off.
            httpx.RemoteProtocolError: the server closed it, or what came is no answer; then a
                HttpParserError is the cause.
            httpx.LocalProtocolError: the request is none that this sends.
        """
        head = _head_of(request)
        connection = await self._connected(request.url)
        answer = await connection.ask(head)
        body = _Body(connection, answer)
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self, url: httpx.URL) -> Connection:
        server = url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]
        connection = self._connection
        if connection and server == self._server and connection.is_free(self._keep_alive):
            return connection
        await self.aclose()
        scheme, host, port = self._server = server
        tls = self._tls if scheme == "https" else None
        self._connection = await _connect(host, port, tls, partial(Connection, self._scratch))
        return self._connection


class _Body(httpx.AsyncByteStream):
    """No generator: one that is left early is closed by a task of its own, some time later."""

    def __init__(self, connection: Connection, answer: Answer) -> None:
        self._connection = connection
        self._answer = answer

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if chunk := await self._connection.read(self._answer):
            return chunk
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self._connection.release(self._answer)


async def _connect(
    host: str, port: int, tls: ssl.SSLContext | None, make: Callable[[], Connection]
) -> Connection:
    """Connect; asyncio's own race of addresses loses a socket when it is cancelled at its end."""
    loop = asyncio.get_running_loop()
    name = host if tls else None
    try:
        addresses = await _resolve(host, port)
        sock = await start_connection(addresses, happy_eyeballs_delay=_NEXT_ADDRESS)
        _, connection = await loop.create_connection(make, sock=sock, ssl=tls, server_hostname=name)
    except OSError as fault:
        message = "no connection could be made"
        raise httpx.ConnectError(message) from fault
    return connection


async def _resolve(host: str, port: int) -> Sequence[AddrInfoType]:
    kind = socket.SOCK_STREAM
    with suppress(socket.gaierror):  # An address takes no thread.
        return socket.getaddrinfo(host, port, type=kind, flags=socket.AI_NUMERICHOST)
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)


def _head_of(request: httpx.Request) -> bytes:
    """Return the bytes of a GET. An error has no word of the request: the key may be one."""
    lines = [b"GET %s HTTP/1.1" % request.url.raw_path]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    has_body = not request.headers.keys().isdisjoint({"content-length", "transfer-encoding"})
    if request.method != "GET" or has_body or any(map(_CONTROL.search, lines)):
        message = "only a GET is sent, without a body, and without control characters in its head"
        raise httpx.LocalProtocolError(message)
    return b"\r\n".join([*lines, b"", b""])
