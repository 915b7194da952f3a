"""Puts the parts together: from a configuration to a port that serves its metrics."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from exporter import __version__
from exporter.config import parse
from exporter.demo import SampleCloud, configuration, sample_account
from exporter.listener import Address, bind, on_hangup, running, stop_signals
from exporter.notify import ServiceManager
from exporter.port import MOST
from exporter.port.admission import site_of
from exporter.runtime import scraping
from exporter.scrape_endpoint import MOST_REQUESTS
from exporter.screen import Screen
from exporter.server import HEALTHY_PATH, READY_PATH, build_app
from exporter.status import Status
from exporter.web import Guard, Passwords

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Sequence
    from ssl import SSLContext

    from starlette.types import ASGIApp

    from exporter.config import Config
    from exporter.runtime import Runtime
    from exporter.web import WebFile


@dataclass(frozen=True)
class WebOptions:
    """Our own port: where it listens, where the metrics are, and what protects it.

    Attributes:
        max_requests: scrapes that may be under way at once.
        enable_lifecycle: whether the configuration may be loaded again by HTTP.
    """

    addresses: tuple[Address, ...]
    telemetry_path: str
    file: WebFile | None = None
    max_requests: int = MOST_REQUESTS
    enable_lifecycle: bool = False

    @property
    def connections(self) -> int:
        """How many there may be: health is answered while all scrapes are under way."""
        return max(MOST, 2 * self.max_requests)

    @property
    def tls(self) -> SSLContext | None:
        """What HTTPS is served with; None for plain HTTP."""
        return None if self.file is None else self.file.tls

    def guarded(self, app: ASGIApp) -> ASGIApp:
        """Put what the web configuration asks for before `app`."""
        if self.file is None:
            return app
        return Guard(app, self.file.config, (HEALTHY_PATH, READY_PATH), Passwords(site_of))


async def serve(config: Config, web: WebOptions, load: Callable[[], Config]) -> None:
    """Serve the metrics of `config` until SIGTERM or SIGINT, then drain.

    Args:
        config: what to read at first.
        web: our own port.
        load: gives the configuration again at a reload, or raises `ConfigError`.

    Raises:
        ConfigError: an address cannot be listened on.
    """
    log = structlog.get_logger()
    manager = ServiceManager(os.environ)
    with stop_signals() as stop:
        sockets = bind(web.addresses)
        status = Status(config, web.telemetry_path, time.time)
        async with scraping(config, on_readings=status.record) as runtime:
            reload = _reloading(runtime, load, status, manager)
            app = build_app(
                scrape=runtime.scrape,
                telemetry_path=web.telemetry_path,
                ready=lambda: not stop.is_set(),
                pages=status.pages(),
                most_requests=web.max_requests,
                reload=reload if web.enable_lifecycle else None,
                one_by_one=runtime,
            )
            served = running(
                Screen(web.guarded(app)), sockets, web.tls, connections=web.connections
            )
            async with on_hangup(reload), served:
                log.info("listening", version=__version__, metrics=" ".join(_urls(web, sockets)))
                manager.ready()
                await stop.wait()
                manager.stopping()
                log.info("stopping")


def _reloading(
    runtime: Runtime, load: Callable[[], Config], status: Status, manager: ServiceManager
) -> Callable[[], Awaitable[Sequence[str]]]:
    """Return what loads the configuration again, tells who has to know, and gives the problems."""

    async def reload() -> Sequence[str]:
        manager.reloading()
        problems = await runtime.reload(load)
        status.reloaded(runtime.config, problems)
        manager.ready()
        return problems

    return reload


async def serve_demo(web: WebOptions) -> None:
    """Serve the metrics of the sample cloud, which runs in this process, as `serve` does.

    Raises:
        ConfigError: an address cannot be listened on.
    """
    loopback = bind([Address("127.0.0.1", 0)])
    url = f"http://127.0.0.1:{loopback[0].getsockname()[1]}"
    async with running(SampleCloud(sample_account(time.time())), loopback):
        structlog.get_logger().warning("demo: these snapshots are made up", sample_cloud=url)

        def load() -> Config:
            return parse(configuration(url), "--demo", {})

        await serve(load(), web, load)


def _urls(web: WebOptions, sockets: list[socket.socket]) -> list[str]:
    """Return where the metrics are for someone on this machine."""
    scheme = "http" if web.tls is None else "https"
    ports = [one.getsockname()[1] for one in sockets]
    return [
        f"{scheme}://{Address(address.host or 'localhost', port)}{web.telemetry_path}"
        for address, port in zip(web.addresses, ports, strict=True)
    ]
