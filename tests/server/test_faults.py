"""Faults around a scrape: bugs of ours, clients that leave, a server that stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import httpx
import structlog
from prometheus_client import CollectorRegistry

from tests.server.support import Families, app_of, client_of, scrape_families, served

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric
    from starlette.types import Message


async def test_a_scrape_that_raises_is_a_plain_500() -> None:
    """The answer has no detail of the fault; the log has the exception."""
    fault = RuntimeError("secret detail")

    async def scrape(_timeout: float | None) -> CollectorRegistry:
        raise fault

    with structlog.testing.capture_logs() as logged:
        async with client_of(app_of(scrape)) as client:
            response = await client.get("/metrics")

    assert response.status_code == 500
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "secret detail" not in response.text
    assert logged == [{"event": "scrape failed", "exc_info": fault, "log_level": "error"}]


async def test_a_collector_that_raises_is_a_plain_500() -> None:
    """A fault while rendering, in the worker thread, is answered in the same way."""

    class Broken(Families):
        def collect(self) -> Iterable[Metric]:
            message = "secret detail"
            raise ValueError(message)

    async def scrape(_timeout: float | None) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(Broken())
        return registry

    with structlog.testing.capture_logs() as logged:
        async with client_of(app_of(scrape)) as client:
            response = await client.get("/metrics")
            healthy = await client.get("/-/healthy")

    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert healthy.status_code == 200
    assert [one["event"] for one in logged] == ["scrape failed"]


async def test_the_scrape_ends_when_the_client_leaves() -> None:
    """A walk that nobody waits for any more is cancelled, and later requests are served."""
    started = asyncio.Event()
    cancelled = asyncio.Event()

    async def scrape(_timeout: float | None) -> CollectorRegistry:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return await scrape_families()

    async with served(app_of(scrape)) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
        writer.close()
        async with asyncio.timeout(10):
            await cancelled.wait()
        async with httpx.AsyncClient() as client:
            healthy = await client.get(f"http://127.0.0.1:{port}/-/healthy")

    assert healthy.status_code == 200


async def test_a_request_body_is_dropped() -> None:
    """A body that comes with a GET is read and ignored; only the client's leaving ends the walk."""
    async with client_of(app_of()) as client:
        response = await client.request("GET", "/metrics", content=b"x" * 100_000)

    assert response.status_code == 200


async def test_a_scrape_that_is_cut_by_stopping_is_a_503() -> None:
    """When the server cancels what it still serves, the client hears that it stops, not a bug."""
    app = app_of(_never, ready=False)
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": []}
    request = asyncio.create_task(app({**scope, "query_string": b""}, receive, send))
    for _ in range(10):
        await asyncio.sleep(0)
    request.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await request

    assert [one.get("status") for one in sent] == [503, None]
    assert sent[1]["body"] == b"The exporter is stopping.\n"


async def _never(_timeout: float | None) -> CollectorRegistry:
    await asyncio.Event().wait()
    raise AssertionError
