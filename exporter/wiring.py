"""Puts the parts together: from a configuration to a port that serves its metrics."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from exporter import __version__
from exporter.client import Client
from exporter.collector import Collector
from exporter.config import parse
from exporter.deadline import Deadline
from exporter.demo import SampleCloud, configuration, sample_account
from exporter.listener import Address, bind, running, stop_signals
from exporter.metrics import ApiMetrics, ExporterState, Exposition
from exporter.reader import Reader
from exporter.regions import RegionDirectory
from exporter.server import build_app

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable

    from prometheus_client import CollectorRegistry

    from exporter.config import Config
    from exporter.models import ScrapeOptions
    from exporter.server import Scrape


@dataclass(frozen=True)
class WebOptions:
    """Our own port: where it listens and where the metrics are."""

    addresses: tuple[Address, ...]
    telemetry_path: str


async def serve(config: Config, web: WebOptions) -> None:
    """Serve the metrics of `config` until SIGTERM or SIGINT, then drain.

    Raises:
        ConfigError: an address cannot be listened on.
    """
    log = structlog.get_logger()
    with stop_signals() as stop:
        sockets = bind(web.addresses)
        async with scraping(config) as scrape:
            app = build_app(
                scrape=scrape,
                telemetry_path=web.telemetry_path,
                ready=lambda: not stop.is_set(),
            )
            urls = " ".join(_urls(web, sockets))
            async with running(app, sockets):
                log.info("listening", version=__version__, metrics=urls)
                await stop.wait()
                log.info("stopping")


async def serve_demo(web: WebOptions) -> None:
    """Serve the metrics of the sample cloud, which runs in this process, as `serve` does.

    Raises:
        ConfigError: an address cannot be listened on.
    """
    loopback = bind([Address("127.0.0.1", 0)])
    url = f"http://127.0.0.1:{loopback[0].getsockname()[1]}"
    async with running(SampleCloud(sample_account(time.time())), loopback):
        structlog.get_logger().warning("demo: these snapshots are made up", sample_cloud=url)
        await serve(parse(configuration(url), "--demo", {}), web)


@asynccontextmanager
async def scraping(config: Config, clock: Callable[[], float] = time.time) -> AsyncIterator[Scrape]:
    """Yield what reads all targets of `config`; counters and names live as long as this does.

    Args:
        config: what to read, and how.
        clock: Unix seconds now.
    """
    api = ApiMetrics()
    exposition = Exposition(
        api,
        ExporterState(reload_successful=True, reload_success_at=clock()),
        clock,
        has_selections=config.has_selections,
        age_buckets=config.series.age_buckets,
    )
    async with Client(config.api, api) as client:
        regions = RegionDirectory(
            lambda deadline: client.read_regions(config.regions_credential, deadline)
        )
        collector = Collector(
            config.projects,
            Reader(client, config.api, config.series, clock),
            regions,
            cache_ttl=config.scrape.cache_ttl,
            clock=clock,
        )

        async def scrape(said: float | None) -> CollectorRegistry:
            readings = await collector.scrape(_seconds(said, config.scrape))
            return exposition.registry(readings)

        collector.ask_for_regions(Deadline.after(config.scrape.timeout))
        try:
            yield scrape
        finally:
            await regions.close()


def _seconds(said: float | None, options: ScrapeOptions) -> float:
    """Return how long a scrape may take: at least half of a timeout that the offset would eat."""
    timeout = options.timeout if said is None else said
    return max(timeout - options.timeout_offset, timeout / 2)


def _urls(web: WebOptions, sockets: list[socket.socket]) -> list[str]:
    """Return where the metrics are for someone on this machine."""
    return [
        f"http://{Address(address.host or 'localhost', one.getsockname()[1])}{web.telemetry_path}"
        for address, one in zip(web.addresses, sockets, strict=True)
    ]
