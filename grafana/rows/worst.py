"""The worst volumes and snapshots by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.panels import Facts, Steps
from grafana.promql import (
    DAY,
    NEVER_SECONDS,
    SNAPSHOT,
    VOLUME,
    age,
    of_region,
    once,
    only,
    with_name,
    with_region,
)
from grafana.rows.numbers import LARGEST, LEAST_FRESH
from grafana.tables import Column, Table, age_column, count_column, make, size_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "Worst first"

_WORST: Final = 20
_OF_THRESHOLD: Final[Steps] = ((None, "green"), (0.8, "yellow"), (1, "red"))
_NO_VOLUMES: Final = "No volume: no region is read, or series.volumes is 0 in its configuration"
_NO_SNAPSHOTS: Final = "No snapshot: no region is read, or series.snapshots is 0"
_HIDDEN: Final = ("Time", "region_id")

_PLACE: Final = (Column("Region", "region", width=120), Column("Project", "project_id", width=80))


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _least_fresh()
    yield _oldest()
    yield _largest()
    yield _most_snapshots()


def _facts(number: int, title: str, none: str, description: str) -> Facts:
    return Facts(number, title, description, "short", none, width=12, height=9)


def _worst(vector: str) -> str:
    return f"topk({_WORST}, {vector})"


def _of_limit(vector: str, limit: str) -> str:
    """Give the part of a limit; beyond ten times it, just that."""
    return f"clamp_max(({vector}) / ({limit}), 10)"


def _limit_column(source: str) -> Column:
    return Column("Of the limit", source, "percentunit", 0, _OF_THRESHOLD, width=100)


def _least_fresh() -> Builder[Panel]:
    volumes = once(of_region("gcore_volume_snapshots"), *VOLUME)
    newest = age("gcore_volume_snapshots_newest_timestamp_seconds", *VOLUME)
    worst = _worst(f"({newest} or {volumes} * 0 + {NEVER_SECONDS})")
    size = once(of_region("gcore_volume_snapshots_size_bytes"), *VOLUME)
    queries = {
        "A": with_region(worst),
        "B": _of_limit(worst, f"$stale_after_days * {DAY}"),
        "C": only(volumes, worst, *VOLUME),
        "D": only(size, worst, *VOLUME),
    }
    columns = (
        Column("Volume", "volume_id"),
        *_PLACE,
        age_column("Newest usable", "A", never="none usable"),
        _limit_column("B"),
        count_column("Snapshots", "C"),
        size_column("Size", "D"),
    )
    facts = _facts(
        LEAST_FRESH,
        "Least fresh volumes",
        _NO_VOLUMES,
        "The volumes whose newest usable snapshot is oldest, those without any usable one first. "
        "Red is beyond *Stale after (days)*. Check the schedule that should snapshot the volume; "
        "of a volume that is gone, delete the snapshots.",
    )
    return make(facts, Table(queries, columns, "Newest usable", _HIDDEN))


def _oldest() -> Builder[Panel]:
    worst = _worst(age("gcore_snapshot_created_timestamp_seconds", *SNAPSHOT))
    size = once(of_region("gcore_snapshot_size_bytes"), *SNAPSHOT)
    queries = {"A": with_region(with_name(worst)), "B": only(size, worst, *SNAPSHOT)}
    columns = (
        Column("Snapshot", "snapshot_name"),
        *_PLACE,
        age_column("Age", "A"),
        size_column("Size", "B"),
        Column("Volume", "volume_id"),
    )
    facts = _facts(
        32,
        "Oldest snapshots",
        _NO_SNAPSHOTS,
        "The snapshots that were made longest ago, whatever their status. Each costs its size "
        "every month: delete what nobody would restore, or give the schedule a retention.",
    )
    return make(facts, Table(queries, columns, "Age", (*_HIDDEN, "snapshot_id")))


def _largest() -> Builder[Panel]:
    worst = _worst(once(of_region("gcore_snapshot_size_bytes"), *SNAPSHOT))
    created = age("gcore_snapshot_created_timestamp_seconds", *SNAPSHOT)
    queries = {
        "A": with_region(with_name(worst)),
        "B": _of_limit(worst, "$oversized_above_gib * 1024 ^ 3"),
        "C": only(created, worst, *SNAPSHOT),
    }
    columns = (
        Column("Snapshot", "snapshot_name"),
        *_PLACE,
        size_column("Size", "A"),
        _limit_column("B"),
        age_column("Age", "C"),
        Column("Volume", "volume_id"),
    )
    facts = _facts(
        LARGEST,
        "Largest snapshots",
        _NO_SNAPSHOTS,
        "The snapshots of the largest nominal size, which is that of their volume. Red is beyond "
        "*Oversized above (GiB)*. Check that each is wanted, and that the volume is not larger "
        "than it has to be.",
    )
    return make(facts, Table(queries, columns, "Size", (*_HIDDEN, "snapshot_id")))


def _most_snapshots() -> Builder[Panel]:
    worst = _worst(once(of_region("gcore_volume_snapshots"), *VOLUME))
    size = once(of_region("gcore_volume_snapshots_size_bytes"), *VOLUME)
    oldest = age("gcore_volume_snapshots_oldest_timestamp_seconds", *VOLUME)
    queries = {
        "A": with_region(worst),
        "B": only(size, worst, *VOLUME),
        "C": only(oldest, worst, *VOLUME),
    }
    columns = (
        Column("Volume", "volume_id"),
        *_PLACE,
        count_column("Snapshots", "A"),
        size_column("Size", "B"),
        age_column("Oldest", "C"),
    )
    facts = _facts(
        34,
        "Volumes with most snapshots",
        _NO_VOLUMES,
        "The volumes with most snapshots. Many more than the others usually means a schedule "
        "without retention, two schedules on one volume, or deletions that fail.",
    )
    return make(facts, Table(queries, columns, "Snapshots", _HIDDEN))
