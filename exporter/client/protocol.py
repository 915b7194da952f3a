"""HTTP/1.1 as a client hears it: the bytes of one connection, and the answer that they are."""

from __future__ import annotations

import asyncio
import select
from copy import copy
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn, cast

import httpx
from httptools import HttpParserError, HttpResponseParser

if TYPE_CHECKING:
    from collections.abc import Callable

READ: Final = 256 << 10
"""Bytes that are read at a time, each time in a turn of the event loop."""

_MOST_UNREAD: Final = 512 << 10
"""Bytes that come before one who reads slowly makes the server wait. They are counted as on the
wire: a chunk of two bytes has seven there, and some forty in memory."""

_MOST_BESIDES: Final = 64 << 10
"""Bytes that come without one of the body: 1xx answers and the head, or a chunk's extensions, or
trailers."""

_FRAMED_BY: Final = frozenset({b"content-length", b"transfer-encoding"})


class Answer:
    """The answer to one request, as httptools finds it and tells the methods ``on_...``.

    Attributes:
        status: there once `has_head` is true, and final: 1xx answers are passed over.
        headers: likewise; trailers are passed over.
        chunks: what has come of the body and was not taken yet.
        is_whole: nothing more will come.
        keeps_alive: the server takes another request after it.
    """

    status: int

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_head = False
        self.chunks: list[bytes] = []
        self.is_whole = False
        self.keeps_alive = False
        self._left = _MOST_BESIDES
        self._parser = HttpResponseParser(self)

    def room(self) -> int:
        """Return how many bytes may be read at once; a head may show that it has one too many."""
        return READ if self.has_head else self._left + 1

    def feed(self, data: memoryview) -> None:
        """Take what was read.

        Raises:
            HttpParserError: it is no HTTP, an upgrade, too much besides the body, or more than
                this answer.
        """
        self._left -= len(data)
        self._parser.feed_data(data)
        if self._left < 0:
            message = "too much besides the body"
            raise HttpParserError(message)

    def end(self) -> None:
        """Take note that the server closed the connection: a body without a length is whole.

        Over TLS it may have done so without saying so first; JSON and gzip show whether they ended.
        """
        is_framed = any(name.lower() in _FRAMED_BY for name, _ in self.headers)
        self.is_whole = self.is_whole or (self.has_head and not is_framed)

    def close(self) -> None:
        """Drop what was not taken, and the parser, which refers to this."""
        self.chunks.clear()
        del self._parser

    def on_message_begin(self) -> None:
        """Begin, or begin anew after a 1xx."""
        if self.has_head:
            message = "a second answer"
            raise HttpParserError(message)
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; llhttp leaves the blanks behind it."""
        if not self.has_head:
            self.headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Take the status."""
        self.status = self._parser.get_status_code()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            message = "an upgrade"
            raise HttpParserError(message)
        self.has_head = self.status >= HTTPStatus.OK

    def on_body(self, chunk: bytes) -> None:
        """Take some of the body."""
        self.chunks.append(chunk)
        self._left = _MOST_BESIDES

    def on_message_complete(self) -> None:
        """End, unless it was a 1xx."""
        self.is_whole = self.has_head
        self.keeps_alive = self.has_head and self._parser.should_keep_alive()


class Connection(asyncio.BufferedProtocol):
    """A connection to a server, which carries one request after another.

    Args:
        scratch: where bytes are read to, `READ` of them; they are taken from there at once, so all
            connections of an event loop can share it.
    """

    def __init__(self, scratch: memoryview) -> None:
        self._clock = asyncio.get_running_loop().time
        self._idle_since = self._clock()
        self._buffer = scratch
        self._unread = 0
        self._answer: Answer | None = None
        self._is_over = False
        self._fault: Exception | None = None
        self._news = asyncio.Event()
        self._lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Return where the next bytes go."""
        return self._buffer if self._answer is None else self._buffer[: self._answer.room()]

    def buffer_updated(self, nbytes: int) -> None:
        """Take them; what nobody asked for ends the connection."""
        if self._answer is None:
            self._abort()
            return
        try:
            self._answer.feed(self._buffer[:nbytes])
        except HttpParserError as fault:
            self._abort(fault)
        self._unread += nbytes
        if self._unread >= _MOST_UNREAD:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        """Take note that the server closed it; asyncio does the same then."""
        if self._answer is not None:
            self._answer.end()
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that it is gone."""
        self._end(exc)
        self._lost.set()

    def is_free(self, longest: float) -> bool:
        """Tell whether it is open, and idle for no longer than so many seconds.

        The system is asked as well: a busy event loop may not yet have heard that the server closed
        it, or said something that nobody asked for.
        """
        if self._is_over or self._answer is not None:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return self._clock() - self._idle_since <= longest and not poll.poll(0)

    async def ask(self, request: bytes) -> Answer:
        """Send a request, and return its answer as soon as that has its head.

        Raises:
            httpx.ReadError: the connection broke off.
            httpx.RemoteProtocolError: the server closed it, or what came is no answer; then a
                HttpParserError is the cause.
        """
        self._answer = answer = Answer()
        self._transport.write(request)
        try:
            await self._until(lambda: answer.has_head)
        except BaseException:
            self.release(answer)
            raise
        return answer

    async def read(self, answer: Answer) -> bytes:
        """Return what has come of the body since the last time, or nothing at its end.

        Raises:
            httpx.TransportError: as of `ask`.
        """
        await self._until(lambda: answer.chunks or answer.is_whole)
        chunk = b"".join(answer.chunks)  # One alone is not copied.
        answer.chunks.clear()
        self._unread = 0
        self._transport.resume_reading()
        return chunk

    def release(self, answer: Answer) -> None:
        """Have done with an answer, and with the connection if it can carry no other."""
        if self._answer is not answer:
            return
        self._answer = None
        if not (answer.is_whole and answer.keeps_alive):
            self._abort()
        answer.close()
        self._unread = 0
        self._transport.resume_reading()
        self._idle_since = self._clock()

    async def close(self) -> None:
        """Close it, and wait until it is gone."""
        self._abort()
        await self._lost.wait()

    def _abort(self, fault: Exception | None = None) -> None:
        """Close it at once: TLS's way to do it would wait for the server."""
        self._end(fault)
        self._transport.abort()

    def _end(self, fault: Exception | None) -> None:
        if not self._is_over:
            self._fault = copy(fault)  # Its traceback and context refer to this.
        self._is_over = True
        self._news.set()

    async def _until(self, is_so: Callable[[], object]) -> None:
        while not is_so():
            if self._is_over:
                self._complain()
            self._news.clear()
            await self._news.wait()

    def _complain(self) -> NoReturn:
        if isinstance(self._fault, OSError):
            message = "the connection broke off"
            raise httpx.ReadError(message) from self._fault
        message = "the server hung up, or what it sent is no answer"
        raise httpx.RemoteProtocolError(message) from self._fault
