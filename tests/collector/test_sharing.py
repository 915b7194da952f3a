"""Scrapes that overlap, that are given up, and that are served again."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from exporter.errors import Reason
from tests.collector.fakes import (
    LATER,
    SOON,
    Held,
    Reader,
    collector,
    counted,
    fails,
    gives,
    inventory,
    outcomes,
    project,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.collector import Collector
    from exporter.deadline import Deadline
    from exporter.inventory import Inventory
    from exporter.reading import Reading

    Scrape = asyncio.Task[tuple[Reading, ...]]


async def begun(tested: Collector, timeout: float = LATER) -> Scrape:  # noqa: ASYNC109 - a value
    """Return a scrape whose reads are under way, or joined."""
    scrape = asyncio.create_task(tested.scrape(timeout))
    for _ in range(5):
        await asyncio.sleep(0)
    return scrape


async def given_up(scrape: Scrape) -> None:
    """Cancel a scrape, as the server does when the client goes away."""
    scrape.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scrape


async def test_overlapping_scrapes_share_one_read_of_each_target() -> None:
    """A pair of Prometheus servers, or fifty, cost the API what one does."""
    held = {1: Held(), 2: Held()}
    reader = Reader(held)
    tested = collector(project(target(1), target(2)), reader=reader)
    scrapes = [await begun(tested) for _ in range(50)]
    for one in held.values():
        one.let_go.set()
    results = await asyncio.gather(*scrapes)
    assert reader.regions == [1, 2]
    assert reader.begun == [0]
    assert all(outcomes(readings) == {1: None, 2: None} for readings in results)
    assert len({id(reading.inventory) for readings in results for reading in readings}) == 2


async def test_failure_of_a_shared_read_counts_once() -> None:
    """It was one read, whoever waited for it."""
    held = Held(fails(Reason.SERVER))
    tested = collector(project(target(7)), reader=Reader({7: held}))
    scrapes = [await begun(tested) for _ in range(3)]
    held.let_go.set()
    results = await asyncio.gather(*scrapes)
    assert [outcomes(readings) for readings in results] == 3 * [{7: "server"}]
    assert counted(results[-1][0]) == {"server": 1}


async def test_earlier_deadline_leaves_and_the_later_gets_the_figures() -> None:
    """Who leaves counts `timeout`; the read goes on to the latest deadline."""
    held = Held()
    reader = Reader({7: held})
    tested = collector(project(target(1), target(7)), reader=reader)
    early = await begun(tested, SOON)
    late = await begun(tested)
    done, left = await early
    assert (done.reason, left.reason, left.inventory) == (None, Reason.TIMEOUT, None)
    assert counted(left) == {"timeout": 1}
    assert reader.cancelled == []
    held.let_go.set()
    _, reading = await late
    assert (reading.reason, reading.last_success) == (None, 1000.0)
    assert reading.inventory is not None
    assert reading.timeout > SOON


async def test_scrape_that_joins_with_less_time_leaves_first() -> None:
    """It takes nothing from the one that began."""
    held = Held()
    tested = collector(project(target(7)), reader=Reader({7: held}))
    late = await begun(tested)
    assert outcomes(await tested.scrape(SOON)) == {7: "timeout"}
    held.let_go.set()
    assert outcomes(await late) == {7: None}


async def test_target_that_is_done_is_read_anew_by_a_scrape_that_comes_later() -> None:
    """Only what is under way is shared; what is done may be old."""
    held = Held()
    reader = Reader({2: held})
    tested = collector(project(target(1), target(2)), reader=reader)
    first = await begun(tested)
    second = await begun(tested)
    held.let_go.set()
    await asyncio.gather(first, second)
    assert reader.regions == [1, 2, 1]
    assert reader.begun == [0]


async def test_scrape_that_is_given_up_ends_its_reads() -> None:
    """Nobody waits: nothing more is asked of the API, and nothing is counted."""
    reader = Reader({7: Held()})
    tested = collector(project(target(7)), reader=reader)
    await given_up(await begun(tested))
    await asyncio.sleep(0)
    assert reader.cancelled == [7]
    assert reader.under_way == 0
    reader.behaviours.clear()
    (reading,) = await tested.scrape(LATER)
    assert (reading.reason, counted(reading)) == (None, {})


async def test_scrape_that_is_given_up_leaves_the_read_to_others() -> None:
    """Even when it was the one that began it."""
    held = Held()
    reader = Reader({7: held})
    tested = collector(project(target(7)), reader=reader)
    first, second = await begun(tested), await begun(tested)
    await given_up(first)
    held.let_go.set()
    assert outcomes(await second) == {7: None}
    assert reader.regions == [7]
    assert reader.cancelled == []


async def test_new_scrape_does_not_join_a_read_that_is_being_cancelled() -> None:
    """It would get no result; it reads anew, also while the other still tidies up."""
    tidy = asyncio.Event()
    entered = asyncio.Event()

    async def slow_to_leave(_deadline: Deadline, _on_page: Callable[[], None]) -> Inventory:
        entered.set()
        try:
            return await asyncio.Future()
        finally:
            await tidy.wait()

    reader = Reader({7: slow_to_leave})
    tested = collector(project(target(7)), reader=reader)
    scrape = await begun(tested)
    await entered.wait()
    await given_up(scrape)
    reader.behaviours.clear()
    assert outcomes(await tested.scrape(LATER)) == {7: None}
    assert reader.regions == [7, 7]
    tidy.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert reader.under_way == 0


async def test_fresh_success_is_served_again() -> None:
    """Within `cache_ttl` nothing is asked; the reading says when the figures were read."""
    now = 1000.0
    reader = Reader({7: gives(inventory(), pages=2)})
    tested = collector(project(target(7)), reader=reader, cache_ttl=LATER, clock=lambda: now)
    (first,) = await tested.scrape(LATER)
    now = 1010.0
    (again,) = await tested.scrape(LATER)
    assert reader.regions == [7]
    assert again.inventory is first.inventory
    assert (again.duration, again.pages, again.last_success) == (first.duration, 2, 1000.0)


async def test_success_is_served_again_only_for_its_time() -> None:
    """After `cache_ttl` the target is read anew."""
    reader = Reader()
    tested = collector(project(target(7)), reader=reader, cache_ttl=SOON)
    await tested.scrape(LATER)
    await asyncio.sleep(2 * SOON)
    await tested.scrape(LATER)
    assert reader.regions == [7, 7]


async def test_failure_is_never_served_again() -> None:
    """What broke is tried at the next scrape, and counted each time."""
    reader = Reader({2: fails(Reason.SERVER)})
    tested = collector(project(target(1), target(2)), reader=reader, cache_ttl=LATER)
    await tested.scrape(LATER)
    _, reading = await tested.scrape(LATER)
    assert reader.regions == [1, 2, 2]
    assert counted(reading) == {"server": 2}
    reader.behaviours.clear()
    assert outcomes(await tested.scrape(LATER)) == {1: None, 2: None}


async def test_without_a_cache_every_scrape_reads() -> None:
    """The default."""
    reader = Reader()
    tested = collector(project(target(7)), reader=reader)
    await tested.scrape(LATER)
    await tested.scrape(LATER)
    assert reader.regions == [7, 7]


class Remembered:
    """Gives figures that nobody else holds, and knows which are still alive."""

    def __init__(self) -> None:
        self._given: list[weakref.ref[Inventory]] = []

    async def __call__(self, _deadline: Deadline, _on_page: Callable[[], None]) -> Inventory:
        """Read the target."""
        figures = inventory()
        self._given.append(weakref.ref(figures))
        return figures

    async def alive(self) -> int:
        """Return how many of the given figures anyone holds, now that the loop has moved on."""
        await asyncio.sleep(0)
        gc.collect()
        return sum(one() is not None for one in self._given)


async def test_figures_are_forgotten_after_the_scrape() -> None:
    """Between scrapes the memory is free again."""
    given = Remembered()
    tested = collector(project(target(7)), reader=Reader({7: given}))
    readings = await tested.scrape(LATER)
    assert await given.alive() == 1
    assert readings[0].inventory is not None
    del readings
    assert await given.alive() == 0


async def test_figures_are_forgotten_after_a_scrape_that_was_given_up() -> None:
    """Those of the targets that were done before the client went away."""
    given = Remembered()
    tested = collector(project(target(1), target(2)), reader=Reader({1: given, 2: Held()}))
    await given_up(await begun(tested))
    assert await given.alive() == 0


async def test_figures_are_forgotten_after_the_last_of_the_scrapes_that_share_them() -> None:
    """The one that leaves early holds nothing back either."""
    given = Remembered()
    held = Held(given)
    tested = collector(project(target(7)), reader=Reader({7: held}))
    late = await begun(tested)
    await tested.scrape(SOON)
    held.let_go.set()
    readings = await late
    assert await given.alive() == 1
    del readings, late
    assert await given.alive() == 0


async def test_cache_holds_one_set_of_figures_for_each_target() -> None:
    """The newer takes the place of the older, which is forgotten."""
    given = Remembered()
    tested = collector(project(target(7)), reader=Reader({7: given}), cache_ttl=SOON)
    for _ in range(3):
        await tested.scrape(LATER)
        await asyncio.sleep(2 * SOON)
    assert await given.alive() == 1
