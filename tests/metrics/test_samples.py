"""The samples of each family, for targets that could and could not be read."""

from __future__ import annotations

import pytest

from exporter.errors import Reason
from exporter.inventory import KNOWN_STATUSES
from exporter.models import GIB, SeriesOptions, TagOptions, Target
from tests.factories import identifier, snapshot_row
from tests.inventory.facts import DAY, NOW
from tests.inventory.folding import inventory_of
from tests.metrics.readings import (
    CREDENTIAL,
    IDENTITY,
    NIGHTLY,
    TARGET,
    exposition,
    failed,
    samples,
    up,
)

ALWAYS = {
    "gcore_up",
    "gcore_scrape_duration_seconds",
    "gcore_scrape_pages",
    "gcore_scrape_timeout_seconds",
    "gcore_scrape_errors_total",
}
"""What every target has, whatever came of it."""

OLD, NEW = "2025-06-05T15:06:40Z", "2025-06-14T15:06:40Z"  # 10 days and 1 day before NOW.

ROWS = [
    snapshot_row(1, created_at=OLD, size=3, tags=[{"key": "env", "value": "prod"}]),
    snapshot_row(2, created_at=NEW, size=5, volume_id=identifier(9)),
    snapshot_row(3, created_at=None, size=None, status="error", volume_id=None, name=None),
]

V1, V9 = identifier(1000), identifier(9)
S1, S2, S3 = identifier(1), identifier(2), identifier(3)


def test_families_of_every_target_when_it_is_up() -> None:
    """How the read went; a target that is up has no reason."""
    found = samples(up(inventory_of(ROWS)))
    assert found["gcore_up"] == {IDENTITY: 1}
    assert found["gcore_scrape_duration_seconds"] == {IDENTITY: 0.25}
    assert found["gcore_scrape_pages"] == {IDENTITY: 3}
    assert found["gcore_scrape_timeout_seconds"] == {IDENTITY: 9.5}
    assert found["gcore_scrape_last_success_timestamp_seconds"] == {IDENTITY: NOW}
    assert "gcore_scrape_failed" not in found
    assert found["gcore_scrape_errors_total"] == {(*IDENTITY, reason): 0 for reason in Reason}


@pytest.mark.parametrize("reason", Reason)
def test_target_that_failed_has_its_reason_and_no_snapshots(reason: Reason) -> None:
    """A stale or half-read number is worse than none: only the families of every target."""
    found = samples(failed(reason))
    identity = ("1337", "7", "7")
    assert found["gcore_up"] == {identity: 0}
    assert found["gcore_scrape_failed"] == {(*identity, reason.value): 1}
    assert found["gcore_scrape_pages"] == {identity: 1}
    assert found["gcore_scrape_errors_total"] == {
        (*identity, other.value): 2 if other is reason else 0 for other in Reason
    }
    of_targets = {name for name, rows in found.items() if any(key[:1] == ("1337",) for key in rows)}
    assert of_targets == ALWAYS | {"gcore_scrape_failed"}


def test_last_success_is_told_while_the_target_fails() -> None:
    """Since when is what an alert asks."""
    found = samples(failed(Reason.SERVER, last_success=NOW - 60))
    assert found["gcore_scrape_last_success_timestamp_seconds"] == {("1337", "7", "7"): NOW - 60}


def test_project_without_known_regions_has_empty_labels() -> None:
    """`regions: all` while the list is not there."""
    found = samples(failed(Reason.TIMEOUT, Target(1337, None, credential=CREDENTIAL)))
    assert found["gcore_up"] == {("1337", "", ""): 0}
    assert found["gcore_scrape_failed"] == {("1337", "", "", "timeout"): 1}


def test_totals_of_a_target() -> None:
    """By status, the known ones always; sizes in bytes, times in seconds, ages at exposition."""
    found = samples(up(inventory_of(ROWS)), now=NOW + 100)
    numbers = dict.fromkeys(KNOWN_STATUSES, 0.0) | {"available": 2, "error": 1}
    sizes = dict.fromkeys(KNOWN_STATUSES, 0.0) | {"available": 8 * GIB}
    assert found["gcore_snapshots"] == {(*IDENTITY, name): n for name, n in numbers.items()}
    assert found["gcore_snapshots_size_bytes"] == {
        (*IDENTITY, name): n for name, n in sizes.items()
    }
    assert found["gcore_snapshots_largest_size_bytes"] == {IDENTITY: 5 * GIB}
    assert found["gcore_snapshots_oldest_timestamp_seconds"] == {IDENTITY: NOW - 10 * DAY}
    assert found["gcore_snapshots_newest_timestamp_seconds"] == {IDENTITY: NOW - DAY}
    assert found["gcore_snapshots_oldest_age_seconds"] == {IDENTITY: 10 * DAY + 100}
    assert found["gcore_snapshots_newest_age_seconds"] == {IDENTITY: DAY + 100}
    assert found["gcore_snapshots_reported"] == {IDENTITY: 3}
    assert found["gcore_snapshots_incomplete"] == {IDENTITY: 1}


def test_ages_are_a_gauge_histogram() -> None:
    """Cumulative counts with +Inf last, their number, and the sum of the ages."""
    found = samples(up(inventory_of(ROWS)))
    counts = {"86400.0": 1, "604800.0": 1, "2.592e+06": 2, "7.776e+06": 2, "1.5552e+07": 2}
    counts |= {"3.1536e+07": 2, "+Inf": 2}
    name = "gcore_snapshots_age_seconds"
    assert found[f"{name}_bucket"] == {(*IDENTITY, le): count for le, count in counts.items()}
    assert found[f"{name}_gcount"] == {IDENTITY: 2}
    assert found[f"{name}_gsum"] == {IDENTITY: 11 * DAY}


def test_buckets_are_the_configured_ones() -> None:
    """With none configured there is +Inf alone."""
    for bounds, expected in (((DAY,), {"86400.0": 1.0, "+Inf": 2.0}), ((), {"+Inf": 2.0})):
        families = exposition(age_buckets=bounds).families([up(inventory_of(ROWS))])
        (family,) = [one for one in families if one.name == "gcore_snapshots_age_seconds"]
        assert family.type == "gaugehistogram"
        buckets = [one for one in family.samples if one.name.endswith("_bucket")]
        assert {one.labels["le"]: one.value for one in buckets} == expected


def test_snapshot_from_the_future_has_the_age_0() -> None:
    """Its timestamp is told as it is."""
    found = samples(up(inventory_of([snapshot_row(created_at="2025-06-15T16:06:40Z")])))
    assert found["gcore_snapshots_newest_timestamp_seconds"] == {IDENTITY: NOW + 3600}
    assert found["gcore_snapshots_newest_age_seconds"] == {IDENTITY: 0}
    assert found["gcore_snapshots_oldest_age_seconds"] == {IDENTITY: 0}
    assert found["gcore_snapshots_age_seconds_gsum"] == {IDENTITY: 0}


def test_empty_target_has_zeros_and_nothing_made_up() -> None:
    """No time of 0, no largest of 0: what there is none of is absent."""
    found = samples(up(inventory_of([])))
    assert set(found["gcore_snapshots"].values()) == {0}
    assert set(found["gcore_snapshots_age_seconds_bucket"].values()) == {0}
    assert found["gcore_snapshots_reported"] == {IDENTITY: 0}
    for figure in ("largest_size", "oldest", "newest", "tagged"):
        assert not [name for name in found if name.startswith(f"gcore_snapshots_{figure}")]
    assert not [name for name in found if name.startswith(("gcore_volume", "gcore_snapshot_"))]


def test_tags_of_a_target() -> None:
    """Number, size and the newest usable one; a tag that nobody bears has no newest."""
    options = SeriesOptions(tags=TagOptions(keys=("env",)))
    found = samples(up(inventory_of(ROWS, options)))
    prod, none = (*IDENTITY, "env", "prod"), (*IDENTITY, "env", "")
    assert found["gcore_snapshots_tagged"] == {prod: 1, none: 2}
    assert found["gcore_snapshots_tagged_size_bytes"] == {prod: 3 * GIB, none: 5 * GIB}
    assert found["gcore_snapshots_tagged_newest_timestamp_seconds"] == {
        prod: NOW - 10 * DAY,
        none: NOW - DAY,
    }


def test_volumes_of_a_target() -> None:
    """Those that a snapshot names; what none of its snapshots tells is absent."""
    rows = [*ROWS, snapshot_row(4, created_at=None, size=None, volume_id="v")]
    found = samples(up(inventory_of(rows)))
    one, nine, other = (*IDENTITY, V1), (*IDENTITY, V9), (*IDENTITY, "v")
    assert found["gcore_volume_snapshots"] == {one: 1, nine: 1, other: 1}
    assert found["gcore_volume_snapshots_size_bytes"] == {one: 3 * GIB, nine: 5 * GIB, other: 0}
    assert found["gcore_volume_snapshots_largest_size_bytes"] == {one: 3 * GIB, nine: 5 * GIB}
    times = {one: NOW - 10 * DAY, nine: NOW - DAY}
    assert found["gcore_volume_snapshots_newest_timestamp_seconds"] == times
    assert found["gcore_volume_snapshots_oldest_timestamp_seconds"] == times


def test_snapshots_of_a_target() -> None:
    """Each with its volume if it has one; unreadable figures are absent."""
    found = samples(up(inventory_of(ROWS)))
    one, two, three = (S1, V1), (S2, V9), (S3, "")
    assert found["gcore_snapshot_info"] == {
        (*IDENTITY, S1, "snapshot-1", V1): 1,
        (*IDENTITY, S2, "snapshot-2", V9): 1,
        (*IDENTITY, S3, "", ""): 1,
    }
    assert found["gcore_snapshot_status"] == {
        (*IDENTITY, *one, "available"): 1,
        (*IDENTITY, *two, "available"): 1,
        (*IDENTITY, *three, "error"): 1,
    }
    assert found["gcore_snapshot_size_bytes"] == {
        (*IDENTITY, *one): 3 * GIB,
        (*IDENTITY, *two): 5 * GIB,
    }
    assert found["gcore_snapshot_created_timestamp_seconds"] == {
        (*IDENTITY, *one): NOW - 10 * DAY,
        (*IDENTITY, *two): NOW - DAY,
    }


@pytest.mark.parametrize(
    ("limit", "omitted"), [(1, (1, 1, 1)), (0, (0, 0, 0)), (None, (0, 0, 0)), (500, (0, 0, 0))]
)
def test_what_a_limit_left_out_is_told_by_kind(
    limit: int | None, omitted: tuple[int, int, int]
) -> None:
    """Each kind is always there, 0 when nothing is left out."""
    tags = [{"key": "env", "value": value} for value in ("a", "b")]
    rows = [
        snapshot_row(number, volume_id=str(number), tags=tags, size=size)
        for number, size in ((1, 1), (2, 9), (3, 1))
    ]
    options = SeriesOptions(volumes=limit, snapshots=limit, tags=TagOptions(limit=limit))
    found = samples(up(inventory_of(rows, options)))
    kinds = ("volume", "snapshot", "tag")
    assert found["gcore_scrape_omitted_objects"] == {
        (*IDENTITY, kind): number for kind, number in zip(kinds, omitted, strict=True)
    }


def test_selection_is_a_label_of_all_targets_or_of_none() -> None:
    """Where any target of the configuration has one, the others have it empty."""
    nightly = Target(1337, 7, NIGHTLY, credential=CREDENTIAL)
    readings = up(inventory_of(ROWS)), failed(Reason.SERVER, nightly)
    found = samples(*readings, selections=True)
    assert found["gcore_up"] == {(*IDENTITY, ""): 1, ("1337", "7", "7", "nightly"): 0}
    assert found["gcore_scrape_failed"] == {("1337", "7", "7", "nightly", "server"): 1}
    for family in exposition(selections=True).families(readings):
        for sample in family.samples:
            if "project_id" in sample.labels:
                names = list(sample.labels)[:4]
                assert names == ["project_id", "region_id", "region", "selection"]


def test_targets_are_in_the_order_of_the_readings() -> None:
    """Two scrapes can be compared line by line."""
    other = Target(1, 9, credential=CREDENTIAL)
    readings = failed(Reason.AUTH, TARGET), failed(Reason.AUTH, other)
    assert list(samples(*readings)["gcore_up"]) == [("1337", "7", "7"), ("1", "9", "9")]
