"""The regions list: when it is asked for, which regions are read, what they are called."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.models import AllRegions, Region
from exporter.regions import RegionDirectory
from tests.collector.fakes import Listing, no_list
from tests.loop_clock import LoopClock

HOUR = 3600.0


async def refreshed(tested: RegionDirectory, *, needed: bool = False) -> bool:
    """Refresh and wait for the attempt; tell whether there was one to wait for."""
    attempt = tested.refresh(Deadline.after(30), needed=needed)
    if attempt is not None:
        await attempt
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return attempt is not None


def reason_of(tested: RegionDirectory) -> Reason:
    """Return why the list is not known."""
    with pytest.raises(ReadError) as caught:
        tested.resolve(AllRegions())
    return caught.value.reason


async def test_open_regions_are_read() -> None:
    """All states but the four closed ones; one in maintenance must not vanish silently."""
    listing = Listing(
        Region(9, state="ACTIVE"),
        Region(1, state="NEW"),
        Region(2, state="INACTIVE"),
        Region(3, state="DELETING"),
        Region(4, state="DELETED"),
        Region(8, state="MAINTENANCE"),
        Region(7, state="DELETION_FAILED"),
        Region(6, state="SOMETHING_NEW"),
        Region(5, state=None),
    )
    tested = RegionDirectory(listing)
    await refreshed(tested)
    assert tested.resolve(AllRegions()) == (5, 6, 7, 8, 9)
    assert tested.resolve(AllRegions(frozenset({6, 9, 100}))) == (5, 7, 8)


async def test_region_that_is_listed_twice_is_read_once() -> None:
    """A list that changes between its pages can say so."""
    tested = RegionDirectory(Listing(Region(7), Region(7)))
    await refreshed(tested)
    assert tested.resolve(AllRegions()) == (7,)


async def test_empty_list_is_a_list() -> None:
    """Nothing to read is no failure."""
    tested = RegionDirectory(Listing())
    await refreshed(tested)
    assert tested.resolve(AllRegions()) == ()


async def test_unknown_list_is_a_timeout_while_it_is_under_way() -> None:
    """Also when nobody asked yet; the words say what did not come."""
    listing = Listing(Region(7))
    listing.let_go.clear()
    tested = RegionDirectory(listing)
    assert reason_of(tested) is Reason.TIMEOUT
    attempt = tested.refresh(Deadline.after(30), needed=True)
    await asyncio.sleep(0)
    assert reason_of(tested) is Reason.TIMEOUT
    listing.let_go.set()
    assert attempt is not None
    await attempt
    assert tested.resolve(AllRegions()) == (7,)


async def test_failure_is_the_reason_until_there_is_a_list() -> None:
    """The latest one's."""
    listing = no_list()
    tested = RegionDirectory(listing)
    await refreshed(tested, needed=True)
    assert reason_of(tested) is Reason.FORBIDDEN
    listing.answer = ReadError(Reason.SERVER, "broken")
    await refreshed(tested, needed=True)
    assert reason_of(tested) is Reason.SERVER
    listing.answer = [Region(7)]
    await refreshed(tested, needed=True)
    assert tested.resolve(AllRegions()) == (7,)


async def test_known_list_is_asked_for_hourly(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most, and nobody waits for a new one while the old one is there."""
    clock = LoopClock(monkeypatch)
    listing = Listing(Region(7))
    tested = RegionDirectory(listing)
    assert await refreshed(tested, needed=True)
    clock.move(HOUR - 60)
    assert not await refreshed(tested, needed=True)
    assert listing.asked == 1
    clock.move(60)
    listing.answer = [Region(7), Region(8)]
    assert not await refreshed(tested, needed=True)
    assert listing.asked == 2
    assert tested.resolve(AllRegions()) == (7, 8)


async def test_last_list_outlives_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next attempt is an hour later: there is no haste."""
    clock = LoopClock(monkeypatch)
    listing = Listing(Region(7))
    tested = RegionDirectory(listing)
    await refreshed(tested, needed=True)
    listing.answer = ReadError(Reason.SERVER, "broken")
    clock.move(HOUR)
    await refreshed(tested, needed=True)
    await refreshed(tested, needed=True)
    assert listing.asked == 2
    assert tested.resolve(AllRegions()) == (7,)


@pytest.mark.parametrize(("needed", "asked"), [(True, 3), (False, 1)])
async def test_list_that_failed_is_asked_for_again_where_it_is_needed(
    *, needed: bool, asked: int
) -> None:
    """By every scrape with `regions: all`; only for names it can wait for an hour."""
    listing = no_list()
    tested = RegionDirectory(listing)
    for _ in range(3):
        await refreshed(tested, needed=needed)
    assert listing.asked == asked


async def test_failed_list_of_names_is_tried_again_after_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then the names come."""
    clock = LoopClock(monkeypatch)
    listing = no_list()
    tested = RegionDirectory(listing)
    await refreshed(tested)
    listing.answer = [Region(7, "Luxembourg 1")]
    clock.move(HOUR)
    await refreshed(tested)
    assert tested.name(7) == "Luxembourg 1"


async def test_attempt_under_way_is_shared() -> None:
    """Scrapes that overlap wait for one request, with the deadline of the first."""
    listing = Listing(Region(7))
    listing.let_go.clear()
    tested = RegionDirectory(listing)
    first_deadline = Deadline.after(30)
    first = tested.refresh(first_deadline, needed=True)
    await asyncio.sleep(0)
    second = tested.refresh(Deadline.after(60), needed=True)
    assert first is second
    listing.let_go.set()
    await asyncio.gather(*filter(None, (first,)))
    assert listing.deadlines == [first_deadline]


async def test_names_come_from_the_first_source_that_has_one() -> None:
    """And stay, since they are labels of counters; the id stands in until then."""
    tested = RegionDirectory(Listing(Region(7, "Luxembourg 1"), Region(8, None), Region(9, "")))
    assert tested.name(7) == "7"
    tested.learn(7, None)
    tested.learn(7, "")
    assert tested.name(7) == "7"
    await refreshed(tested)
    assert [tested.name(region_id) for region_id in (7, 8, 9)] == ["Luxembourg 1", "8", "9"]
    tested.learn(7, "Luxemburg")
    tested.learn(8, "Frankfurt")
    tested.learn(8, "Francfort")
    assert [tested.name(region_id) for region_id in (7, 8)] == ["Luxembourg 1", "Frankfurt"]


async def test_name_stays_when_the_list_has_another_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a rename nor a name seen in a snapshot moves a series."""
    clock = LoopClock(monkeypatch)
    listing = no_list()
    tested = RegionDirectory(listing)
    await refreshed(tested)
    tested.learn(7, "Luxembourg 1")
    listing.answer = [Region(7, "Luxembourg 2"), Region(8, "Frankfurt")]
    clock.move(HOUR)
    await refreshed(tested)
    listing.answer = [Region(8, "Francfort")]
    clock.move(HOUR)
    await refreshed(tested)
    assert [tested.name(region_id) for region_id in (7, 8)] == ["Luxembourg 1", "Frankfurt"]


async def test_closed_regions_have_names_too() -> None:
    """A target that names one by its id still shows what it is called."""
    tested = RegionDirectory(Listing(Region(7, "Luxembourg 1", "DELETED")))
    await refreshed(tested)
    assert tested.name(7) == "Luxembourg 1"


async def test_names_are_clean_label_values() -> None:
    """Whatever the list says, it is bounded and has a UTF-8 form, as all texts of the API."""
    tested = RegionDirectory(Listing(Region(7, "L" * 100_000), Region(8, "\ud800")))
    await refreshed(tested)
    assert tested.name(7) == "L" * 1024
    assert tested.name(8) == "\ufffd"


async def test_failure_is_logged_with_what_support_asks_for() -> None:
    """Once for each attempt."""
    error = ReadError(Reason.SERVER, "it broke", status=502, request_id="f00", attempts=3)
    tested = RegionDirectory(Listing(error=error))
    with capture_logs() as logs:
        await refreshed(tested)
    assert logs == [
        {
            "log_level": "warning",
            "event": "regions list not read",
            "reason": "server",
            "status": 502,
            "attempts": 3,
            "request_id": "f00",
            "error": "it broke",
        }
    ]


async def test_fault_of_ours_is_unexpected() -> None:
    """The attempt raises nothing, and the log does not have the fault's words."""
    tested = RegionDirectory(Listing(error=KeyError("1234$abcdef")))
    with capture_logs() as logs:
        await refreshed(tested, needed=True)
    assert reason_of(tested) is Reason.UNEXPECTED
    assert [(line["log_level"], line["fault"]) for line in logs] == [("error", "KeyError")]
    assert "1234$abcdef" not in str(logs)


async def test_close_ends_an_attempt_that_is_under_way() -> None:
    """Nothing is left behind when the exporter stops; without an attempt there is nothing to do."""
    listing = Listing(Region(7))
    listing.let_go.clear()
    tested = RegionDirectory(listing)
    await tested.close()
    attempt = tested.refresh(Deadline.after(30), needed=True)
    await asyncio.sleep(0)
    await tested.close()
    assert attempt is not None
    assert attempt.cancelled()
