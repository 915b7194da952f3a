"""Stands before the application: headers, rate limit and passwords, as the file says now."""

from __future__ import annotations

import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

from exporter.web.bucket import TokenBucket
from exporter.web.passwords import Verdict, read_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from exporter.web.options import RateLimit, WebConfig
    from exporter.web.passwords import Passwords

_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_CHALLENGE: Final = 'Basic realm="gcore-snapshot-exporter", charset="UTF-8"'


class Guard:
    """An ASGI application around another one.

    Args:
        app: what is guarded.
        config: returns the web configuration that counts now.
        open_paths: where neither a password nor a token is needed: whoever probes has neither.
        passwords: checks credentials.
        clock: seconds on a monotonic clock.
    """

    def __init__(
        self,
        app: ASGIApp,
        config: Callable[[], WebConfig],
        open_paths: Collection[str],
        passwords: Passwords,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._config = config
        self._open_paths = frozenset(open_paths)
        self._passwords = passwords
        self._clock = clock
        self._bucket: TokenBucket | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        config = self._config()
        refusal = await self._refusal(scope, config)
        await (refusal or self._app)(scope, receive, _with_headers(send, config.headers))

    async def _refusal(self, scope: Scope, config: WebConfig) -> Response | None:
        """Return what refuses the request; None if it may pass."""
        if scope["path"] in self._open_paths:
            return None
        wait = self._wait(config.rate_limit)
        if wait > 0:
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(math.ceil(wait))})
        if not config.users:
            return None
        given = read_credentials(
            [value for name, value in scope["headers"] if name == b"authorization"]
        )
        verdict = Verdict.WRONG
        if given is not None:
            address = scope["client"][0]
            verdict = await self._passwords.judge(config.users, given, address)
        return _REFUSALS[verdict]

    def _wait(self, limit: RateLimit | None) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        if limit is None:
            self._bucket = None
            return 0
        now = self._clock()
        if self._bucket is None or self._bucket.limit != limit:
            self._bucket = TokenBucket(limit, now)
        return self._bucket.take(now)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Return what sends an answer with these headers instead of its own of the same names."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_headers


def _refused(status: HTTPStatus, headers: Mapping[str, str]) -> Response:
    """Return an answer that repeats nothing of the request."""
    return PlainTextResponse(f"{status.phrase}\n", status, headers={**_HEADERS, **headers})


_REFUSALS: Final[Mapping[Verdict, Response | None]] = {
    Verdict.RIGHT: None,
    Verdict.WRONG: _refused(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": _CHALLENGE}),
    Verdict.BUSY: _refused(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "1"}),
}
