"""Plain answers of our own port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http import HTTPStatus

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer: it is never kept, and never taken for a page that it is not."""


class RefusalError(Exception):
    """A request is answered with words of ours instead of what it asks for.

    Attributes:
        status: the answer's.
        words: a line that repeats nothing of the request.
        headers: the answer's own.
    """

    def __init__(self, status: HTTPStatus, words: str, *, retry_after: int | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}


def plain(status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of words of ours; they repeat nothing of the request."""
    return PlainTextResponse(text, status, headers={**HEADERS, **(headers or {})})
