"""The families about all snapshots of a target: absent when it could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client.utils import floatToGoString

from exporter.metrics.bulk import Columns
from exporter.metrics.family import Distribution, Gauge, GaugeHistogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exporter.inventory import Inventory, StatusTotals, TagTotals
    from exporter.metrics.family import Row
    from exporter.reading import Reading


def one(value: Callable[[Inventory], float | None]) -> Callable[[Reading, float], Columns]:
    """Make the samples of a row with one value, absent when the function gives None."""

    def samples(reading: Reading, _now: float) -> Columns:
        return Columns([value(reading.inventory) if reading.inventory else None])

    return samples


def _age(created: Callable[[Inventory], float | None]) -> Callable[[Reading, float], Columns]:
    """Make the samples of a row with one age; a snapshot from the future has the age 0."""

    def samples(reading: Reading, now: float) -> Columns:
        [timestamp], _ = one(created)(reading, now)
        return Columns([None if timestamp is None else max(0.0, now - timestamp)])

    return samples


def _by_status(value: Callable[[StatusTotals], float]) -> Callable[[Reading, float], Columns]:
    def samples(reading: Reading, _now: float) -> Columns:
        statuses = reading.inventory.statuses if reading.inventory else {}
        names = sorted(statuses)
        return Columns([value(statuses[name]) for name in names], (names,))

    return samples


def _by_tag(value: Callable[[TagTotals], float | None]) -> Callable[[Reading, float], Columns]:
    def samples(reading: Reading, _now: float) -> Columns:
        tags = reading.inventory.tags if reading.inventory else ()
        return Columns(
            [value(tag) for tag in tags], ([tag.key for tag in tags], [tag.value for tag in tags])
        )

    return samples


def _age_distribution(
    bounds: Sequence[float],
) -> Callable[[Reading, float], Distribution | None]:
    """Make the function that gives a reading's ages, counted up to each bound in seconds."""
    names = [*map(floatToGoString, bounds), "+Inf"]

    def distribution(reading: Reading, now: float) -> Distribution | None:
        if reading.inventory is None:
            return None
        ages = reading.inventory.ages
        counts = [*ages.buckets(bounds, now), len(ages)]
        return Distribution(list(zip(names, map(float, counts), strict=True)), ages.total(now))

    return distribution


_TOTALS: Final[tuple[Row, ...]] = (
    Gauge(
        "gcore_snapshots",
        "Number of snapshots, by the field status.",
        _by_status(lambda totals: totals.snapshots),
        labels=("status",),
    ),
    Gauge(
        "gcore_snapshots_size_bytes",
        "Sum of the snapshots' nominal sizes (field size, in GiB: that of the source volume, not "
        "the space used or billed) in bytes, by the field status.",
        _by_status(lambda totals: totals.size),
        labels=("status",),
    ),
    Gauge(
        "gcore_snapshots_largest_size_bytes",
        "Nominal size of the largest snapshot (field size) in bytes; absent when there is none.",
        one(lambda inventory: inventory.largest),
    ),
    Gauge(
        "gcore_snapshots_oldest_timestamp_seconds",
        "Creation time of the oldest snapshot, any status (field created_at), in Unix seconds; "
        "absent when there is none.",
        one(lambda inventory: inventory.ages.oldest()),
    ),
    Gauge(
        "gcore_snapshots_newest_timestamp_seconds",
        "Creation time of the newest usable snapshot (status available, backing-up, restoring or "
        "missing; field created_at) in Unix seconds; absent when there is none.",
        one(lambda inventory: inventory.newest),
    ),
    Gauge(
        "gcore_snapshots_oldest_age_seconds",
        "Age of the oldest snapshot, any status (field created_at), in seconds at the moment of "
        "exposition; absent when there is none.",
        _age(lambda inventory: inventory.ages.oldest()),
    ),
    Gauge(
        "gcore_snapshots_newest_age_seconds",
        "Age of the newest usable snapshot (field created_at) in seconds at the moment of "
        "exposition; absent when there is none.",
        _age(lambda inventory: inventory.newest),
    ),
)

_COUNTS: Final[tuple[Row, ...]] = (
    Gauge(
        "gcore_snapshots_tagged",
        "Number of snapshots that bear a tag (field tags); with an allow-list of keys an empty "
        "tag_value counts those that lack the key.",
        _by_tag(lambda tag: tag.snapshots),
        labels=("tag_key", "tag_value"),
    ),
    Gauge(
        "gcore_snapshots_tagged_size_bytes",
        "Sum of the nominal sizes (field size) of the snapshots that bear a tag (field tags) in "
        "bytes.",
        _by_tag(lambda tag: tag.size),
        labels=("tag_key", "tag_value"),
    ),
    Gauge(
        "gcore_snapshots_tagged_newest_timestamp_seconds",
        "Creation time of the newest usable snapshot (field created_at) that bears a tag (field "
        "tags) in Unix seconds; absent when there is none.",
        _by_tag(lambda tag: tag.newest),
        labels=("tag_key", "tag_value"),
    ),
    Gauge(
        "gcore_snapshots_reported",
        "Number of snapshots as the API said it on the last page (field count); may differ from "
        "the sum of gcore_snapshots while the list changes.",
        one(lambda inventory: inventory.reported),
    ),
    Gauge(
        "gcore_snapshots_incomplete",
        "Number of snapshots without a readable creation time or size (fields created_at, size); "
        "they count in gcore_snapshots and are left out of ages or sizes.",
        one(lambda inventory: inventory.incomplete),
    ),
)


def rows(age_buckets: Sequence[float]) -> tuple[Row, ...]:
    """Return the rows; `age_buckets` are the age histogram's bounds in seconds, ascending."""
    ages = GaugeHistogram(
        "gcore_snapshots_age_seconds",
        "Distribution of the snapshots' ages, any status (field created_at), in seconds at the "
        "moment of exposition. The buckets are gauges: never use rate() on them.",
        _age_distribution(age_buckets),
    )
    return (*_TOTALS, ages, *_COUNTS)
