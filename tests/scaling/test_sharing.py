"""Scrapes and probes that overlap, and reads that are kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from exporter.errors import Reason
from exporter.target_list import TargetName
from tests.collector.fakes import (
    LATER,
    Held,
    Reader,
    collector,
    counted,
    fails,
    inventory,
    project,
    target,
    whole_project,
)
from tests.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.collector import Collector
    from exporter.deadline import Deadline
    from exporter.inventory import Inventory
    from exporter.reading import Reading

ONE, TWO = TargetName(1, 1), TargetName(1, 2)


async def settled() -> None:
    """Let tasks begin and wait."""
    for _ in range(5):
        await asyncio.sleep(0)


async def read(tested: Collector, name: TargetName) -> Reading:
    """Return a probe's reading of a target that there is."""
    reading = await tested.probe(name, LATER)
    assert reading is not None
    return reading


@pytest.mark.parametrize("probe_first", [True, False])
async def test_a_scrape_and_probes_share_one_walk(*, probe_first: bool) -> None:
    """Whoever comes first, each target is read once, and both show the same figures."""
    held = Held()
    reader = Reader({1: held})
    tested = collector(project(target(1), target(2)), reader=reader)

    async def scraped() -> Reading:
        return (await tested.scrape(LATER))[0]

    begun: list[asyncio.Task[Reading]] = []
    for is_probe in (probe_first, not probe_first, True):
        begun.append(asyncio.create_task(read(tested, ONE) if is_probe else scraped()))
        await settled()
    held.let_go.set()
    readings = [await one for one in begun]

    assert reader.regions == [1, 2]
    assert len({id(reading.inventory) for reading in readings}) == 1
    assert reader.begun == [0]


async def test_a_read_is_kept_for_both() -> None:
    """Within `cache_ttl` a probe is served what a scrape read, and the other way round."""
    reader = Reader()
    tested = collector(project(target(1), target(2)), reader=reader, cache_ttl=60.0)
    await read(tested, ONE)
    first = await tested.scrape(LATER)
    again = await read(tested, TWO)
    assert reader.regions == [1, 2]
    assert again.inventory is first[1].inventory


async def test_without_a_cache_nothing_is_kept() -> None:
    """Each probe reads anew."""
    reader = Reader()
    tested = collector(project(target(1)), reader=reader)
    for _ in range(2):
        await read(tested, ONE)
    assert reader.regions == [1, 1]
    assert reader.begun == [0, 0]


async def test_a_probe_that_leaves_ends_its_walk() -> None:
    """The read is cancelled and forgotten, unless a scrape waits for it too."""
    held = Held()
    reader = Reader({1: held})
    tested = collector(project(target(1)), reader=reader)
    leaving = asyncio.create_task(tested.probe(ONE, LATER))
    await held.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    held.let_go.set()
    await read(tested, ONE)
    assert reader.cancelled == [1]
    assert reader.regions == [1, 1]


async def test_failures_of_both_add_up() -> None:
    """A target's errors are counted wherever they were met."""
    tested = collector(project(target(1)), reader=Reader({1: fails(Reason.SERVER)}))
    await read(tested, ONE)
    [reading] = await tested.scrape(LATER)
    assert counted(reading) == {"server": 2}


async def test_targets_that_there_are_not_are_not_read() -> None:
    """Whatever region or project is asked for, the answer is that there is none."""
    reader = Reader()
    tested = collector(whole_project(1), reader=reader)
    assert [await tested.probe(TargetName(1, region), LATER) for region in (1, 2, 3)] == [None] * 3
    assert await tested.probe(TargetName(2, 1), LATER) is None
    assert reader.targets == []


def test_probes_that_never_cease_begin_anew_all_the_same() -> None:
    """A new key is taken, and a refused one tried again, once the first one's time is over."""
    reader = Reader()

    async def slow(_deadline: Deadline, _on_page: Callable[[], None]) -> Inventory:
        await asyncio.sleep(4.0)
        return inventory()

    async def overlap() -> None:
        reader.behaviours = dict.fromkeys(range(1, 13), slow)
        tested = collector(project(*map(target, range(1, 13))), reader=reader)
        async with asyncio.TaskGroup() as group:
            for region in range(1, 13):
                group.create_task(tested.probe(TargetName(1, region), 10.0))
                await asyncio.sleep(2.0)

    run(overlap())
    assert len(reader.begun) == 3
    assert reader.begun[0] == 0
    assert min(reader.begun[1:]) > 0
