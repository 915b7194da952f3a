"""Requests that no scraper sends: a clear refusal, never a walk, a traceback or an echo."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exporter import logs
from exporter.screen import Screen
from tests.kept_logging import kept_logging
from tests.port.serving import HEALTH, connect
from tests.server.support import app_of, client_of, scrape_families, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry

MARK = b"zq7mark"


class Walks:
    """Counts scrapes."""

    def __init__(self) -> None:
        self.number = 0

    async def scrape(self, seconds: float | None) -> CollectorRegistry:
        """Count, and return a registry."""
        self.number += 1
        return await scrape_families(seconds)


async def _ask(request: bytes, walks: Walks | None = None) -> bytes:
    """Return all that comes for it, from an application that counts its walks."""
    app = Screen(app_of((walks or Walks()).scrape))
    async with served(app) as port:
        connection = await connect(port, request)
        try:
            async with asyncio.timeout(5):
                return await connection.answer()
        except asyncio.IncompleteReadError as error:
            return error.partial + await connection.rest()
        finally:
            await connection.close()


BODY = b"Host: x\r\nContent-Length: 7\r\n\r\n" + MARK
REFUSED = {
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Mark: " + MARK * 3000 + b"\r\n\r\n": {400, 431},
    b"GET /metrics?" + MARK * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": {400, 431},
    b"GET /metrics HTTP/1.1\r\n" + BODY: {413},
    b"POST /metrics HTTP/1.1\r\n" + BODY: {413},
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n" + MARK: {413},
    b"GET /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + BODY: {400},
    b"GET /metrics HTTP/1.1\r\nContent-Length: 8\r\n" + BODY: {400},
    b"GET /metrics HTTP/2.0\r\nHost: x\r\n\r\n": {400, 505},
    b"GET /metrics HTTP/1.1\r\n\r\n": {400},
    b"GET http://zq7mark/metrics HTTP/1.1\r\nHost: zq7mark\r\n\r\n": {404},
    b"GET /../zq7mark HTTP/1.1\r\nHost: x\r\n\r\n": {404},
    b"GET /metrics/../metrics HTTP/1.1\r\nHost: x\r\n\r\n": {404},
    b"GET //metrics HTTP/1.1\r\nHost: x\r\n\r\n": {404},
    b"GET /%2e%2e/%00%ff HTTP/1.1\r\nHost: x\r\n\r\n": {404},
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n": {404, 405},
    b"CONNECT zq7mark:443 HTTP/1.1\r\nHost: x\r\n\r\n": {404, 405},
    b"TRACE /metrics HTTP/1.1\r\nHost: x\r\nX-Mark: zq7mark\r\n\r\n": {405},
    b"ZQ7MARK /metrics HTTP/1.1\r\nHost: x\r\n\r\n": {405},
    b"PUT /-/reload HTTP/1.1\r\nHost: x\r\n\r\n": {403},
    b"GET /-/reload HTTP/1.1\r\nHost: x\r\n\r\n": {405},
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03zq7mark\r\n\r\n": {400},
}


@pytest.mark.parametrize(("request_", "statuses"), REFUSED.items(), ids=lambda v: repr(v)[:40])
async def test_it_is_refused_without_a_walk(request_: bytes, statuses: set[int]) -> None:
    """The status says why; nothing is read, and nothing of the request comes back."""
    walks = Walks()
    answer = await _ask(request_, walks)

    assert int(answer.split()[1]) in statuses
    assert b"content-type: text/plain" in answer.lower() or b" 4" in answer[:12]
    assert MARK not in answer.lower()
    assert walks.number == 0


async def test_a_header_that_comes_at_once_is_bounded_too() -> None:
    """The parser bounds what waits for its rest; the screen bounds the whole."""
    async with client_of(Screen(app_of())) as client:
        large = await client.get("/-/healthy", headers={"X-Large": "x" * 17_000})
        usual = await client.get("/-/healthy", headers={"X-Large": "x" * 15_000})

    assert (large.status_code, usual.status_code) == (431, 200)


async def test_an_empty_body_is_no_body() -> None:
    """Some clients send `Content-Length: 0`: that is no reason to refuse."""
    async with client_of(Screen(app_of())) as client:
        answer = await client.get("/-/healthy", headers={"Content-Length": "0"})

    assert answer.status_code == 200


async def test_a_large_body_hears_why() -> None:
    """The refusal can be read although the client sends on; then the connection can be used."""
    async with served(Screen(app_of())) as port, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}"
        refused = await client.post(f"{url}/metrics", content=b"x" * 2_000_000)
        healthy = await client.get(f"{url}/-/healthy")

    assert (refused.status_code, refused.text) == (413, "Send no body.\n")
    assert healthy.status_code == 200


WORDS = (
    b"GET HEAD POST /metrics / /-/healthy /config HTTP/1.1 HTTP/1.0 Host: Content-Length: 0 5 -1 "
    b"Transfer-Encoding: chunked Accept: Accept-Encoding: gzip;q= */* x Connection: close Upgrade: "
    b"websocket Expect: 100-continue ?name[]= %"
)
TOKENS = st.sampled_from([b" ", b"\r\n", b"\n", b"\r\n\r\n", b": ", *WORDS.split()])
PREFIXES = st.sampled_from(
    [b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"GET /metrics?name[]=", b"POST /-/reload "]
)


REQUESTS = st.builds(
    lambda prefix, parts: prefix + b"".join(parts),
    PREFIXES,
    st.lists(TOKENS | st.binary(max_size=20), max_size=12),
)


@settings(max_examples=10)
@given(st.lists(REQUESTS, min_size=20, max_size=30))
@example([b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: ;q=,,\x7f\r\n\r\n"])
@example([b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"])
@example([b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n"])
def test_no_request_is_a_fault_of_ours(requests: list[bytes]) -> None:
    """Whatever is sent, an answer is below 500, or 503 for too many, and has no traceback."""

    async def ask_all() -> list[bytes]:
        async with served(Screen(app_of())) as port:
            return await asyncio.gather(*(_ask_oddly(port, request) for request in requests))

    with structlog.testing.capture_logs() as logged, _errors() as errors:
        answers = b"".join(asyncio.run(ask_all()))

    statuses = re.findall(rb"^HTTP/1\.1 ([0-9]{3})", answers, re.MULTILINE)
    assert statuses
    assert all(code < b"500" or code == b"503" for code in statuses), answers
    assert b"Traceback" not in answers
    assert [one for one in logged if one["log_level"] == "error"] == []
    assert errors == []


@contextmanager
def _errors() -> Iterator[list[str]]:
    """Gather what uvicorn and asyncio log as errors."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign] # a class would say no more
    logging.getLogger().addHandler(handler)
    yield errors
    logging.getLogger().removeHandler(handler)


async def _ask_oddly(port: int, request: bytes) -> bytes:
    """Return what comes for a request, which is followed by something malformed a little later."""
    connection = await connect(port, request)
    await asyncio.sleep(0.01)
    connection.send(b"\r\n\r\nzz\r\nGET /-/healthy HTTP/1.0\r\n\r\n")
    answers = b""
    try:
        async with asyncio.timeout(0.3):
            answers = await connection.answer()
            return answers + await connection.rest()
    except (TimeoutError, asyncio.IncompleteReadError, ValueError):
        return answers
    finally:
        await connection.close()


async def test_a_malformed_rest_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """A refused body that turns out to be malformed ends the connection, by no fault of ours."""
    async with served(Screen(app_of())) as port:
        head = b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection = await connect(port, head)
        refusal = await connection.answer()
        connection.send(b"zz\r\n")
        async with asyncio.timeout(4):
            rest = await connection.rest()
        await connection.close()

    assert refusal.startswith(b"HTTP/1.1 413")
    assert rest == b""
    assert [one.name for one in caplog.records] == ["uvicorn.error"]


@pytest.fixture
def _configured_logs() -> Iterator[None]:
    """Log as the exporter does."""
    with kept_logging():
        logs.configure("info", "logfmt")
        yield


@pytest.mark.usefixtures("_configured_logs")
async def test_each_kind_is_logged_once(capfd: pytest.CaptureFixture[str]) -> None:
    """A hundred malformed requests write a line, not a hundred."""
    async with served(app_of()) as port:
        for _ in range(100):
            connection = await connect(port, b"NONSENSE\r\n\r\n")
            assert (await connection.rest()).startswith(b"HTTP/1.1 400")
            await connection.close()
        connection = await connect(port, HEALTH)
        assert (await connection.answer()).startswith(b"HTTP/1.1 200")
        await connection.close()

    assert capfd.readouterr().err.count("Invalid HTTP request received") == 1


@pytest.mark.usefixtures("_configured_logs")
def test_a_minute_later_it_is_logged_again(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes on is not forgotten, and other events are not held back by it."""
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    logger = logging.getLogger("library")
    for seconds in (0, 59, 61):
        now = 1000.0 + seconds
        logger.warning("again %s", seconds)
    for number in range(2000):
        logger.warning(f"other {number}")  # noqa: G004 - a text of its own each time
    written = capfd.readouterr().err

    assert re.findall('event="again ([0-9]+)"', written) == ["0", "61"]
    assert written.count('event="other') == 2000
