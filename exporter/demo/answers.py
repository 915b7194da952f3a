"""Answers as the API writes them: errors of the documented shape, and pages of lists."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.demo.account import Row

TRACEBACK: Final = 'Traceback (most recent call last):\n  File "api/views.py", line 42, in get\n'
"""What every error has beside its message; nobody's log should ever show it."""

_JSON: Final = "application/json"
_FASTEST: Final = 1

_EXCEPTION_CLASSES: Final[Mapping[int, str]] = {
    400: "ValidationError",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    429: "TooManyRequests",
}


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as the API documents it, with a new ``request_id``."""
    body = {
        "exception_class": _EXCEPTION_CLASSES.get(status, "ServerError"),
        "message": message,
        "traceback": TRACEBACK,
        "request_id": uuid4().hex,
    }
    return Response(msgspec.json.encode(body), status, headers, _JSON)


def page_answer(rows: Sequence[Row], offset: int, limit: int, *, compressed: bool) -> Response:
    """Return a page of the rows; its ``count`` is the number of them all."""
    page = {"count": len(rows), "results": rows[offset : offset + limit]}
    body = msgspec.json.encode(page)
    headers = {"Vary": "Accept-Encoding"}
    if compressed:
        body = gzip.compress(body, compresslevel=_FASTEST)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=_JSON)
