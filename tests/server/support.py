"""An application over a registry with known metrics, and clients of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from starlette.responses import PlainTextResponse

from exporter.listener import Address, bind, running
from exporter.server import build_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from prometheus_client.core import Metric
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from exporter.scrape_endpoint import Scrape


class Families:
    """A collector of two gauges that describes itself."""

    def __init__(self, snapshots: float = 3) -> None:
        self._snapshots = snapshots

    def describe(self) -> Iterable[Metric]:
        """Return the families without samples."""
        return [GaugeMetricFamily("gcore_up", "Up."), GaugeMetricFamily("gcore_snapshots", "N.")]

    def collect(self) -> Iterable[Metric]:
        """Return the families with one sample each."""
        return [
            GaugeMetricFamily("gcore_up", "Up.", value=1),
            GaugeMetricFamily("gcore_snapshots", "N.", value=self._snapshots),
        ]


async def scrape_families(_timeout: float | None = None) -> CollectorRegistry:
    """Return a registry with `Families`."""
    registry = CollectorRegistry()
    registry.register(Families())
    return registry


def app_of(scrape: Scrape = scrape_families, *, ready: bool = True) -> Starlette:
    """Return the application under test."""
    return build_app(
        scrape=scrape,
        telemetry_path="/metrics",
        ready=lambda: ready,
        pages={"/": lambda: PlainTextResponse("a page")},
    )


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    """Return a client that calls `app` without a network and asks for nothing on its own."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://exporter")
    client.headers.clear()
    return client


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """Serve `app` on a free loopback port, which is yielded."""
    sockets = bind([Address("127.0.0.1", 0)])
    port = int(sockets[0].getsockname()[1])
    async with running(app, sockets):
        yield port
