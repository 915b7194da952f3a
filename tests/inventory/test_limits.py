"""Worst first: which volumes and snapshots have series of their own, with exact numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.models import GIB, SeriesOptions
from tests.factories import identifier, snapshot_row, snapshot_rows
from tests.inventory.folding import inventory_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.demo import Row
    from exporter.inventory import Inventory


def on(day: int) -> str:
    """Return a creation time; later days are newer."""
    return f"2024-01-{day:02}T00:00:00Z"


def chosen(rows: Iterable[Row], limit: int | None) -> tuple[list[int], int]:
    """Return the numbers of the snapshots with series of their own, and how many were left out."""
    inventory = inventory_of(rows, SeriesOptions(snapshots=limit))
    return [_number(one.id) for one in inventory.snapshots], inventory.omitted_snapshots


def chosen_volumes(rows: Iterable[Row], limit: int | None) -> tuple[list[str], int]:
    """Return the ids of the volumes with series of their own, and how many were left out."""
    inventory = inventory_of(rows, SeriesOptions(volumes=limit))
    return [one.volume_id for one in inventory.volumes], inventory.omitted_volumes


def _number(text: str) -> int:
    return next(number for number in range(10_000) if identifier(number) == text)


def test_beyond_the_limit_the_oldest_the_largest_and_the_oldest_unavailable_are_shown() -> None:
    """Each selection has its own N; one that is in two takes no place from the others."""
    rows = [
        snapshot_row(1, created_at=on(1), size=1),  # oldest
        snapshot_row(2, created_at=on(2), size=9),  # second oldest, largest
        snapshot_row(3, created_at=on(3), size=8),  # second largest
        snapshot_row(4, created_at=on(4), size=1),
        snapshot_row(5, created_at=on(5), size=1, status="error"),  # oldest not available
        snapshot_row(6, created_at=on(6), size=1, status="creating"),  # second
        snapshot_row(7, created_at=on(7), size=1, status="error"),
        snapshot_row(8, created_at=on(8), size=1),
    ]
    assert chosen(rows, 1) == ([1, 2, 5], 5)
    assert chosen(rows, 2) == ([1, 2, 3, 5, 6], 3)


def test_within_the_limit_all_are_shown() -> None:
    """Just as many as the limit: nothing is left out."""
    assert chosen(snapshot_rows(3), 3) == ([1, 2, 3], 0)
    assert chosen(snapshot_rows(3), 4) == ([1, 2, 3], 0)
    assert chosen(snapshot_rows(3), None) == ([1, 2, 3], 0)


def test_limit_0_shows_none_and_counts_none_as_omitted() -> None:
    """The families are switched off, which is no loss to be told of."""
    assert chosen(snapshot_rows(3), 0) == ([], 0)
    assert chosen_volumes(snapshot_rows(3), 0) == ([], 0)


def test_missing_status_is_not_available() -> None:
    """`unknown` is among those that an alert on statuses is about."""
    rows = [*snapshot_rows(5, created_at=on(1)), snapshot_row(9, status=None, created_at=on(2))]
    assert chosen(rows, 1) == ([1, 9], 4)


def test_ties_are_broken_by_id() -> None:
    """The same series each time, whatever order the API has today."""
    rows = snapshot_rows(9)
    assert chosen(rows, 2) == chosen(reversed(rows), 2) == ([1, 2], 7)


def test_unreadable_ones_rank_last() -> None:
    """One without a time is not the oldest, one without a size not the largest."""
    rows = [
        snapshot_row(1, created_at=None, size=None),
        snapshot_row(2, created_at=on(2), size=0),
        snapshot_row(3, created_at=on(1), size=None),
        snapshot_row(4, created_at=None, size=1),
    ]
    assert chosen(rows, 1) == ([3, 4], 2)
    assert chosen(rows, 2) == ([2, 3, 4], 1)


def test_shown_snapshot_has_its_figures() -> None:
    """In bytes and Unix seconds, with what could not be read left out."""
    rows = [
        snapshot_row(1, name="nightly", created_at=on(1), size=3, status="error"),
        snapshot_row(2, name=None, created_at=None, size=None, volume_id=None),
    ]
    one, other = inventory_of(rows).snapshots
    assert (one.name, one.status, one.size, one.created, one.volume_id) == (
        "nightly",
        "error",
        3 * GIB,
        1704067200.0,
        identifier(1000),
    )
    assert (other.name, other.size, other.created, other.volume_id) == ("", None, None, None)


def test_stale_and_oversized_volumes_are_shown_beyond_the_limit() -> None:
    """Those whose newest usable snapshot is oldest, none at all first, and the largest in total."""
    rows = [
        snapshot_row(1, volume_id="unusable", created_at=on(20), status="error", size=1),
        snapshot_row(2, volume_id="stale", created_at=on(1), size=1),
        snapshot_row(3, volume_id="stale", created_at=on(19), status="error", size=1),
        snapshot_row(4, volume_id="fresh", created_at=on(1), size=1),
        snapshot_row(5, volume_id="fresh", created_at=on(18), size=1),
        snapshot_row(6, volume_id="large", created_at=on(17), size=4),
        snapshot_row(7, volume_id="huge", created_at=on(16), size=3),
        snapshot_row(8, volume_id="huge", created_at=on(17), size=3),
    ]
    assert chosen_volumes(rows, 1) == (["huge", "unusable"], 3)
    assert chosen_volumes(rows, 2) == (["huge", "large", "stale", "unusable"], 1)
    assert chosen_volumes(rows, 5) == (["fresh", "huge", "large", "stale", "unusable"], 0)


def test_ties_of_volumes_are_broken_by_id() -> None:
    """The same series each time."""
    rows = [snapshot_row(n, volume_id=name) for n, name in enumerate("cabd")]
    assert chosen_volumes(rows, 2) == (["a", "b"], 2)


def test_volume_has_its_figures() -> None:
    """Sums and ends over its own snapshots only; the unreadable ones count, and no more."""
    rows = [
        snapshot_row(1, volume_id="v", created_at=on(2), size=3),
        snapshot_row(2, volume_id="v", created_at=on(4), size=5, status="error"),
        snapshot_row(3, volume_id="v", created_at=on(3), size=1),
        snapshot_row(4, volume_id="v", created_at=None, size=None),
        snapshot_row(5, volume_id="w", created_at=None, size=None),
        snapshot_row(6, volume_id=None, created_at=on(1), size=100),
        snapshot_row(7, volume_id="", created_at=on(1), size=100),
    ]
    one, other = inventory_of(rows).volumes
    assert (one.snapshots, one.size, one.largest) == (4, 9 * GIB, 5 * GIB)
    assert (one.oldest, one.newest) == (1704067200.0 + 86400, 1704067200.0 + 2 * 86400)
    assert (other.snapshots, other.size, other.largest) == (1, 0, None)
    assert (other.oldest, other.newest) == (None, None)


LONG = "x" * 1024


def test_volumes_that_become_equal_are_one() -> None:
    """Ids that differ only behind the cut would be one series twice."""
    rows = [snapshot_row(n, volume_id=f"{LONG}{n}", size=n) for n in (1, 2)]
    (volume,) = inventory_of(rows).volumes
    assert (volume.volume_id, volume.snapshots, volume.size) == (LONG, 2, 3 * GIB)


@pytest.mark.parametrize("limit", [1, 500, None])
def test_snapshots_that_become_equal_have_one_series(limit: int | None) -> None:
    """The oldest of them stands for the others; in the totals each one counts."""
    rows = [
        snapshot_row(created_at=on(2), size=1) | {"id": f"{LONG}1"},
        snapshot_row(created_at=on(1), size=2) | {"id": f"{LONG}2"},
    ]
    inventories: list[Inventory] = [
        inventory_of(order, SeriesOptions(snapshots=limit)) for order in (rows, reversed(rows))
    ]
    for inventory in inventories:
        (one,) = inventory.snapshots
        assert (one.id, one.size) == (LONG, 2 * GIB)
        assert inventory.statuses["available"].snapshots == 2
