"""What is kept of a scrape."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import ReadError, Reason
from exporter.models import GIB, SeriesOptions, TagOptions, Target
from exporter.status.summary import Failure, Figures, summarize
from tests.factories import snapshot_row, snapshot_rows
from tests.inventory.facts import NOW
from tests.inventory.folding import inventory_of
from tests.metrics.readings import CREDENTIAL, NIGHTLY, failed, up
from tests.status.support import READ, REFUSED, scrape

if TYPE_CHECKING:
    from exporter.inventory import Inventory
    from exporter.reading import Reading

CREATED = 1_716_960_761.0
"""When `snapshot_row`'s snapshot was made, in Unix seconds."""


def figures_of(reading: Reading) -> Figures:
    """Return the figures of a reading, which has some."""
    (target,) = summarize([reading], NOW + 5).targets
    assert target.figures is not None
    return target.figures


def test_a_read_target() -> None:
    """Snapshots, sizes and times are sums and extremes over all statuses, as the metrics say."""
    rows = [
        snapshot_row(1, size=20),
        snapshot_row(2, size=30, status="error", created_at="2024-01-01T00:00:00Z"),
        snapshot_row(3, size=None),
    ]
    (target,) = summarize([up(inventory_of(rows))], NOW + 5).targets

    assert (target.project_id, target.region_id, target.region) == (1337, 7, "Luxembourg 1")
    assert (target.duration, target.pages, target.selection) == (0.25, 3, None)
    assert target.failure is None
    assert target.figures == Figures(3, 50 * GIB, CREATED, 1_704_067_200.0, 1, {})


def test_when_it_was_read() -> None:
    """A read in full has its own moment, which a cache keeps; a failed one is the scrape's."""
    readings = [up(inventory_of([])), failed(Reason.TIMEOUT, last_success=NOW - 100)]
    read, refused = summarize(readings, NOW + 5).targets

    assert (read.read_at, read.last_success) == (NOW, NOW)
    assert (refused.read_at, refused.last_success) == (NOW + 5, NOW - 100)


def test_what_limits_omit() -> None:
    """Each kind that has objects left out is named with their number, the others are not."""
    rows = [snapshot_row(n, volume_id=f"volume-{n}", size=20) for n in range(1, 8)]
    some = SeriesOptions(volumes=2, snapshots=3, tags=TagOptions(limit=0))
    all_of_them = SeriesOptions(volumes=None, snapshots=None)

    assert figures_of(up(inventory_of(rows, some))).omitted == {"volume": 5, "snapshot": 4}
    assert figures_of(up(inventory_of(rows, all_of_them))).omitted == {}


def test_a_failed_target() -> None:
    """The reason is kept, with the log's words and the request id where there are some."""
    error = ReadError(Reason.SERVER, "the API answered 502", request_id="r-1")
    said = replace(failed(Reason.SERVER), error=error)
    targets = summarize([said, failed(Reason.TIMEOUT)], NOW).targets

    assert [target.outcome for target in targets] == [
        Failure(Reason.SERVER, "the API answered 502", "r-1"),
        Failure(Reason.TIMEOUT),
    ]
    assert [target.figures for target in targets] == [None, None]


def test_a_selection_and_unknown_regions() -> None:
    """A selection is kept by its name; a project without known regions has no region."""
    selected = Target(1337, 7, NIGHTLY, credential=CREDENTIAL)
    unknown = Target(1337, None, credential=CREDENTIAL)
    targets = summarize([up(inventory_of([]), selected), failed(Reason.AUTH, unknown)], 0).targets

    assert [(t.region_id, t.region, t.selection) for t in targets] == [
        (7, "Luxembourg 1", "nightly"),
        (None, "", None),
    ]


def test_no_inventory_is_kept() -> None:
    """An inventory, which has thousands of series, is gone when its scrape is over."""

    def scraped() -> tuple[object, weakref.ref[Inventory]]:
        inventory = inventory_of(snapshot_rows(100))
        return summarize([up(inventory)], NOW), weakref.ref(inventory)

    kept, inventory = scraped()
    gc.collect()
    assert kept
    assert inventory() is None


def test_total() -> None:
    """Whole regions are added up; selections would count twice, and failed targets are unknown."""
    other = Figures(6, 5 * GIB, NOW, NOW - 5, 1, {"volume": 3})
    empty = Figures(0, 0, None, None, 0, {})
    assert READ.figures is not None
    whole = [READ, replace(READ, outcome=other), replace(READ, outcome=empty)]
    every = scrape(*whole, replace(READ, selection="nightly"), REFUSED)

    total = Figures(3220, 1541 * GIB, NOW, READ.figures.oldest, 1, {})
    assert every.total == scrape(*whole).total == total
    assert scrape(REFUSED, replace(READ, selection="nightly")).total is None
    assert scrape(replace(READ, outcome=empty)).total == empty


def test_what_a_total_leaves_out() -> None:
    """It is partial with a failed target or a selection, and whole without both."""
    selected = replace(READ, selection="nightly")
    assert [scrape(READ, *more).is_partial for more in ((), (REFUSED,), (selected,))] == [
        False,
        True,
        True,
    ]
    assert [scrape(one).has_selections for one in (READ, selected)] == [False, True]


def test_groups() -> None:
    """Targets are grouped by project and by reason, in the configuration's order."""
    elsewhere = replace(READ, project_id=1)
    every = scrape(READ, elsewhere, REFUSED)

    assert every.projects == {1337: [READ, REFUSED], 1: [elsewhere]}
    assert every.failed == {Reason.FORBIDDEN: [REFUSED]}
    assert every.read == 2
