"""One scrape: each target ends as an inventory or as a reason, and harms no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from exporter.errors import ReadError, Reason
from exporter.models import Selection
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
    outcomes,
    project,
    raises,
    target,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.deadline import Deadline
    from exporter.inventory import Inventory

NIGHTLY = Selection("nightly", {"lifecycle_policy_id": "3"})


async def test_target_that_was_read_has_its_figures() -> None:
    """With the pages that it took, the time it was given, and the moment of success."""
    figures = inventory(snapshots=3)
    tested = collector(project(target(7)), reader=Reader({7: gives(figures, pages=4)}))
    (reading,) = await tested.scrape(LATER)
    assert reading.target == target(7)
    assert reading.inventory is figures
    assert reading.reason is None
    assert reading.pages == 4
    assert 0 <= reading.duration <= reading.timeout <= LATER
    assert reading.last_success == 1000.0
    assert counted(reading) == {}
    assert set(reading.errors) == set(Reason)


async def test_readings_are_in_the_order_of_the_configuration() -> None:
    """Whichever is done first."""
    slow = Held()
    reader = Reader({7: slow, 9: fails(Reason.AUTH)})
    tested = collector(
        project(target(7), target(3)),
        project(target(9, project_id=2)),
        project(target(7, selection=NIGHTLY)),
        reader=reader,
    )
    scrape = asyncio.create_task(tested.scrape(LATER))
    await slow.begun.wait()
    slow.let_go.set()
    readings = await scrape
    assert [(one.target.project_id, one.target.region_id) for one in readings] == [
        (1, 7),
        (1, 3),
        (2, 9),
        (1, 7),
    ]
    assert [one.target.selection for one in readings] == [None, None, None, NIGHTLY]


async def test_targets_are_read_at_the_same_time() -> None:
    """None waits for another: here each ends only when all have begun."""
    barrier = asyncio.Barrier(3)

    async def meet(_deadline: Deadline, _on_page: Callable[[], None]) -> Inventory:
        await barrier.wait()
        return inventory()

    reader = Reader({1: meet, 2: meet, 3: meet})
    tested = collector(project(target(1), target(2)), project(target(3)), reader=reader)
    assert outcomes(await tested.scrape(LATER)) == {1: None, 2: None, 3: None}


@pytest.mark.parametrize("reason", Reason)
async def test_failing_target_harms_no_other(reason: Reason) -> None:
    """It has its reason and no figures; the others have theirs."""
    reader = Reader({2: fails(reason)})
    tested = collector(project(target(1), target(2), target(3)), reader=reader)
    readings = await tested.scrape(LATER)
    assert outcomes(readings) == {1: None, 2: reason, 3: None}
    assert [one.inventory is None for one in readings] == [False, True, False]
    assert [counted(one) for one in readings] == [{}, {reason.value: 1}, {}]


async def test_deadline_ends_a_scrape_with_what_is_finished() -> None:
    """The hanging target is a `timeout`, with the pages that it had got."""
    reader = Reader({2: Held()})
    tested = collector(project(target(1), target(2)), reader=reader)
    done, late = await tested.scrape(SOON)
    assert done.reason is None
    assert (late.reason, late.inventory, late.pages) == (Reason.TIMEOUT, None, 1)
    assert counted(late) == {"timeout": 1}
    assert reader.cancelled == [2]
    assert late.timeout == pytest.approx(SOON, abs=SOON)


async def test_scrape_without_any_time_still_answers() -> None:
    """Every target has its reading."""
    tested = collector(project(target(1)), reader=Reader({1: Held()}))
    assert outcomes(await tested.scrape(0.0)) == {1: "timeout"}


async def test_reasons_are_counted_from_scrape_to_scrape() -> None:
    """Each failed read counts once, by its reason; a success in between takes nothing back."""
    reader = Reader()
    tested = collector(project(target(7)), reader=reader)
    behaviours = [
        fails(Reason.SERVER),
        fails(Reason.SERVER),
        gives(inventory()),
        fails(Reason.FORBIDDEN),
    ]
    for behaviour in behaviours:
        reader.behaviours[7] = behaviour
        (reading,) = await tested.scrape(LATER)
    assert counted(reading) == {"server": 2, "forbidden": 1}


async def test_counts_of_a_reading_stay_as_they_were() -> None:
    """A scrape that is being rendered does not see what the next one counts."""
    tested = collector(project(target(7)), reader=Reader({7: fails(Reason.SERVER)}))
    (first,) = await tested.scrape(LATER)
    await tested.scrape(LATER)
    assert counted(first) == {"server": 1}


async def test_last_success_stays_while_the_target_fails() -> None:
    """It is absent until the first, and the moment of the last read in full after that."""
    bad, good = fails(Reason.SERVER), gives(inventory())
    reader = Reader()
    moments = iter((2.0, 4.0))
    tested = collector(project(target(7)), reader=reader, clock=lambda: next(moments))
    times = []
    for behaviour in (bad, good, bad, good):
        reader.behaviours[7] = behaviour
        (reading,) = await tested.scrape(LATER)
        times.append(reading.last_success)
    assert times == [None, 2.0, 2.0, 4.0]


async def test_targets_that_differ_in_selection_only_are_apart() -> None:
    """One project and region under two selections has two histories."""
    first, second = target(7), target(7, selection=NIGHTLY)
    reader = Reader({7: fails(Reason.SERVER)})
    tested = collector(project(first), project(second), reader=reader)
    readings = await tested.scrape(LATER)
    assert [counted(one) for one in readings] == [{"server": 1}, {"server": 1}]
    assert reader.targets == [first, second]


async def test_configuration_without_targets_reads_nothing() -> None:
    """An empty answer, not a fault."""
    assert await collector().scrape(LATER) == ()


async def test_failed_target_is_told_in_one_log_line() -> None:
    """With all that support asks for."""
    error = ReadError(Reason.SERVER, "it broke", status=502, request_id="f00", attempts=3)
    one = target(7, project_id=1337, selection=NIGHTLY)
    tested = collector(project(one), reader=Reader({7: raises(error)}))
    with capture_logs() as logs:
        await tested.scrape(LATER)
    (line,) = logs
    assert line.pop("seconds") >= 0
    assert line == {
        "log_level": "warning",
        "event": "target not read",
        "project": 1337,
        "region": 7,
        "selection": "nightly",
        "reason": "server",
        "status": 502,
        "attempts": 3,
        "request_id": "f00",
        "error": "it broke",
    }


async def test_target_that_was_read_is_not_logged() -> None:
    """Silence is success."""
    with capture_logs() as logs:
        await collector(project(target(7))).scrape(LATER)
    assert logs == []


@pytest.mark.parametrize(
    "fault",
    [ValueError, KeyError, RuntimeError, TimeoutError, ExceptionGroup, asyncio.CancelledError],
)
async def test_fault_of_ours_costs_one_target(fault: type[BaseException]) -> None:
    """It is `unexpected`; where it was is logged, its words are not: they may hold anything."""
    words = "1234$abcdef"
    error = fault(words, [ValueError(words)]) if fault is ExceptionGroup else fault(words)
    tested = collector(project(target(1), target(2)), reader=Reader({2: raises(error, pages=2)}))
    with capture_logs() as logs:
        readings = await tested.scrape(LATER)
    assert outcomes(readings) == {1: None, 2: "unexpected"}
    assert readings[1].pages == 2
    assert counted(readings[1]) == {"unexpected": 1}
    failure, line = logs
    assert (failure["event"], failure["log_level"]) == ("fault in the exporter", "error")
    assert failure["fault"] == fault.__name__
    assert "in read" in failure["frames"]
    assert (line["event"], line["reason"]) == ("target not read", "unexpected")
    assert words not in str(logs)


async def test_begin_is_called_before_each_scrape() -> None:
    """Once for all of its targets, while nothing is read."""
    reader = Reader()
    tested = collector(project(target(1), target(2)), reader=reader)
    await tested.scrape(LATER)
    await tested.scrape(LATER)
    assert reader.begun == [0, 0]


async def test_explicit_regions_do_not_need_the_list() -> None:
    """Where it hangs, targets with ids are read nevertheless, and answer by the deadline."""
    listing = Listing()
    listing.let_go.clear()
    tested = collector(project(target(7)), listing=listing)
    (reading,) = await tested.scrape(SOON)
    assert (reading.reason, reading.region) == (None, "7")
