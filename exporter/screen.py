"""Refuses requests that nothing here is meant for, before anything else looks at them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from exporter.replies import plain

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

# Prometheus sends some 500 bytes. uvicorn's own limit, 16 kB too, is on what waits for its rest:
# a header that comes at once is let through at any size.
_MOST_HEADER_BYTES: Final = 16 * 1024


class Screen:
    """Lets HTTP/1 requests with a small header and no body through to `app`.

    The connection stays open after a refusal, for the time that a header has: uvicorn drops the
    rest of the body, where closing might reset the connection before the client has read why.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application does."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    if not scope["http_version"].startswith("1."):
        return plain(HTTPStatus.BAD_REQUEST, "Speak HTTP/1.1.\n")
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in headers.raw) > _MOST_HEADER_BYTES:
        return plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The header is too large.\n")
    coding, lengths = headers.get("Transfer-Encoding"), headers.getlist("Content-Length")
    if coding is not None and lengths:
        words = "Content-Length and Transfer-Encoding exclude each other.\n"
        return plain(HTTPStatus.BAD_REQUEST, words)
    if coding is not None or any(length.strip("0") for length in lengths):
        return plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Send no body.\n")
    return None
