"""The parts that read the targets of the configuration in force, and their exchange at a reload."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Self

import structlog

from exporter.client import Client
from exporter.collector import Collector
from exporter.deadline import Deadline
from exporter.errors import ConfigError
from exporter.metrics import ApiMetrics, ExporterState, Exposition
from exporter.reader import Reader
from exporter.regions import RegionDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from prometheus_client import CollectorRegistry

    from exporter.config import Config
    from exporter.models import ScrapeOptions, Target
    from exporter.reading import Reading
    from exporter.target_list import TargetName


class _Generation:
    """What one configuration is read with; it ends when it is out of force and out of use."""

    def __init__(self, config: Config, runtime: Runtime) -> None:
        self.config = config
        self._client = Client(config.api, runtime.api)
        self.regions = RegionDirectory(
            lambda deadline: self._client.read_regions(config.regions_credential, deadline)
        )
        self.collector = Collector(
            config.projects,
            Reader(self._client, config.api, config.series, runtime.clock),
            self.regions,
            cache_ttl=config.scrape.cache_ttl,
            clock=runtime.clock,
        )
        self.exposition = Exposition(
            runtime.api,
            runtime.state,
            runtime.clock,
            has_selections=config.has_selections,
            age_buckets=config.series.age_buckets,
        )
        self._open = AsyncExitStack()
        self._users = 0
        self._unused = asyncio.Event()
        self._unused.set()

    async def begin(self) -> Self:
        """Get ready, and ask for the regions list."""
        await self._open.enter_async_context(self._client)
        self._open.push_async_callback(self.regions.close)
        self.collector.ask_for_regions(Deadline.after(self.config.scrape.timeout))
        return self

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep it from ending."""
        self._users += 1
        self._unused.clear()
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._unused.set()

    def succeed(self, former: _Generation) -> None:
        """Take over what is known of targets and regions that stay."""
        same_list = (
            former.config.api.url == self.config.api.url
            and former.config.regions_credential == self.config.regions_credential
        )
        self.regions.succeed(former.regions, same_list=same_list)
        self.collector.succeed(former.collector)

    async def end(self) -> None:
        """Close the connections to the API, as soon as no scrape needs them."""
        await self._unused.wait()
        await self._open.aclose()


class Runtime:
    """Scrapes by the configuration in force, which can be exchanged while scrapes run.

    Attributes:
        api: counts requests to the API, over all configurations.
        state: tells of reloads.
        clock: Unix seconds now.
    """

    def __init__(
        self, clock: Callable[[], float], on_readings: Callable[[Sequence[Reading]], None]
    ) -> None:
        self.api = ApiMetrics()
        self.state = ExporterState(reload_successful=True, reload_success_at=clock())
        self.clock = clock
        self._on_readings = on_readings
        self._generation: _Generation | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self._current.config

    @property
    def _current(self) -> _Generation:
        assert self._generation is not None  # noqa: S101 - for the type checker: see `scraping`
        return self._generation

    async def use(self, config: Config) -> None:
        """Put a configuration in force; scrapes that run keep the one they began with."""
        former = self._generation
        generation = _Generation(config, self)
        if former is not None:
            generation.succeed(former)
        self._generation = await generation.begin()
        if former is not None:
            ending = asyncio.create_task(former.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def scrape(self, said: float | None) -> CollectorRegistry:
        """Read all targets and return the registry of this scrape.

        Args:
            said: the seconds that Prometheus said it waits; None if it did not say.
        """
        generation = self._current
        began = time.monotonic()
        with generation.in_use():
            timeout = _seconds(said, generation.config.scrape)
            readings = await generation.collector.scrape(timeout)
            self._on_readings(readings)
            return generation.exposition.registry(readings, began)

    async def probe(self, name: TargetName, said: float | None) -> CollectorRegistry | None:
        """Read one target and return the registry of its gauges; None if there is no such target.

        Args:
            name: which target of the configuration.
            said: the seconds that Prometheus said it waits; None if it did not say.
        """
        generation = self._current
        with generation.in_use():
            timeout = _seconds(said, generation.config.scrape)
            reading = await generation.collector.probe(name, timeout)
            return None if reading is None else generation.exposition.of_target(reading)

    async def targets(self) -> list[Target]:
        """Return all targets, each with its region's name.

        Raises:
            ReadError: the regions of a project are not known, nor were told within a scrape's time.
        """
        generation = self._current
        with generation.in_use():
            return await generation.collector.targets(_seconds(None, generation.config.scrape))

    def own(self) -> CollectorRegistry:
        """Return a registry of what the exporter says of itself; no target is read."""
        return self._current.exposition.of_exporter()

    async def reload(self, load: Callable[[], Config]) -> tuple[str, ...]:
        """Load the configuration in a thread and put it in force; else nothing changes.

        Returns:
            What is wrong with it, which is in the log too; empty if it is in force.
        """
        log = structlog.get_logger()
        problems: tuple[str, ...] = ()
        async with self._reloading:
            try:
                await self.use(await asyncio.to_thread(load))
            except ConfigError as error:
                problems = error.problems
            except Exception:  # no fault of ours may end what works
                log.exception("fault while loading the configuration")
                problems = ("the configuration was not loaded by a fault of the exporter",)
            self.state.reload_successful = not problems
            if not problems:
                self.state.reload_success_at = self.clock()
                log.info("configuration loaded")
        for problem in problems:
            log.error("configuration not loaded, the former one goes on", problem=problem)
        return problems

    async def close(self) -> None:
        """End; called when no scrape runs any more."""
        await self._current.end()
        await asyncio.gather(*self._ending)


@asynccontextmanager
async def scraping(
    config: Config,
    clock: Callable[[], float] = time.time,
    *,
    on_readings: Callable[[Sequence[Reading]], None] = lambda _readings: None,
) -> AsyncIterator[Runtime]:
    """Yield what reads all targets of `config`; counters and names live as long as this does.

    Args:
        config: what to read, and how.
        clock: Unix seconds now.
        on_readings: told the result of each scrape.
    """
    runtime = Runtime(clock, on_readings)
    await runtime.use(config)
    try:
        yield runtime
    finally:
        await runtime.close()


def _seconds(said: float | None, options: ScrapeOptions) -> float:
    """Return how long a scrape may take: at least half of a timeout that the offset would eat."""
    timeout = options.timeout if said is None else said
    return max(timeout - options.timeout_offset, timeout / 2)
