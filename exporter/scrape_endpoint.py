"""Scrapes and probes: as many at once as allowed, each ending when its client leaves."""

from __future__ import annotations

import asyncio
import re
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from exporter.negotiation import accepts_gzip, choose_format
from exporter.port import ABORT
from exporter.rendering import Form, Renderings
from exporter.replies import HEADERS, RefusalError, plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from prometheus_client import CollectorRegistry
    from starlette.datastructures import QueryParams
    from starlette.types import Receive, Scope, Send

    Scrape = Callable[[float | None], Awaitable[CollectorRegistry]]
    Read = Callable[[QueryParams, float | None], Awaitable[CollectorRegistry]]
    Answer = Callable[[Request, ExitStack], Awaitable[Response]]

MOST_REQUESTS: Final = 200

_TIMEOUT_HEADER: Final = "X-Prometheus-Scrape-Timeout-Seconds"
_TIMEOUT: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})?")
_PIECE_BYTES: Final = 64 * 1024


class Room:
    """How many more requests may be under way, over all endpoints that share it."""

    def __init__(self, most: int) -> None:
        self.free = most


class ScrapeEndpoint:
    """Plain ASGI: it must see the client go away during the walk.

    Args:
        answer: reads what is asked for; what it puts on the stack is let go after sending.
        room: shared with other endpoints; one request more than it has is told to come again.
    """

    def __init__(self, answer: Answer, room: Room) -> None:
        self._answer = answer
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application does."""
        if not self._room.free:
            words = "Too many scrapes at once; try again in a moment.\n"
            response = plain(HTTPStatus.SERVICE_UNAVAILABLE, words, {"Retry-After": "1"})
            await response(scope, receive, send)
            return
        with ExitStack() as held:
            answer = await self._answer_or_leave(Request(scope), receive, held)
            if answer is not None:
                await answer(scope, receive, send)

    async def _answer_or_leave(
        self, request: Request, receive: Receive, held: ExitStack
    ) -> Response | None:
        """Return the answer, or None as soon as the client is gone."""
        self._room.free -= 1
        answer = asyncio.create_task(self._answer_or_refuse(request, held))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else None
        except asyncio.CancelledError:
            # The server gave up draining. Its task ends here anyway, and left to itself it would
            # answer 500, which is for faults of ours.
            return plain(HTTPStatus.SERVICE_UNAVAILABLE, "The exporter is stopping.\n")
        finally:
            answer.cancel()
            gone.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)
            self._room.free += 1

    async def _answer_or_refuse(self, request: Request, held: ExitStack) -> Response:
        try:
            return await self._answer(request, held)
        except RefusalError as refusal:
            return plain(refusal.status, refusal.words, refusal.headers)
        except Exception as error:  # noqa: BLE001 - the boundary: any fault of ours is a 500
            structlog.get_logger().error("scrape failed", exc_info=error)
            return plain(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "The scrape failed by a fault of the exporter; its log says more.\n",
            )


class Exposed:
    """Answers with the metrics of a registry.

    Args:
        read: returns the registry for the request's parameters, within the seconds that Prometheus
            said it waits (None if it did not say).
        renderings: shared with other endpoints.
    """

    def __init__(self, read: Read, renderings: Renderings) -> None:
        self._read = read
        self._renderings = renderings

    async def __call__(self, request: Request, held: ExitStack) -> Response:
        """Return the answer; `held` gives back the rendering after sending."""
        asked_at = asyncio.get_running_loop().time()
        registry = await self._read(request.query_params, _scrape_timeout(request))
        form = Form(
            choose_format(_joined(request, "Accept")),
            accepts_gzip(_joined(request, "Accept-Encoding")),
            tuple(request.query_params.getlist("name[]")),
        )
        cut: Callable[[], None] = request.scope.get("state", {}).get(ABORT, _nothing)
        rendering = self._renderings.take(registry, form, asked_at, cut)
        held.callback(self._renderings.give_back, rendering, cut)
        body = await rendering.finished()
        self._renderings.bound(rendering)
        _, content_type = form.format.encoder()
        headers = {**HEADERS, "Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
        if form.gzip:
            headers["Content-Encoding"] = "gzip"
        return _Pieces(body, headers=headers)


class _Pieces(Response):
    """A body that is sent piece by piece: what waits for a slow client is one piece, not all."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        body = bytes(self.body)
        for at in range(0, len(body), _PIECE_BYTES):
            piece = {"body": body[at : at + _PIECE_BYTES], "more_body": True}
            await send({"type": "http.response.body", **piece})
        await send({"type": "http.response.body", "body": b""})


def _nothing() -> None:
    """Cut nothing off: the request came by no connection of ours."""


def _scrape_timeout(request: Request) -> float | None:
    """Return the seconds that Prometheus waits; None if it says nothing or nothing clear."""
    match request.headers.getlist(_TIMEOUT_HEADER):
        case [text] if _TIMEOUT.fullmatch(text):
            return float(text) or None
        case _:
            return None


def _joined(request: Request, header: str) -> str:
    """Return all lines of a list header as one (RFC 9110, section 5.3)."""
    return ",".join(request.headers.getlist(header))


async def _disconnected(receive: Receive) -> None:
    """Return when the client is gone; a body that it sends is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
