"""The families about single volumes and snapshots: bounded by a limit, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.metrics.family import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.inventory import Record, VolumeTotals
    from exporter.metrics.family import Row, Values
    from exporter.reading import Reading


def _by_volume(
    value: Callable[[VolumeTotals], float | None],
) -> Callable[[Reading, float], Iterator[Values]]:
    def samples(reading: Reading, _now: float) -> Iterator[Values]:
        for volume in reading.inventory.volumes if reading.inventory else ():
            number = value(volume)
            if number is not None:
                yield (volume.volume_id,), float(number)

    return samples


def _by_snapshot(
    labels: Callable[[Record], tuple[str, ...]], value: Callable[[Record], float | None]
) -> Callable[[Reading, float], Iterator[Values]]:
    def samples(reading: Reading, _now: float) -> Iterator[Values]:
        for snapshot in reading.inventory.snapshots if reading.inventory else ():
            number = value(snapshot)
            if number is not None:
                yield labels(snapshot), float(number)

    return samples


def _ids(snapshot: Record) -> tuple[str, ...]:
    return snapshot.id, snapshot.volume_id or ""


def _omitted(reading: Reading, _now: float) -> Iterator[Values]:
    inventory = reading.inventory
    if inventory is not None:
        yield ("volume",), float(inventory.omitted_volumes)
        yield ("snapshot",), float(inventory.omitted_snapshots)
        yield ("tag",), float(inventory.omitted_tags)


ROWS: Final[tuple[Row, ...]] = (
    Gauge(
        "gcore_volume_snapshots",
        "Number of snapshots of the volume (field volume_id).",
        _by_volume(lambda volume: volume.snapshots),
        labels=("volume_id",),
    ),
    Gauge(
        "gcore_volume_snapshots_size_bytes",
        "Sum of the nominal sizes (field size) of the volume's snapshots in bytes.",
        _by_volume(lambda volume: volume.size),
        labels=("volume_id",),
    ),
    Gauge(
        "gcore_volume_snapshots_largest_size_bytes",
        "Nominal size (field size) of the volume's largest snapshot in bytes.",
        _by_volume(lambda volume: volume.largest),
        labels=("volume_id",),
    ),
    Gauge(
        "gcore_volume_snapshots_newest_timestamp_seconds",
        "Creation time of the volume's newest usable snapshot (field created_at) in Unix seconds; "
        "absent when there is none.",
        _by_volume(lambda volume: volume.newest),
        labels=("volume_id",),
    ),
    Gauge(
        "gcore_volume_snapshots_oldest_timestamp_seconds",
        "Creation time of the volume's oldest snapshot, any status (field created_at), in Unix "
        "seconds.",
        _by_volume(lambda volume: volume.oldest),
        labels=("volume_id",),
    ),
    Gauge(
        "gcore_snapshot_info",
        "1, with the snapshot's name (field name).",
        _by_snapshot(lambda s: (s.id, s.name, s.volume_id or ""), lambda _: 1.0),
        labels=("snapshot_id", "snapshot_name", "volume_id"),
    ),
    Gauge(
        "gcore_snapshot_status",
        "1 for the snapshot's current status (field status).",
        _by_snapshot(lambda s: (*_ids(s), s.status), lambda _: 1.0),
        labels=("snapshot_id", "volume_id", "status"),
    ),
    Gauge(
        "gcore_snapshot_size_bytes",
        "Nominal size of the snapshot (field size, in GiB) in bytes.",
        _by_snapshot(_ids, lambda snapshot: snapshot.size),
        labels=("snapshot_id", "volume_id"),
    ),
    Gauge(
        "gcore_snapshot_created_timestamp_seconds",
        "Creation time of the snapshot (field created_at) in Unix seconds.",
        _by_snapshot(_ids, lambda snapshot: snapshot.created),
        labels=("snapshot_id", "volume_id"),
    ),
    Gauge(
        "gcore_scrape_omitted_objects",
        "Number of objects left without series of their own by a limit (series in the "
        "configuration).",
        _omitted,
        labels=("kind",),
    ),
)
