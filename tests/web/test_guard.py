"""What stands before every answer: headers, rate limit, passwords."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from exporter.credentials import Secret
from exporter.web import Guard, Passwords
from exporter.web.options import RateLimit, WebConfig
from tests.web.identities import HASH, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

OPEN: Final = ("/-/healthy", "/-/ready")
USERS: Final = {b"alice": Secret(HASH)}
RIGHT: Final = ("alice", PASSWORD)
CONFIG: Final = WebConfig(users=USERS, headers={"X-Frame-Options": "deny"})


def client(
    config: Callable[[], WebConfig], clock: Callable[[], float] = lambda: 0.0
) -> httpx.AsyncClient:
    """Return a client of an application that is guarded, and answers on the paths it has."""

    async def answer(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("fine", headers={"X-Frame-Options": "sameorigin"})

    app = Starlette(routes=[Route(path, answer) for path in ("/", "/metrics", *OPEN)])
    guard = Guard(app, config, OPEN, Passwords(str), clock=clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://here")


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/nowhere", "/-/reload", "/-/healthy/", "//-/ready"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
async def test_everything_else_needs_a_password(path: str, method: str) -> None:
    """Whether or not there is such a path or method, a stranger gets the same 401."""
    async with client(lambda: CONFIG) as asking:
        answer = await asking.request(method, f"http://here{path}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.text == ("" if method == "HEAD" else "Unauthorized\n")


@pytest.mark.parametrize("path", OPEN)
async def test_health_stays_open(path: str) -> None:
    """A kubelet has no password; its probes are answered, and with a wrong password too."""
    async with client(lambda: CONFIG) as asking:
        assert (await asking.get(path)).text == "fine"
        assert (await asking.get(path, auth=("alice", "wrong"))).text == "fine"


async def test_the_right_password_passes() -> None:
    """The application answers then, with its own 404 too."""
    async with client(lambda: CONFIG) as asking:
        assert (await asking.get("/metrics", auth=RIGHT)).text == "fine"
        assert (await asking.get("/nowhere", auth=RIGHT)).status_code == 404


@pytest.mark.parametrize(
    "header", ["Basic", "Basic YTpi", "Bearer x", "Basic \u00ff", "", "Digest username=alice"]
)
async def test_other_words_do_not(header: str) -> None:
    """Whatever else is said is a 401 that repeats nothing of it."""
    async with client(lambda: CONFIG) as asking:
        answer = await asking.get("/metrics", headers={b"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.text == "Unauthorized\n"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_wrong_user_and_wrong_password_look_the_same() -> None:
    """Nothing in the answer tells which of the two it was."""
    async with client(lambda: CONFIG) as asking:
        answers = [
            await asking.get("/", auth=auth) for auth in (("alice", "x"), ("eve", "x"), ("eve", ""))
        ]
    seen = {(one.status_code, one.text, tuple(one.headers.multi_items())) for one in answers}
    assert len(seen) == 1


async def test_without_users_nobody_is_asked() -> None:
    """A file without users leaves the port open."""
    async with client(WebConfig) as asking:
        assert (await asking.get("/metrics")).text == "fine"


@pytest.mark.parametrize(
    ("path", "auth", "status"),
    [("/", RIGHT, 200), ("/", None, 401), ("/nowhere", RIGHT, 404), ("/-/healthy", None, 200)],
)
async def test_headers_are_on_every_answer(
    path: str, auth: tuple[str, str] | None, status: int
) -> None:
    """Once, and instead of what the application says itself."""
    async with client(lambda: CONFIG) as asking:
        answer = await asking.get(path, auth=auth)
    assert answer.status_code == status
    assert answer.headers.get_list("X-Frame-Options") == ["deny"]


async def test_the_configuration_is_asked_each_time() -> None:
    """A user who is removed, or a header that is added, counts at the next request."""
    now = [CONFIG]
    async with client(lambda: now[0]) as asking:
        before = await asking.get("/", auth=RIGHT)
        now[0] = WebConfig(users={b"bob": Secret(HASH)}, headers={"X-XSS-Protection": "0"})
        after = await asking.get("/", auth=RIGHT)
    assert (before.status_code, after.status_code) == (200, 401)
    assert "X-XSS-Protection" not in before.headers
    assert after.headers["X-XSS-Protection"] == "0"


async def test_too_many_requests() -> None:
    """Beyond the burst it is 429 with the wait in whole seconds; passwords are not looked at."""
    limit = RateLimit(interval=2.5, burst=2)
    now = [100.0]
    async with client(lambda: replace(CONFIG, rate_limit=limit), lambda: now[0]) as asking:
        statuses = [(await asking.get("/", auth=RIGHT)).status_code for _ in range(2)]
        refused = await asking.get("/", auth=("alice", "wrong"))
        probes = [(await asking.get("/-/healthy")).status_code for _ in range(5)]
        now[0] += float(refused.headers["Retry-After"])
        later = await asking.get("/", auth=RIGHT)
    assert statuses == [200, 200]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    assert refused.headers["X-Frame-Options"] == "deny"
    assert probes == [200] * 5
    assert later.status_code == 200


async def test_a_changed_limit_counts_at_once() -> None:
    """A new limit begins with its whole burst; without one everything passes."""
    limits = [RateLimit(60, 1), RateLimit(60, 1), RateLimit(60, 2), RateLimit(60, 2), None]
    left = iter(limits)
    async with client(lambda: WebConfig(rate_limit=next(left))) as asking:
        found = [(await asking.get("/")).status_code for _ in limits]
    assert found == [200, 429, 200, 200, 200]


async def test_who_waits_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a site's passwords wait already, a further one is a 503 with a time to come back."""
    monkeypatch.setattr("exporter.web.passwords._MOST_WAITING", 0)
    async with client(lambda: CONFIG) as asking:
        answer = await asking.get("/", auth=RIGHT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
