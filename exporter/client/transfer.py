"""One request: sent, answered, its body read whole and decompressed, or one `ReadError`.

This works on an httpx transport and not on its client: a client follows redirects or at least reads
them, keeps cookies of one key for another, logs each URL, and decodes any stack of encodings to any
size. A transport has the connections and nothing else. No exception of a library leaves this
package, nor its text, which may hold a URL or a header.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import zlib
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn, cast

import httpx

from exporter import __version__
from exporter.client.answers import refusal, usable_wait
from exporter.errors import ReadError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from exporter.credentials import Secret

    OnStatus = Callable[[int, float | None], None]

_MAX_BODY: Final = 32 << 20
"""Bytes of a decompressed body; a full page has 0.6 MB."""

_MAX_ERROR_BODY: Final = 64 << 10
_ERROR_BODY_SECONDS: Final = 1.0
"""How long the body of an error is waited for: the status has said what counts already."""

_KEEP_ALIVE_SECONDS: Final = 120.0
"""How long a connection is kept for the next scrape. One that the server closed is noticed."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class TlsError(ReadError):
    """TLS failed: the one fault of a connection that sending again cannot heal."""


def open_transport(connections: int) -> httpx.AsyncBaseTransport:
    """Return a pool that keeps `connections` open between scrapes.

    It sets no limit to how many are in use, since the limiter above it does. The environment has no
    say: a proxy or a CA file named there would be handed the key.
    """
    limits = httpx.Limits(
        max_connections=None,
        max_keepalive_connections=connections,
        keepalive_expiry=_KEEP_ALIVE_SECONDS,
    )
    return httpx.AsyncHTTPTransport(trust_env=False, limits=limits)


async def fetch(
    transport: httpx.AsyncBaseTransport,
    url: str,
    query: Mapping[str, str],
    secret: Secret,
    on_status: OnStatus,
) -> bytes:
    """Return the body of the answer to a GET.

    Args:
        transport: carries the request.
        url: without a query.
        query: what the URL gets as its query.
        secret: the key to send.
        on_status: told the status and the usable seconds of ``Retry-After`` as soon as they are
            known, whatever becomes of the body.

    Raises:
        ReadError: anything but a whole body under status 200.
    """
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Authorization": f"APIKey {secret.reveal()}",
        "User-Agent": f"gcore-snapshot-exporter/{__version__}",
    }
    try:
        response = await transport.handle_async_request(
            httpx.Request("GET", url, params=query, headers=headers)
        )
        # What an asynchronous transport answers has an asynchronous stream.
        async with aclosing(cast("httpx.AsyncByteStream", response.stream)) as stream:
            return await _receive(response, stream, secret, on_status)
    except (httpx.NetworkError, httpx.TimeoutException) as fault:
        error = _connection_error(fault)
    except httpx.RemoteProtocolError as fault:
        error = _protocol_error(fault)
    raise error


async def _receive(
    response: httpx.Response, stream: httpx.AsyncByteStream, secret: Secret, on_status: OnStatus
) -> bytes:
    status, headers = response.status_code, response.headers
    on_status(status, usable_wait(headers.get("Retry-After", ""), headers.get("Date", "")))
    if status == HTTPStatus.OK:
        return await _read_body(stream, _Body(headers, _MAX_BODY))
    body = b""
    with suppress(ReadError, httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_ERROR_BODY_SECONDS):
            body = await _read_body(stream, _Body(headers, _MAX_ERROR_BODY))
    raise refusal(status, body, secret)


async def _read_body(stream: httpx.AsyncByteStream, body: _Body) -> bytes:
    try:
        async for chunk in stream:
            body.feed(chunk)
    except httpx.RemoteProtocolError:
        cut_short = True
    else:
        cut_short = False
    return _refuse("was cut short") if cut_short else body.finish()


class _Body:
    """Collects a body that came plain or as one gzip stream, and never more of it than `limit`."""

    def __init__(self, headers: httpx.Headers, limit: int) -> None:
        match [name.lower() for name in headers.get_list("Content-Encoding", split_commas=True)]:
            case [] | ["identity"]:
                self._gzip = None
            case ["gzip"]:
                self._gzip = zlib.decompressobj(_GZIP)
            case _:
                _refuse("has an encoding other than one gzip")
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take what came from the wire."""
        room = self._limit - len(self._bytes)
        if self._gzip is not None:
            chunk = _inflate(self._gzip, chunk, room + 1)  # One byte too many shows the excess.
        if len(chunk) > room:
            _refuse(f"has more than {self._limit} bytes")
        self._bytes += chunk

    def finish(self) -> bytes:
        """Return the whole body."""
        if self._gzip is not None and not self._gzip.eof:
            _refuse("was cut short")
        return bytes(self._bytes)


def _inflate(gzip: zlib._Decompress, chunk: bytes, limit: int) -> bytes:
    try:
        data = gzip.decompress(chunk, limit)
    except zlib.error:
        data = None
    if data is None:
        _refuse("is no good gzip")
    if gzip.unused_data:
        _refuse("goes on after its gzip stream")
    return data


def _refuse(fault: str) -> NoReturn:
    """Raise the error for a body; its status is 200, since under others no body counts."""
    message = f"the answer's body {fault}"
    raise ReadError(Reason.PAYLOAD, message, status=HTTPStatus.OK.value)


def _connection_error(fault: httpx.TransportError) -> ReadError:
    causes = list(_causes(fault))
    if isinstance(fault, httpx.ConnectError) and any(isinstance(c, ssl.SSLError) for c in causes):
        name = type(causes[-1]).__name__
        return TlsError(Reason.CONNECTION, f"TLS with the API failed ({name})")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ReadError(Reason.CONNECTION, "the API's host name could not be resolved")
    if isinstance(fault, httpx.ConnectError):
        return ReadError(Reason.CONNECTION, "the connection to the API could not be made")
    return ReadError(Reason.CONNECTION, "the connection to the API broke off")


def _protocol_error(fault: httpx.RemoteProtocolError) -> ReadError:
    """Tell a server that hung up (httpcore's own error) from one whose bytes h11 cannot parse."""
    *_, origin = _causes(fault)
    if type(origin).__module__.partition(".")[0] == "h11":
        return ReadError(Reason.PAYLOAD, "the answer is no HTTP")
    return ReadError(Reason.CONNECTION, "the API hung up without an answer")


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
