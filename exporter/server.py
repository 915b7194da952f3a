"""The routes of the exporter's own port."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from exporter import probing
from exporter.rendering import Renderings
from exporter.replies import plain
from exporter.scrape_endpoint import MOST_REQUESTS, Exposed, Room, ScrapeEndpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from exporter.probing import OneByOne
    from exporter.scrape_endpoint import Answer, Scrape

    Pages = Mapping[str, Callable[[], Response]]
    Reload = Callable[[], Awaitable[Sequence[str]]]

HEALTHY_PATH: Final = "/-/healthy"
READY_PATH: Final = "/-/ready"
RELOAD_PATH: Final = "/-/reload"

_TITLE: Final = "Gcore Snapshot Exporter"
_METHODS: Final = ("GET", "HEAD")


def build_app(  # noqa: PLR0913 - all by name, one for each thing that meets here
    *,
    scrape: Scrape,
    telemetry_path: str,
    ready: Callable[[], bool],
    pages: Pages,
    most_requests: int = MOST_REQUESTS,
    reload: Reload | None = None,
    one_by_one: OneByOne | None = None,
) -> Starlette:
    """Return the ASGI application with all routes.

    Args:
        scrape: reads all targets, within the seconds that Prometheus said it waits (None if it
            did not say), and returns a registry of this scrape. Its collectors have `describe`,
            without which a request for some names only would find nothing.
        telemetry_path: where the metrics are; a plain path that no other route has.
        ready: whether `/-/ready` is to answer 200.
        pages: what makes the answer of each further path, with headers of its own.
        most_requests: scrapes, probes and the like that may be under way at once.
        reload: loads the configuration again and returns what is wrong with it; None refuses.
        one_by_one: reads single targets; with None there are no probes.
    """
    app = Starlette(
        routes=[
            *_health(ready),
            *(_page(path, make) for path, make in pages.items()),
            *_scraped(scrape, telemetry_path, one_by_one, Room(most_requests)),
            Route(RELOAD_PATH, _reloading(reload), methods=["POST", "PUT"]),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )
    app.router.redirect_slashes = False
    return app


def _health(ready: Callable[[], bool]) -> Iterator[Route]:
    """Give the routes for those who look after the process; nothing is read for them."""

    def healthy(_request: Request) -> Response:
        return plain(HTTPStatus.OK, f"{_TITLE} is Healthy.\n")

    def readiness(_request: Request) -> Response:
        if ready():
            return plain(HTTPStatus.OK, f"{_TITLE} is Ready.\n")
        return plain(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")

    yield _route(HEALTHY_PATH, healthy)
    yield _route(READY_PATH, readiness)


def _scraped(
    scrape: Scrape, telemetry_path: str, one_by_one: OneByOne | None, room: Room
) -> Iterator[Route]:
    """Give the routes that read targets, or tell which there are; they share all limits."""
    renderings = Renderings()

    def route(path: str, answer: Answer) -> Route:
        return Route(path, ScrapeEndpoint(answer, room), methods=_METHODS)

    if one_by_one is None:
        yield route(telemetry_path, Exposed(lambda _query, said: scrape(said), renderings))
    else:
        yield route(telemetry_path, Exposed(probing.metrics(scrape, one_by_one), renderings))
        yield route(probing.PROBE_PATH, Exposed(probing.probe(one_by_one), renderings))
        yield route(probing.TARGETS_PATH, probing.discovery(one_by_one))


def _reloading(reload: Reload | None) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        if reload is None:
            words = "Reloading by HTTP is off; start the exporter with --web.enable-lifecycle.\n"
            return plain(HTTPStatus.FORBIDDEN, words)
        if problems := await reload():
            words = "".join(f"{problem}\n" for problem in problems)
            return plain(HTTPStatus.INTERNAL_SERVER_ERROR, words)
        return plain(HTTPStatus.OK, "The configuration was loaded.\n")

    return answer


def _page(path: str, make: Callable[[], Response]) -> Route:
    """Return a route whose answer is made in a thread: a thousand targets take 0.2 s."""

    async def answer(_request: Request) -> Response:
        return await asyncio.to_thread(make)

    return Route(path, answer, methods=_METHODS)


def _route(path: str, endpoint: Callable[[Request], Response]) -> Route:
    """Return a route whose endpoint runs on the loop: it is too short for a thread."""

    async def answer(request: Request) -> Response:
        return endpoint(request)

    return Route(path, answer, methods=_METHODS)


async def _not_found(_request: Request, _error: Exception) -> Response:
    """Answer without repeating anything of the request."""
    return plain(HTTPStatus.NOT_FOUND, "Not Found\n")


async def _not_allowed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
    allowed = sorted((error.headers or {})["Allow"].split(", "))
    words = "Method Not Allowed\n"
    return plain(HTTPStatus.METHOD_NOT_ALLOWED, words, {"Allow": ", ".join(allowed)})
