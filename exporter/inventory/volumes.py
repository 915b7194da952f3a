"""Totals of each volume's snapshots, and the volumes that get series of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from exporter.inventory.record import clean_text
from exporter.inventory.worst import Candidate, Worst

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.inventory.record import Rows


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


class VolumeTally:
    """Running totals by volume."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._volumes: dict[str, VolumeTotals] = {}

    def add(self, rows: Rows) -> None:
        """Count rows in; those without a volume id belong to no volume."""
        if self._limit == 0:
            return
        known = self._volumes.get
        columns = zip(rows.rows, rows.sizes, rows.created, rows.usable, strict=True)
        for row, size, created, usable in columns:
            if not row.volume_id:
                continue
            volume = known(row.volume_id) or self._cleaned(row.volume_id)
            volume.snapshots += 1
            if size is not None:
                volume.size += size
                if volume.largest is None or size > volume.largest:
                    volume.largest = size
            if created is not None and (volume.oldest is None or created < volume.oldest):
                volume.oldest = created
            if usable is not None and (volume.newest is None or usable > volume.newest):
                volume.newest = usable

    def _cleaned(self, volume_id: str) -> VolumeTotals:
        """Return the volume of an id that is new, or is not the one that is exposed."""
        clean = clean_text(volume_id)
        return self._volumes.setdefault(clean, VolumeTotals(clean))

    def finish(self) -> tuple[tuple[VolumeTotals, ...], int]:
        """Return the volumes within the limit, by id, and how many were left out.

        Beyond the limit N these are the N whose newest usable snapshot is oldest (volumes with no
        usable one first) and the N with the largest total size.
        """
        volumes = self._volumes
        chosen = set(volumes)
        if self._limit is not None and len(volumes) > self._limit:
            chosen = self._worst(_staleness) | self._worst(_smallness)
        return tuple(volumes[volume_id] for volume_id in sorted(chosen)), len(volumes) - len(chosen)

    def _worst(self, number: Callable[[VolumeTotals], float]) -> set[str]:
        """Return the ids of the N with the smallest numbers."""
        worst = Worst[Candidate[str]](self._limit)
        ids, numbers = list(self._volumes), [number(volume) for volume in self._volumes.values()]
        worst.add(Candidate(numbers[at], ids[at]) for at in worst.passing(numbers))
        return {one.id for one in worst.items()}


def _staleness(volume: VolumeTotals) -> float:
    return -math.inf if volume.newest is None else volume.newest


def _smallness(volume: VolumeTotals) -> int:
    return -volume.size
