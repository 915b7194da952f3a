"""The routes of the exporter's own port.

The walk runs on the event loop, rendering and compression in a worker thread, so that health
answers while a large scrape is under way.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from exporter import __version__
from exporter.negotiation import accepts_gzip, choose_format

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from prometheus_client import CollectorRegistry
    from prometheus_client.registry import Collector
    from starlette.types import Receive, Scope, Send

    Scrape = Callable[[float | None], Awaitable[CollectorRegistry]]

HEALTHY_PATH: Final = "/-/healthy"
READY_PATH: Final = "/-/ready"

_TITLE: Final = "Gcore Snapshot Exporter"
_METHODS: Final = ("GET", "HEAD")
_TIMEOUT_HEADER: Final = "X-Prometheus-Scrape-Timeout-Seconds"
_TIMEOUT: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})?")
# On 5.7 MB of exposition level 1 takes 30 ms for 1.3 MB, level 6 78 ms for 1.2 MB.
_GZIP_LEVEL: Final = 1
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def build_app(*, scrape: Scrape, telemetry_path: str, ready: Callable[[], bool]) -> Starlette:
    """Return the ASGI application with all routes.

    Args:
        scrape: reads all targets, within the seconds that Prometheus said it waits (None if it
            did not say), and returns a registry of this scrape. Its collectors have `describe`,
            without which a request for some names only would find nothing.
        telemetry_path: where the metrics are; a plain path that no other route has.
        ready: whether `/-/ready` is to answer 200.
    """

    def healthy(_request: Request) -> Response:
        return _plain(HTTPStatus.OK, f"{_TITLE} is Healthy.\n")

    def readiness(_request: Request) -> Response:
        if ready():
            return _plain(HTTPStatus.OK, f"{_TITLE} is Ready.\n")
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")

    page = _landing_page(telemetry_path)
    app = Starlette(
        routes=[
            _route("/", lambda _request: page),
            _route(HEALTHY_PATH, healthy),
            _route(READY_PATH, readiness),
            Route(telemetry_path, _Metrics(scrape), methods=_METHODS),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )
    app.router.redirect_slashes = False
    return app


class _Metrics:
    """The metrics endpoint, as plain ASGI: it must see the client go away during the walk."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = asyncio.create_task(self._answer(Request(scope)))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            response = answer.result() if answer.done() else None
        except asyncio.CancelledError:
            # The server gave up draining. Its task ends here anyway, and left to itself it would
            # answer 500, which is for faults of ours.
            response = _plain(HTTPStatus.SERVICE_UNAVAILABLE, "The exporter is stopping.\n")
        finally:
            answer.cancel()
            gone.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)
        if response is not None:
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            registry = await self._scrape(_scrape_timeout(request))
            return await asyncio.to_thread(_render, registry, request)
        except Exception as error:  # noqa: BLE001 - the boundary: any fault of ours is a 500
            structlog.get_logger().error("scrape failed", exc_info=error)
            return _plain(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "The scrape failed by a fault of the exporter; its log says more.\n",
            )


def _render(registry: CollectorRegistry, request: Request) -> Response:
    """Write the exposition that `request` asks for; takes 11 microseconds a sample."""
    encode, content_type = choose_format(_joined(request, "Accept")).encoder()
    names = request.query_params.getlist("name[]")
    chosen: Collector = registry.restricted_registry(names) if names else registry
    body = encode(chosen)
    headers = {**_HEADERS, "Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if accepts_gzip(_joined(request, "Accept-Encoding")):
        body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers)


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


def _route(path: str, endpoint: Callable[[Request], Response]) -> Route:
    """Return a route whose endpoint runs on the loop: it is too short for a thread."""

    async def answer(request: Request) -> Response:
        return endpoint(request)

    return Route(path, answer, methods=_METHODS)


async def _not_found(_request: Request, _error: Exception) -> Response:
    """Answer without repeating anything of the request."""
    return _plain(HTTPStatus.NOT_FOUND, "Not Found\n")


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    response = _plain(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed\n")
    response.headers["Allow"] = ", ".join(_METHODS)
    return response


def _plain(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(text, status, headers=_HEADERS)


def _landing_page(telemetry_path: str) -> Response:
    path = escape(telemetry_path)
    return HTMLResponse(
        f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{_TITLE}</title></head>
<body>
<h1>{_TITLE}</h1>
<p>Version {escape(__version__)}</p>
<ul>
<li><a href="{path}">Metrics</a></li>
<li><a href="{HEALTHY_PATH}">Health</a></li>
<li><a href="{READY_PATH}">Readiness</a></li>
</ul>
</body>
</html>
""",
        headers={**_HEADERS, "Content-Security-Policy": "default-src 'none'"},
    )
