"""Renderings: made once for all who wait, bounded in memory, given up when nobody waits."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from exporter.negotiation import OPENMETRICS_1_0_0, TEXT_0_0_4
from exporter.rendering import Form, Renderings
from tests.server.support import Families, app_of, client_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

TEXT = Form(TEXT_0_0_4, gzip=False)
OTHER = Form(OPENMETRICS_1_0_0, gzip=False)


class Counting(Families):
    """Counts how often it is collected; the first time waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.collected = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def collect(self) -> Iterable[Metric]:
        """Count, wait, and return the families."""
        self.collected += 1
        self.begun.set()
        self.go_on.wait(10)
        return super().collect()


def _registry(families: Families) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(families)
    return registry


def _nothing() -> None:
    """Close nothing."""


async def _until(event: threading.Event) -> None:
    await asyncio.to_thread(event.wait, 10)


async def test_who_waits_for_the_same_gets_the_same() -> None:
    """Fifty scrapes that show one reading are rendered once a form, and share the bytes."""
    families = Counting()
    registry = _registry(families)

    async def scrape(_seconds: float | None) -> CollectorRegistry:
        return registry

    async with client_of(app_of(scrape)) as client:
        forms: list[dict[str, str]] = [{}, {"Accept-Encoding": "gzip"}]
        tasks = [
            asyncio.create_task(client.get("/metrics", headers=forms[number % 2]))
            for number in range(50)
        ]
        await _until(families.begun)
        await asyncio.sleep(0.05)
        families.go_on.set()
        texts = {(await task).text for task in tasks}

    assert len(texts) == 1
    assert families.collected == 2


async def test_who_comes_after_it_began_gets_a_new_one() -> None:
    """A rendering that began before a request has ages and counters from before it."""
    families = Counting()
    families.go_on.set()
    registry = _registry(families)
    renderings = Renderings()
    first = renderings.take(registry, TEXT, 0.0, _nothing)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    now = asyncio.get_running_loop().time()
    second = renderings.take(registry, TEXT, now + 1, _nothing)
    await asyncio.gather(first.finished(), second.finished())

    assert first is not second
    assert families.collected == 2


async def test_the_figures_are_let_go_before_the_text() -> None:
    """A client that reads slowly holds the text alone in memory."""
    registry = _registry(Families())
    renderings = Renderings()
    rendering = renderings.take(registry, TEXT, 0.0, _nothing)
    await rendering.finished()
    figures = weakref.ref(registry)
    del registry
    await asyncio.to_thread(gc.collect)

    assert figures() is None
    assert rendering.body


async def test_the_oldest_readers_are_cut_off() -> None:
    """Beyond the bound, those go who have been reading the oldest text, and no more than that."""
    gone: list[int] = []
    size = len(TEXT.render(_registry(Families())))
    renderings = Renderings(most=2 * size)
    for number in range(4):
        rendering = renderings.take(
            _registry(Families()), TEXT, 0.0, functools.partial(gone.append, number)
        )
        await rendering.finished()
        renderings.bound(rendering)

    assert gone == [0, 1]


async def test_one_text_may_be_larger_than_the_bound() -> None:
    """What is asked for now is never cut off for its own size."""
    gone: list[int] = []
    renderings = Renderings(most=10)
    rendering = renderings.take(_registry(Families()), TEXT, 0.0, lambda: gone.append(0))
    await rendering.finished()
    renderings.bound(rendering)

    assert gone == []


async def test_what_nobody_waits_for_is_not_rendered() -> None:
    """When all who asked are gone before its turn, it is given up; one that runs is not waited for.

    Two are rendered at a time, so that the third has to wait for its turn.
    """
    renderings = Renderings()
    busy = [Counting(), Counting()]
    running = [renderings.take(_registry(one), TEXT, 0.0, _nothing) for one in busy]
    waiting = Counting()
    third = renderings.take(_registry(waiting), OTHER, 0.0, _nothing)
    await _until(busy[1].begun)
    renderings.give_back(third, _nothing)
    renderings.give_back(running[0], _nothing)
    for one in (*busy, waiting):
        one.go_on.set()
    await running[1].finished()
    with pytest.raises(asyncio.CancelledError):
        await third.finished()

    assert waiting.collected == 0


async def test_a_fault_reaches_all_who_wait() -> None:
    """Both forms of a collector that raises are a 500, and later scrapes are served."""

    class Broken(Families):
        def collect(self) -> Iterable[Metric]:
            raise RuntimeError

    faults = [_registry(Broken()), _registry(Families())]

    async def scrape(_seconds: float | None) -> CollectorRegistry:
        return faults[0]

    async with client_of(app_of(scrape)) as client:
        first = await asyncio.gather(*(client.get("/metrics") for _ in range(3)))
        faults.pop(0)
        later = await client.get("/metrics")

    assert [one.status_code for one in first] == [500] * 3
    assert later.status_code == 200
