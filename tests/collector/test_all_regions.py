"""Scrapes with `regions: all`, and what the regions are called in them."""

from __future__ import annotations

import asyncio

import pytest

from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.models import Region, Selection
from tests.collector.fakes import (
    LATER,
    SOON,
    Held,
    Listing,
    Reader,
    collector,
    counted,
    fails,
    gives,
    inventory,
    no_list,
    outcomes,
    project,
    target,
    whole_project,
)
from tests.loop_clock import LoopClock

NIGHTLY = Selection("nightly", {"lifecycle_policy_id": "3"})


async def test_regions_of_the_list_are_targets() -> None:
    """The open ones, less the excluded, by id; each project and selection has its own."""
    listing = Listing(Region(9), Region(7), Region(8, state="DELETED"), Region(6))
    reader = Reader({9: fails(Reason.FORBIDDEN)})
    tested = collector(
        whole_project(1, 6), whole_project(2, selection=NIGHTLY), reader=reader, listing=listing
    )
    readings = await tested.scrape(LATER)
    told = [(one.target.project_id, one.target.region_id, one.reason) for one in readings]
    assert told == [
        (1, 7, None),
        (1, 9, "forbidden"),
        (2, 6, None),
        (2, 7, None),
        (2, 9, "forbidden"),
    ]
    assert [one.target.selection for one in readings[2:]] == 3 * [NIGHTLY]
    assert listing.asked == 1


async def test_histories_of_found_regions_go_on() -> None:
    """A target that the list names is the same in the next scrape."""
    reader = Reader({7: fails(Reason.SERVER)})
    tested = collector(whole_project(), reader=reader, listing=Listing(Region(7)))
    await tested.scrape(LATER)
    (reading,) = await tested.scrape(LATER)
    assert counted(reading) == {"server": 2}


async def test_without_a_list_the_project_itself_is_down() -> None:
    """One reading with no region, its reason, and a count; the other targets are read."""
    listing = no_list()
    tested = collector(whole_project(1), project(target(7, project_id=2)), listing=listing)
    for number in (1, 2):
        down, up = await tested.scrape(LATER)
        assert (down.target.project_id, down.target.region_id, down.region) == (1, None, "")
        assert (down.reason, down.inventory, down.pages) == (Reason.FORBIDDEN, None, 0)
        assert counted(down) == {"forbidden": number}
        assert down.last_success is None
        assert 0 < down.timeout <= LATER
        assert up.reason is None
    assert listing.asked == 2


async def test_selections_of_a_project_without_a_list_are_apart() -> None:
    """Each has its own `gcore_up`."""
    tested = collector(whole_project(1), whole_project(1, selection=NIGHTLY), listing=no_list())
    readings = await tested.scrape(LATER)
    assert [one.target.selection for one in readings] == [None, NIGHTLY]
    assert [counted(one) for one in readings] == 2 * [{"forbidden": 1}]


async def test_project_recovers_when_the_list_comes() -> None:
    """At the next scrape, without waiting for an hour."""
    listing = no_list()
    tested = collector(whole_project(), listing=listing)
    assert outcomes(await tested.scrape(LATER)) == {None: "forbidden"}
    listing.answer = [Region(7)]
    assert outcomes(await tested.scrape(LATER)) == {7: None}


async def test_list_that_hangs_is_a_timeout_of_the_project() -> None:
    """The scrape ends by its deadline, and the next one takes what came meanwhile."""
    listing = Listing(Region(7))
    listing.let_go.clear()
    tested = collector(whole_project(), listing=listing)
    assert outcomes(await tested.scrape(SOON)) == {None: "timeout"}
    listing.let_go.set()
    assert outcomes(await tested.scrape(LATER)) == {7: None}
    assert listing.asked == 1


async def test_first_scrape_waits_for_the_list() -> None:
    """Within its deadline, so that no series begins under a name that it does not keep."""
    listing = Listing(Region(7, "Luxembourg 1"))
    listing.let_go.clear()
    tested = collector(project(target(7)), whole_project(2), listing=listing)
    tested.ask_for_regions(Deadline.after(LATER))
    scrape = asyncio.create_task(tested.scrape(LATER))
    for _ in range(9):
        await asyncio.sleep(0)
    assert not scrape.done()
    listing.let_go.set()
    assert [one.region for one in await scrape] == ["Luxembourg 1", "Luxembourg 1"]
    assert listing.asked == 1


async def test_targets_with_ids_are_read_while_the_list_is_asked_for() -> None:
    """Only the names wait."""
    listing = Listing(Region(7))
    listing.let_go.clear()
    held = Held()
    tested = collector(project(target(7)), reader=Reader({7: held}), listing=listing)
    scrape = asyncio.create_task(tested.scrape(LATER))
    await held.begun.wait()
    held.let_go.set()
    listing.let_go.set()
    assert outcomes(await scrape) == {7: None}


async def test_known_list_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour later the new one comes in the background; while it fails the last one stays."""
    clock = LoopClock(monkeypatch)
    listing = Listing(Region(7))
    tested = collector(whole_project(), listing=listing)
    await tested.scrape(LATER)
    clock.move(3600)
    listing.let_go.clear()
    assert outcomes(await tested.scrape(LATER)) == {7: None}
    listing.answer = ReadError(Reason.SERVER, "broken")
    listing.let_go.set()
    await asyncio.sleep(0)
    assert outcomes(await tested.scrape(LATER)) == {7: None}
    assert listing.asked == 2


@pytest.mark.parametrize(
    ("configured", "listed", "seen", "expected"),
    [
        ("Mine", "Listed", "Seen", "Mine"),
        ("Mine", None, None, "Mine"),
        ("", "Listed", "Seen", "Listed"),
        ("", None, "Seen", "Seen"),
        ("", "", "", "7"),
        ("", None, None, "7"),
    ],
)
async def test_region_is_named_by_the_first_source_that_knows(
    configured: str, listed: str | None, seen: str | None, expected: str
) -> None:
    """The configuration, else the list, else the first snapshot seen, else the id as text."""
    tested = collector(
        project(target(7, name=configured)),
        reader=Reader({7: gives(inventory(region=seen))}),
        listing=Listing(Region(7, listed)),
    )
    (reading,) = await tested.scrape(LATER)
    assert reading.region == expected


async def test_name_once_known_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the target fails, and when a better source turns up later."""
    clock = LoopClock(monkeypatch)
    listing = no_list()
    reader = Reader()
    tested = collector(project(target(7)), reader=reader, listing=listing)
    bad = fails(Reason.SERVER)
    names = []
    for behaviour in (bad, gives(inventory(region="Luxembourg 1")), bad):
        reader.behaviours[7] = behaviour
        (reading,) = await tested.scrape(LATER)
        names.append(reading.region)
    listing.answer = [Region(7, "Another")]
    reader.behaviours[7] = gives(inventory(region="Luxembourg 2"))
    clock.move(3600)
    for _ in range(2):
        (reading,) = await tested.scrape(LATER)
        names.append(reading.region)
    assert listing.asked == 2
    assert names == ["7", *4 * ["Luxembourg 1"]]


async def test_configured_name_is_that_targets_only() -> None:
    """Another entry for the same region without a name takes the list's."""
    tested = collector(
        project(target(7, name="Mine")),
        project(target(7, project_id=2)),
        listing=Listing(Region(7, "Luxembourg 1")),
    )
    assert [one.region for one in await tested.scrape(LATER)] == ["Mine", "Luxembourg 1"]
