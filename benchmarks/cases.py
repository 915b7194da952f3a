"""What is measured: each case runs its subjects in turn, several rounds, and keeps all figures."""

from __future__ import annotations

import importlib.util
import statistics
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.processes import Scraped

UNLIMITED: Final = "series: {volumes: unlimited, snapshots: unlimited, tags: {limit: unlimited}}"


@dataclass(frozen=True)
class Case:
    """One account, and what reads it.

    Attributes:
        delay: seconds that each answer of the API takes.
        in_flight: `max_concurrency` of our exporter; one subject for each.
        baselines: names of `benchmarks.walkers`, or ``elasticsearch_exporter``.
        extra: further YAML for our exporter.
        rounds: fewer than the run's, for what takes long.
    """

    name: str
    snapshots: int
    regions: int = 10
    delay: float = 0.0
    in_flight: tuple[int, ...] = (8,)
    baselines: tuple[str, ...] = ()
    extra: str = ""
    gzip: bool = False
    rounds: int | None = None


CASES: Final = (
    Case("100 ms an answer", 100_000, 10, 0.1, (8, 16), ("loop", "sdk"), rounds=2),
    Case("no delay", 100_000, baselines=("floor", "loop", "elasticsearch_exporter")),
    Case("no delay, gzip", 100_000, gzip=True),
    Case("a million", 1_000_000, baselines=("floor",), rounds=3),
    Case("unlimited", 100_000, extra=UNLIMITED, rounds=3),
    Case("ten thousand", 10_000, baselines=("floor",)),
    Case("one thousand", 1000, 1, baselines=("floor",)),
)


@dataclass
class Figures:
    """What was measured of one subject.

    Attributes:
        seconds: of each round.
        megabytes: peak memory over its processes; None where it is of no interest.
        skipped: why it was not run.
    """

    seconds: list[float] = field(default_factory=list)
    megabytes: float | None = None
    skipped: str | None = None

    @property
    def median(self) -> float | None:
        """The median of the seconds."""
        return statistics.median(self.seconds) if self.seconds else None


def missing(baseline: str) -> str | None:
    """Return why a baseline cannot be run here, if so."""
    if baseline == "sdk" and importlib.util.find_spec("gcore") is None:
        return "no gcore: pip install gcore"
    if baseline == "elasticsearch_exporter" and processes.ELASTICSEARCH_EXPORTER is None:
        return "apt-get install prometheus-elasticsearch-exporter"
    return None


def run(case: Case, rounds: int) -> dict[str, Figures]:
    """Run one case; return the figures by subject, ours first.

    Each exporter is scraped once before the rounds: the first scrape of a process also connects.
    """
    with ExitStack() as stack:
        port = _pages(case, stack)
        exporters = dict(_started(case, port, stack))
        figures = {name: Figures() for name in (*exporters, *case.baselines)}
        subjects: dict[str, Callable[[], float]] = {
            name: scraped.seconds for name, scraped in exporters.items()
        }
        for name in case.baselines:
            figures[name].skipped = missing(name)
            if name not in exporters and figures[name].skipped is None:
                subjects[name] = partial(processes.walk, name, port, case.regions)
        for scraped in exporters.values():
            scraped.seconds()
        for _ in range(min(rounds, case.rounds or rounds)):
            for name, measure in subjects.items():
                figures[name].seconds.append(measure())
        for name, scraped in exporters.items():
            figures[name].megabytes = scraped.megabytes()
    return figures


def _pages(case: Case, stack: ExitStack, *more: str) -> int:
    options = (f"--delay={case.delay}", *(("--gzip",) if case.gzip else ()), *more)
    return stack.enter_context(processes.serving(case.snapshots, case.regions, *options))


def _started(case: Case, port: int, stack: ExitStack) -> Iterator[tuple[str, Scraped]]:
    """Start our exporter with each bound of requests in flight, and that of Elasticsearch."""
    for number in case.in_flight:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        ours = processes.our_exporter(folder, port, case.regions, case.extra, number)
        yield f"exporter, {number} in flight", stack.enter_context(ours)
    name = "elasticsearch_exporter"
    if name in case.baselines and missing(name) is None:
        look_alike = _pages(case, stack, "--elasticsearch")
        yield name, stack.enter_context(processes.elasticsearch_exporter(look_alike))


def first_steps(rounds: int) -> dict[str, float]:
    """Return medians of the idle process's memory and of the seconds to its first answer."""
    starts, idle = [], []
    with processes.serving(1000, 1) as port, TemporaryDirectory() as folder:
        for _ in range(rounds):
            begun = time.perf_counter()
            with processes.our_exporter(Path(folder), port, 1) as ours:
                ours.seconds("/-/healthy")
                starts.append(time.perf_counter() - begun)
                idle.append(ours.megabytes("VmRSS"))
    return {
        "start_seconds": statistics.median(starts),
        "idle_megabytes": statistics.median(idle),
    }


def health_meanwhile(snapshots: int) -> dict[str, float]:
    """Return the slowest and median seconds of health answers while one scrape of all runs."""
    latencies: list[float] = []
    with (
        processes.serving(snapshots, 10) as port,
        TemporaryDirectory() as folder,
        processes.our_exporter(Path(folder), port, 10) as ours,
    ):
        scrape = threading.Thread(target=ours.seconds)
        scrape.start()
        while scrape.is_alive():
            latencies.extend(ours.seconds(path) for path in ("/-/healthy", "/"))
            time.sleep(0.01)
        scrape.join()
    return {"median_seconds": statistics.median(latencies), "slowest_seconds": max(latencies)}
