"""Totals of each volume's snapshots, and the volumes that get series of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exporter.inventory.worst import Worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.inventory.record import Record


class VolumeTotals(msgspec.Struct, gc=False):
    """The snapshots of one volume.

    Attributes:
        snapshots: how many there are.
        size: sum of their readable sizes in bytes.
        largest: the largest readable size in bytes; None when none is readable.
        newest: creation time of the newest usable one in Unix seconds; None when there is none.
        oldest: creation time of the oldest, any status; None when none is readable.
    """

    volume_id: str
    snapshots: int = 0
    size: int = 0
    largest: int | None = None
    newest: float | None = None
    oldest: float | None = None

    def add(self, snapshot: Record) -> None:
        """Count one more snapshot in."""
        self.snapshots += 1
        size, created = snapshot.size, snapshot.created
        if size is not None:
            self.size += size
            if self.largest is None or size > self.largest:
                self.largest = size
        if created is not None:
            if self.oldest is None or created < self.oldest:
                self.oldest = created
            if snapshot.usable and (self.newest is None or created > self.newest):
                self.newest = created


class VolumeTally:
    """Running totals by volume."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._volumes: dict[str, VolumeTotals] = {}

    def add(self, snapshots: Iterable[Record]) -> None:
        """Count snapshots in; those without a volume id belong to no volume."""
        if self._limit == 0:
            return
        volumes = self._volumes
        for snapshot in snapshots:
            volume_id = snapshot.volume_id
            if volume_id is None:
                continue
            volume = volumes.get(volume_id)
            if volume is None:
                volume = volumes[volume_id] = VolumeTotals(volume_id)
            volume.add(snapshot)

    def finish(self) -> tuple[tuple[VolumeTotals, ...], int]:
        """Return the volumes within the limit, by id, and how many were left out.

        Beyond the limit N these are the N whose newest usable snapshot is oldest (volumes with no
        usable one first) and the N with the largest total size.
        """
        chosen: dict[str, VolumeTotals] = {}
        for rank in (_by_staleness, _by_size):
            worst = Worst(self._limit, rank)
            worst.add(self._volumes.values())
            chosen.update((volume.volume_id, volume) for volume in worst.items())
        volumes = tuple(chosen[volume_id] for volume_id in sorted(chosen))
        return volumes, len(self._volumes) - len(volumes)


def _by_staleness(volume: VolumeTotals) -> tuple[bool, float, str]:
    return volume.newest is not None, volume.newest or 0.0, volume.volume_id


def _by_size(volume: VolumeTotals) -> tuple[int, str]:
    return -volume.size, volume.volume_id
