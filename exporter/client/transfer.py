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
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn, cast

import h11
import httptools
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

_LARGE_BODY: Final = 1 << 20
"""Bytes beyond which a body is read only while no other one is: `_MAX_BODY` times the requests in
flight would be more memory than the exporter may take."""

_MAX_ERROR_BODY: Final = 64 << 10
_ERROR_BODY_SECONDS: Final = 1.0
"""How long the body of an error is waited for: the status has said what counts already."""

_PIECE: Final = 256 << 10
"""Bytes that are decompressed at a time."""

_GZIP: Final = 16 + zlib.MAX_WBITS

_UNPARSABLE: Final = (httptools.HttpParserError, h11.ProtocolError)
"""What the parsers raise: that of a direct connection, and httpx's own, behind a proxy."""


class TlsError(ReadError):
    """TLS failed: the one fault of a connection that sending again cannot heal."""


class Alone:
    """Lets one request at a time have a large body, until it is decoded.

    Args:
        lock: shared by all requests.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._is_held = False

    async def take(self) -> None:
        """Wait until no other request has a large body."""
        if not self._is_held:
            await self._lock.acquire()
            self._is_held = True

    def release(self) -> None:
        """Let the next one; the body must be gone."""
        if self._is_held:
            self._lock.release()
            self._is_held = False


@dataclass(frozen=True)
class Wire:
    """What a request goes over.

    Attributes:
        transport: carries it.
        alone: taken before its answer's body grows large.
    """

    transport: httpx.AsyncBaseTransport
    alone: Alone


async def fetch(
    wire: Wire,
    url: str,
    query: Mapping[str, str],
    secret: Secret,
    on_status: OnStatus,
) -> bytearray:
    """Return the body of the answer to a GET.

    Args:
        wire: carries the request.
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
        response = await wire.transport.handle_async_request(
            httpx.Request("GET", url, params=query, headers=headers)
        )
        # What an asynchronous transport answers has an asynchronous stream.
        async with aclosing(cast("httpx.AsyncByteStream", response.stream)) as stream:
            return await _receive(response, stream, secret, on_status, wire.alone)
    except (httpx.NetworkError, httpx.TimeoutException, httpx.ProxyError) as fault:
        error = _connection_error(fault)
    except httpx.RemoteProtocolError as fault:
        error = _protocol_error(fault)
    raise error


async def _receive(
    response: httpx.Response,
    stream: httpx.AsyncByteStream,
    secret: Secret,
    on_status: OnStatus,
    alone: Alone,
) -> bytearray:
    status, headers = response.status_code, response.headers
    on_status(status, usable_wait(headers.get("Retry-After", ""), headers.get("Date", "")))
    if status == HTTPStatus.OK:
        return await _read_body(stream, _Body(headers, _MAX_BODY), alone)
    body = bytearray()
    with suppress(ReadError, httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_ERROR_BODY_SECONDS):
            body = await _read_body(stream, _Body(headers, _MAX_ERROR_BODY), alone)
    raise refusal(status, bytes(body), secret)


async def _read_body(stream: httpx.AsyncByteStream, body: _Body, alone: Alone) -> bytearray:
    try:
        async for chunk in stream:
            for piece in body.pieces(chunk):
                if body.size + len(piece) > _LARGE_BODY:
                    await alone.take()
                body.add(piece)
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

    @property
    def size(self) -> int:
        """Bytes so far, decompressed."""
        return len(self._bytes)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Decompress what came from the wire, a bounded piece at a time."""
        return iter([chunk]) if self._gzip is None else _inflate(self._gzip, chunk)

    def add(self, piece: bytes) -> None:
        """Take a piece."""
        if len(self._bytes) + len(piece) > self._limit:
            _refuse(f"has more than {self._limit} bytes")
        self._bytes += piece

    def finish(self) -> bytearray:
        """Return the whole body."""
        if self._gzip is not None and not self._gzip.eof:
            _refuse("was cut short")
        return self._bytes


def _inflate(gzip: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    data: bytes | None = None
    while chunk or (data and len(data) == _PIECE):  # A full piece may have left more in zlib.
        try:
            data = gzip.decompress(chunk, _PIECE)
        except zlib.error:
            data = None
        if data is None:
            _refuse("is no good gzip")
        if gzip.unused_data:
            _refuse("goes on after its gzip stream")
        yield data
        chunk = gzip.unconsumed_tail


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
    if isinstance(fault, httpx.ProxyError):
        return ReadError(Reason.CONNECTION, "the proxy made no connection to the API")
    if isinstance(fault, httpx.ConnectError):
        return ReadError(Reason.CONNECTION, "the connection to the API could not be made")
    return ReadError(Reason.CONNECTION, "the connection to the API broke off")


def _protocol_error(fault: httpx.RemoteProtocolError) -> ReadError:
    """Tell a server that hung up from one whose bytes a parser refused, which is the cause then."""
    if any(isinstance(cause, _UNPARSABLE) for cause in _causes(fault)):
        return ReadError(Reason.PAYLOAD, "the answer is no HTTP")
    return ReadError(Reason.CONNECTION, "the API hung up without an answer")


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
