"""How many scrapes are served at once, and what those who come too many hear."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge

from exporter.listener import Address, bind
from exporter.server import build_app
from tests.server.support import app_of, client_of, scrape_families

if TYPE_CHECKING:
    import pytest
    from starlette.types import Message


async def test_an_answer_is_sent_in_pieces() -> None:
    """What waits in memory for a slow client is one piece of 64 kB, not a copy of the whole."""
    pieces: list[int] = []
    app = app_of(scrape_long)

    async def send(message: Message) -> None:
        pieces.append(len(message.get("body", b"")))

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": []}
    await app({**scope, "query_string": b""}, receive, send)

    assert max(pieces) == 64 * 1024
    assert sum(pieces) > 500_000


async def scrape_long(_seconds: float | None) -> CollectorRegistry:
    """Return a registry with a family whose HELP text is long."""
    registry = CollectorRegistry()
    Gauge("long", "x" * 500_000, registry=registry)
    return registry


def test_the_port_has_a_long_queue_and_small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least 128 connections can wait, and the kernel keeps little for who does not read."""
    queues: list[int] = []

    class Noting(socket.socket):
        def listen(self, backlog: int = 0, /) -> None:
            queues.append(backlog)
            super().listen(backlog)

    monkeypatch.setattr(socket, "socket", Noting)
    [opened] = bind([Address("127.0.0.1", 0)])
    with opened:
        kept = opened.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)

    assert min(queues) >= 128
    assert kept <= 2 * 256 * 1024  # Linux doubles what is asked for


async def test_more_than_allowed_come_again_later() -> None:
    """One scrape more than `--web.max-requests` is a 503; health and the others get their 200."""
    released, all_started = asyncio.Event(), asyncio.Event()
    started = 0

    async def scrape(seconds: float | None) -> CollectorRegistry:
        nonlocal started
        started += 1
        if started == 3:
            all_started.set()
        await released.wait()
        return await scrape_families(seconds)

    app = build_app(
        scrape=scrape, telemetry_path="/metrics", ready=lambda: True, pages={}, most_requests=3
    )
    async with client_of(app) as client:
        served = [asyncio.create_task(client.get("/metrics")) for _ in range(3)]
        await all_started.wait()
        refused = await client.get("/metrics")
        healthy = await client.get("/-/healthy")
        released.set()
        answers = [await one for one in served]
        again = await client.get("/metrics")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.text == "Too many scrapes at once; try again in a moment.\n"
    assert healthy.status_code == 200
    assert [one.status_code for one in (*answers, again)] == [200] * 4
    assert started == 4
