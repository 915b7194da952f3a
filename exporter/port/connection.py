"""One connection to our own port: uvicorn's protocol, with a deadline for whatever it waits for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporter.port.admission import Admission, Phase, site_of
from exporter.replies import HEADERS

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    import uvicorn
    from uvicorn.server import ServerState

ABORT: Final = "abort"
"""The name in an ASGI scope's ``state`` of a function that closes the request's connection."""

_DEADLINES: Final = {Phase.HEADER: 5.0, Phase.SENDING: 30.0}
"""Seconds. Serving is bounded by the scrape's own deadline, idling by uvicorn's keep-alive one."""


class Connection(H11Protocol):
    """The protocol of an accepted connection; it counts from before its TLS handshake.

    Deadlines are for a whole header and a whole answer: a client that drips does not move them.

    Args:
        config: uvicorn's.
        server_state: what uvicorn's connections share.
        admission: where it counts.
        host: the client's address.
    """

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, admission: Admission, host: str
    ) -> None:
        super().__init__(config, server_state, {ABORT: self.abort})
        self.site = site_of(host)
        self._admission = admission
        self._phase = Phase.HEADER
        self._opening: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._made = False
        self._served = self.app
        self.app = self._serve

    def arrive(self, opening: asyncio.Task[None]) -> None:
        """Count it from now on, while `opening` connects it to its socket."""
        self._opening = opening
        self._enter(Phase.HEADER)

    def abort(self) -> None:
        """Close it at once; what was not sent is lost."""
        if self._made:
            self.transport.abort()
        elif self._opening is not None:
            self._opening.cancel()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, unless the answer to its beginning was sent already."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)
        else:
            self.abort()

    def forget(self) -> None:
        """Count it no longer."""
        self._admission.leave(self)
        self._stop_timer()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, as uvicorn does (which narrows the type too)."""
        super().connection_made(transport)
        self._made = True
        # Whatever the kernel does not take at once is told by `pause_writing`, the last piece of
        # an answer included, and no more than one piece waits here.
        # Not 0: by asyncio's count an empty buffer under TLS has then reached its limit, for ever.
        transport.set_write_buffer_limits(high=1)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and leave no timer behind, uvicorn's included."""
        self.forget()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Parse; the first byte of a later request begins its header."""
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEADER)
        super().data_received(data)

    def pause_writing(self) -> None:
        """Give the client its time to read the answer."""
        super().pause_writing()
        if self._phase is not Phase.SENDING:
            self._enter(Phase.SENDING)

    def resume_writing(self) -> None:
        """Note that the client has read what was sent so far."""
        super().resume_writing()
        self._settle()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._settle()

    def _settle(self) -> None:
        """If an answer is complete and read, begin to wait for the next request."""
        unread = self.flow.write_paused or self.transport.is_closing()
        if unread or not self.cycle.response_complete:
            return
        self._enter(Phase.IDLE)

    async def _serve(self, *request: Any) -> None:  # noqa: ANN401 - uvicorn's and ASGI's types
        # A pipelined request may come before the last answer was read.
        if not self.flow.write_paused:
            self._enter(Phase.SERVING)
        await self._served(*request)

    def _enter(self, phase: Phase) -> None:
        self._stop_timer()
        self._phase = phase
        if seconds := _DEADLINES.get(phase):
            self._timer = self.loop.call_later(seconds, self._expire)
        self._admission.enter(self, phase)

    def _expire(self) -> None:
        """Close it; who began a request is told why, HTTP/0.9 clients for example."""
        if self._made and self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not come in time.")
        else:
            self.abort()

    def _refuse(self, status: HTTPStatus, words: str) -> None:
        """Answer and close, past h11, which may have given the connection up."""
        body = f"{words}\n"
        fields = {
            **HEADERS,
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.transport.write("\r\n".join([*lines, "", body]).encode("ascii"))
        if self.flow.write_paused:
            self.abort()
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
