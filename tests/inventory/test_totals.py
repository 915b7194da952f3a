"""The totals of a target, with exact numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.inventory import KNOWN_STATUSES, Inventory, Tally
from exporter.models import GIB, SeriesOptions, Snapshot
from tests.factories import snapshot_row
from tests.inventory.facts import DAY, NOW
from tests.inventory.folding import inventory_of

if TYPE_CHECKING:
    from exporter.demo import Row

OLD, MIDDLE, NEW = "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"
OLD_SECONDS = 1704067200.0


def by_status(inventory: Inventory) -> dict[str, tuple[int, int]]:
    """Return number and GiB of the statuses that have any snapshot."""
    return {
        name: (totals.snapshots, totals.size // GIB)
        for name, totals in inventory.statuses.items()
        if totals.snapshots
    }


def test_empty_target_has_the_known_statuses_and_nothing_else() -> None:
    """Zeros where zeros are meant; what there is none of is absent, never 0."""
    inventory = inventory_of([])
    assert sorted(inventory.statuses) == sorted(KNOWN_STATUSES)
    assert by_status(inventory) == {}
    assert (inventory.largest, inventory.newest, inventory.region) == (None, None, None)
    assert inventory.ages.oldest() is None
    assert (inventory.volumes, inventory.snapshots, inventory.tags) == ((), (), ())
    assert (inventory.reported, inventory.incomplete) == (0, 0)


def test_tally_without_a_page_is_empty_too() -> None:
    """A region without snapshots may have no row to fold at all."""
    inventory = Tally(SeriesOptions(), NOW).finish(0)
    assert by_status(inventory) == {}
    assert len(inventory.ages) == 0


def test_numbers_and_sizes_are_kept_by_status() -> None:
    """Unknown statuses beside the known ones, a missing one as `unknown`."""
    rows = [
        snapshot_row(1, size=10),
        snapshot_row(2, size=None),
        snapshot_row(3, status="error", size=7),
        snapshot_row(4, status="archived", size=1),
        snapshot_row(5, status=None, size=2),
        snapshot_row(6, status="not plain", size=3),
        snapshot_row(7, status="x" * 40, size=4),
    ]
    assert by_status(inventory_of(rows)) == {
        "available": (2, 10),
        "error": (1, 7),
        "archived": (1, 1),
        "unknown": (1, 2),
        "other": (2, 7),
    }


def test_statuses_beyond_20_odd_ones_are_put_together() -> None:
    """The number of series is not the API's to choose: the first 20 by name stay, `other` grows.

    The statuses of single snapshots follow, and what was `other` before is added to.
    """
    rows = [snapshot_row(n, status=f"odd-{n:02}", size=n) for n in range(1, 26)]
    rows += [snapshot_row(30, status="?", size=100), snapshot_row(31, status=None, size=1000)]
    inventory = inventory_of(reversed(rows))
    statuses = by_status(inventory)
    expected = {f"odd-{n:02}": (1, n) for n in range(1, 21)}
    expected |= {"other": (6, 100 + 21 + 22 + 23 + 24 + 25), "unknown": (1, 1000)}
    assert statuses == expected
    labels = sorted(snapshot.status for snapshot in inventory.snapshots)
    assert labels == sorted([*[f"odd-{n:02}" for n in range(1, 21)], *6 * ["other"], "unknown"])


def test_20_odd_statuses_pass_as_they_are() -> None:
    """At the limit nothing is put together, and `other` has no series then."""
    inventory = inventory_of(snapshot_row(n, status=f"odd-{n}") for n in range(20))
    assert len(inventory.statuses) == len(KNOWN_STATUSES) + 20


def test_largest_is_that_of_any_status() -> None:
    """Unreadable sizes aside; a size of 0 is a size."""
    rows = [snapshot_row(1, size=0), snapshot_row(2, size=None)]
    assert inventory_of(rows).largest == 0
    rows += [snapshot_row(3, size=5, status="error"), snapshot_row(4, size=4)]
    assert inventory_of(rows).largest == 5 * GIB


@pytest.mark.parametrize("status", ["error", "creating", "deleting", "deleted", "unmanaging"])
def test_newest_is_that_of_a_usable_one(status: str) -> None:
    """A newer one that nobody could restore from does not hide that the last good one is old."""
    rows = [snapshot_row(1, created_at=OLD), snapshot_row(2, created_at=NEW, status=status)]
    inventory = inventory_of(rows)
    assert inventory.newest == OLD_SECONDS
    assert inventory.ages.oldest() == OLD_SECONDS


@pytest.mark.parametrize("status", ["available", "backing-up", "restoring", None])
def test_oldest_and_newest_are_the_ends(status: str | None) -> None:
    """In whatever order they come."""
    rows = [
        snapshot_row(number, created_at=created, status=status)
        for number, created in enumerate((MIDDLE, NEW, OLD))
    ]
    inventory = inventory_of(rows)
    assert inventory.ages.oldest() == OLD_SECONDS
    assert inventory.newest == OLD_SECONDS + 2 * DAY


def test_oldest_counts_any_status_and_newest_may_be_absent() -> None:
    """Nothing usable: no newest, though there is an oldest."""
    inventory = inventory_of([snapshot_row(1, created_at=OLD, status="error")])
    assert inventory.newest is None
    assert inventory.ages.oldest() == OLD_SECONDS


@pytest.mark.parametrize(
    ("fields", "incomplete", "ages"),
    [
        ({"size": None}, 1, 1),
        ({"created_at": None}, 1, 0),
        ({"size": None, "created_at": None}, 1, 0),
        ({"size": -1}, 1, 1),
        ({"size": 1.5}, 1, 1),
        ({"created_at": "1999-01-01T00:00:00Z"}, 1, 0),
        ({"created_at": 1704067200}, 1, 0),
        ({"name": None, "status": 5, "volume_id": 3, "tags": "x"}, 0, 1),
    ],
)
def test_incomplete_ones_count_once_and_are_left_out_of_what_is_unknown(
    fields: Row, incomplete: int, ages: int
) -> None:
    """One odd field costs that one figure, not the snapshot."""
    inventory = inventory_of([snapshot_row(1, **fields)])
    assert inventory.incomplete == incomplete
    assert len(inventory.ages) == ages
    assert sum(totals.snapshots for totals in inventory.statuses.values()) == 1


def test_region_is_the_first_that_a_row_names() -> None:
    """Rows without a name are passed over, and the text is cleaned."""
    rows = [
        snapshot_row(1, region=None),
        snapshot_row(2, region=""),
        snapshot_row(3, region="L" * 2000),
        snapshot_row(4, region="Frankfurt"),
    ]
    assert inventory_of(rows).region == "L" * 1024


def test_region_may_be_named_on_a_later_page() -> None:
    """And the first name stays."""
    tally = Tally(SeriesOptions(), NOW)
    for name in (None, "Luxembourg 1", "Frankfurt"):
        tally.add([Snapshot(id=str(name), region=name)])
    assert tally.finish(3).region == "Luxembourg 1"


def test_count_is_told_as_the_api_said_it() -> None:
    """It may differ from the number of rows while the list changes."""
    tally = Tally(SeriesOptions(), NOW)
    assert tally.finish(7).reported == 7
