"""What is measured: each case runs its subjects in turn, several rounds, and keeps all figures."""

from __future__ import annotations

import importlib.util
import statistics
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks import processes
from benchmarks.memory import NOW, megabytes
from benchmarks.pages import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.processes import Cost, Scraped

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
        tag_values: numbers of distinct tags (see `benchmarks.rows`); a further subject for each.
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
    tag_values: tuple[int, ...] = ()


CASES: Final = (
    Case("100 ms an answer", 100_000, 10, 0.1, (8, 16), ("loop", "sdk"), rounds=2),
    Case("no delay", 100_000, baselines=("floor", "loop", "elasticsearch_exporter")),
    Case("no delay, gzip", 100_000, gzip=True),
    Case("unlimited", 100_000, extra=UNLIMITED, rounds=3),
    Case("distinct tags", 100_000, 1, tag_values=(1000, 10_000, 100_000)),
)

SWEEP: Final = tuple(
    Case("sweep", number, 1 if number == PAGE_SIZE else 10, baselines=("floor",), rounds=3)
    for number in (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
)
"""From a single page to what one scrape can be asked to read."""


@dataclass
class Figures:
    """What was measured of one subject.

    Attributes:
        seconds: of each round.
        of_ours: the median as a multiple of the first subject's.
        megabytes: peak memory in MiB, over its processes.
        samples: in the answer; None for what is no exporter.
        skipped: why it was not run.
    """

    seconds: list[float] = field(default_factory=list)
    of_ours: float | None = None
    megabytes: float | None = None
    samples: int | None = None
    skipped: str | None = None

    @property
    def median(self) -> float:
        """The median of the seconds, where there are any."""
        return statistics.median(self.seconds)

    def add(self, cost: Cost) -> None:
        """Take the cost of a round."""
        self.seconds.append(cost.seconds)
        self.megabytes = max(cost.megabytes, self.megabytes or 0.0)


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
        subjects: dict[str, Callable[[], Cost]] = {}
        for name, scraped in exporters.items():
            figures[name].samples = scraped.samples()
            subjects[name] = scraped.scrape
        for name in case.baselines:
            figures[name].skipped = missing(name)
            if name not in exporters and figures[name].skipped is None:
                subjects[name] = partial(processes.walk, name, port, case.regions)
        for _ in range(min(rounds, case.rounds or rounds)):
            for name, measure in subjects.items():
                figures[name].add(measure())
    ours = next(iter(figures.values())).median
    for name in subjects:
        figures[name].of_ours = figures[name].median / ours
    return figures


def scaled(case: Case, scale: float) -> Case:
    """Return the case with another number of snapshots, at least one in a region."""
    return replace(case, snapshots=max(case.regions, int(case.snapshots * scale)))


def _pages(case: Case, stack: ExitStack, *more: str) -> int:
    options = (f"--delay={case.delay}", *(("--gzip",) if case.gzip else ()), *more)
    return stack.enter_context(processes.serving(case.snapshots, case.regions, *options))


def _started(case: Case, port: int, stack: ExitStack) -> Iterator[tuple[str, Scraped]]:
    """Start our exporter with each bound of requests and all tags, and that of Elasticsearch."""
    for number in case.in_flight:
        yield f"exporter, {number} in flight", _ours(case, port, number, stack)
    for values in case.tag_values:
        tagged = _pages(case, stack, f"--tag-values={values}")
        yield f"exporter, {values:,} distinct tags", _ours(case, tagged, case.in_flight[0], stack)
    name = "elasticsearch_exporter"
    if name in case.baselines and missing(name) is None:
        look_alike = _pages(case, stack, "--elasticsearch")
        yield name, stack.enter_context(processes.elasticsearch_exporter(look_alike))


def _ours(case: Case, port: int, in_flight: int, stack: ExitStack) -> Scraped:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    yaml = processes.configuration(port, case.regions, case.extra, in_flight)
    return stack.enter_context(processes.our_exporter(folder, yaml))


def first_steps(rounds: int) -> dict[str, float]:
    """Return medians of the idle process's memory and of the seconds to its first answer."""
    starts, idle = [], []
    with processes.serving(1000, 1) as port, TemporaryDirectory() as folder:
        for _ in range(rounds):
            begun = time.perf_counter()
            with processes.our_exporter(Path(folder), processes.configuration(port, 1)) as ours:
                ours.seconds("/-/healthy")
                starts.append(time.perf_counter() - begun)
                idle.append(megabytes(ours.pid, NOW))
    return {
        "start_seconds": statistics.median(starts),
        "idle_megabytes": statistics.median(idle),
    }


def health_meanwhile(snapshots: int) -> dict[str, Figures]:
    """Return the seconds of answers by path, asked for while one scrape of all runs."""
    figures = {path: Figures() for path in ("/-/healthy", "/")}
    with (
        processes.serving(snapshots, 10) as port,
        TemporaryDirectory() as folder,
        processes.our_exporter(Path(folder), processes.configuration(port, 10)) as ours,
    ):
        scrape = threading.Thread(target=ours.scrape)
        scrape.start()
        while scrape.is_alive():
            for path, one in figures.items():
                one.seconds.append(ours.seconds(path))
            time.sleep(0.01)
        scrape.join()
    return figures
