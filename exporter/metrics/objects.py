"""The families about single volumes and snapshots: bounded by a limit, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.metrics.bulk import Columns
from exporter.metrics.family import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.inventory import Record, VolumeTotals
    from exporter.metrics.family import Row
    from exporter.reading import Reading


def _by_volume(
    value: Callable[[VolumeTotals], float | None],
) -> Callable[[Reading, float], Columns]:
    def samples(reading: Reading, _now: float) -> Columns:
        volumes = reading.inventory.volumes if reading.inventory else ()
        return Columns(
            [value(volume) for volume in volumes], ([volume.volume_id for volume in volumes],)
        )

    return samples


def _by_snapshot(
    value: Callable[[Record], float | None], *labels: Callable[[Record], str]
) -> Callable[[Reading, float], Columns]:
    def samples(reading: Reading, _now: float) -> Columns:
        snapshots = reading.inventory.snapshots if reading.inventory else ()
        texts = tuple([label(snapshot) for snapshot in snapshots] for label in labels)
        return Columns([value(snapshot) for snapshot in snapshots], texts)

    return samples


def _id(snapshot: Record) -> str:
    return snapshot.id


def _volume_id(snapshot: Record) -> str:
    return snapshot.volume_id or ""


def _omitted(reading: Reading, _now: float) -> Columns:
    inventory = reading.inventory
    if inventory is None:
        return Columns([], ([],))
    omitted = (inventory.omitted_volumes, inventory.omitted_snapshots, inventory.omitted_tags)
    return Columns(omitted, (("volume", "snapshot", "tag"),))


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
        _by_snapshot(lambda _: 1.0, _id, lambda snapshot: snapshot.name, _volume_id),
        labels=("snapshot_id", "snapshot_name", "volume_id"),
    ),
    Gauge(
        "gcore_snapshot_status",
        "1 for the snapshot's current status (field status).",
        _by_snapshot(lambda _: 1.0, _id, _volume_id, lambda snapshot: snapshot.status),
        labels=("snapshot_id", "volume_id", "status"),
    ),
    Gauge(
        "gcore_snapshot_size_bytes",
        "Nominal size of the snapshot (field size, in GiB) in bytes.",
        _by_snapshot(lambda snapshot: snapshot.size, _id, _volume_id),
        labels=("snapshot_id", "volume_id"),
    ),
    Gauge(
        "gcore_snapshot_created_timestamp_seconds",
        "Creation time of the snapshot (field created_at) in Unix seconds.",
        _by_snapshot(lambda snapshot: snapshot.created, _id, _volume_id),
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
