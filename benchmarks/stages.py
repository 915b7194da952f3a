"""``python -m benchmarks.stages [--snapshots N] [--scrapes N]``: the CPU time of each stage.

Scrapes run in this process on the server of prepared pages. The exporter knows nothing of it: what
its parts are joined with is exchanged for the same with a clock around it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar
from unittest.mock import patch

from benchmarks.processes import configuration, serving, unread
from exporter.config import parse
from exporter.inventory import Tally
from exporter.negotiation import TEXT_0_0_4
from exporter.payload import decode_page
from exporter.rendering import Form
from exporter.runtime import scraping
from exporter.walk import walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from exporter.runtime import Runtime

P = ParamSpec("P")
T = TypeVar("T")

NETWORK: Final = "network and event loop: what is left of the scrape"
DECODING: Final = "decoding"
WALK: Final = "walk: joining pages, finding repeats"
FOLD: Final = "fold"
CHOOSING: Final = "choosing what gets series"
TEXT: Final = "families and text"
GZIP: Final = "gzip"


class _Thread(threading.local):
    """What a thread knows: the seconds of the stages that ended within the one that runs."""

    inner = 0.0


@dataclass
class Clock:
    """CPU seconds by stage; those of a stage within another count for the inner one alone."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _thread: _Thread = field(default_factory=_Thread)

    @contextmanager
    def running(self, stage: str) -> Iterator[None]:
        """Count what is done meanwhile in this thread."""
        before, self._thread.inner = self._thread.inner, 0.0
        begun = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - begun
            self.seconds[stage] += spent - self._thread.inner
            self._thread.inner = before + spent

    def around(self, stage: str, function: Callable[P, T]) -> Callable[P, T]:
        """Return the same function with this clock around it."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.running(stage):
                return function(*args, **kwargs)

        return timed

    def around_steps(
        self, stage: str, function: Callable[P, Awaitable[T]]
    ) -> Callable[P, Awaitable[T]]:
        """Return the same coroutine function with this clock around it; waiting is not counted."""

        @wraps(function)
        async def timed(*args: P.args, **kwargs: P.kwargs) -> T:
            return await _Steps(self, stage, function(*args, **kwargs))

        return timed


class _Steps(Generator[Any, Any, T]):
    """The steps of something awaited, each with the clock around it."""

    def __init__(self, clock: Clock, stage: str, awaited: Awaitable[T]) -> None:
        self._clock = clock
        self._stage = stage
        self._steps = awaited.__await__()

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def send(self, value: object, /) -> object:
        """Go on after what it waited for."""
        with self._clock.running(self._stage):
            return self._steps.send(value)

    def throw(self, kind: Any, error: Any = None, _trace: Any = None, /) -> object:  # noqa: ANN401 - as generators have it
        """Go on after an error, such as a cancellation."""
        with self._clock.running(self._stage):
            return self._steps.throw(kind if error is None else error)


@contextmanager
def clocked(clock: Clock) -> Iterator[None]:
    """Have every scrape meanwhile add to the clock, up to where its registry is there."""

    def timed_walk(read_page: Callable[..., Awaitable[Any]], *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - handed on
        read_page = clock.around_steps(NETWORK, read_page)
        return clock.around_steps(WALK, walk)(read_page, *rest, **options)

    with (
        patch("exporter.client.api.decode_page", clock.around(DECODING, decode_page)),
        patch("exporter.reader.walk", timed_walk),
        patch.object(Tally, "add", clock.around(FOLD, Tally.add)),
        patch.object(Tally, "finish", clock.around(CHOOSING, Tally.finish)),
    ):
        yield


async def scrape(runtime: Runtime) -> Mapping[str, float]:
    """Return the CPU seconds of each stage of one scrape.

    Raises:
        ValueError: a target was not read in full.
    """
    clock = Clock()
    with clocked(clock):
        begun = time.process_time()
        registry = await runtime.scrape(None)
        spent = time.process_time() - begun
    del clock.seconds[NETWORK]
    clock.seconds[NETWORK] = spent - sum(clock.seconds.values())
    with clock.running(TEXT):
        text = Form(TEXT_0_0_4, gzip=False).render(registry)
    with clock.running(GZIP):
        Form(TEXT_0_0_4, gzip=True).render(registry)
    clock.seconds[GZIP] -= clock.seconds[TEXT]  # It writes the text, too.
    if unread(text):
        message = "a target was not read in full"
        raise ValueError(message)
    return clock.seconds


async def measure(snapshots: int, regions: int, scrapes: int) -> list[Mapping[str, float]]:
    """Return what each scrape took, after one that is not counted."""
    with serving(snapshots, regions) as port:
        async with scraping(parse(configuration(port, regions), "stages", {})) as runtime:
            await scrape(runtime)
            return [await scrape(runtime) for _ in range(scrapes)]


def table(measured: list[Mapping[str, float]]) -> str:
    """Return the medians as Markdown."""
    medians = {
        stage: statistics.median(one[stage] for one in measured)
        for stage in (NETWORK, DECODING, WALK, FOLD, CHOOSING, TEXT, GZIP)
    }
    total = sum(medians.values())
    lines = ["| stage | CPU seconds | share |", "|---|---|---|"]
    lines += [f"| {stage} | {one:.3f} | {one / total:.0%} |" for stage, one in medians.items()]
    return "\n".join([*lines, f"| all | {total:.3f} | |"])


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--snapshots", type=int, default=100_000)
    parser.add_argument("--regions", type=int, default=10)
    parser.add_argument("--scrapes", type=int, default=7)
    options = parser.parse_args(arguments)
    measured = asyncio.run(measure(options.snapshots, options.regions, options.scrapes))
    sys.stdout.write(f"{table(measured)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
