"""The running totals of one target, and what they come to."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from exporter.inventory.record import (
    KNOWN_STATUSES,
    MISSING_STATUS,
    OTHER_STATUS,
    Record,
    clean_text,
    record,
)
from exporter.inventory.tags import TagTally, TagTotals
from exporter.inventory.volumes import VolumeTally, VolumeTotals
from exporter.inventory.worst import Worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.models import SeriesOptions, Snapshot

_MAX_ODD_STATUSES: Final = 20
"""Plain statuses beyond the known ones that get a label of their own: new ones are to be seen, but
the number of series must not be the API's to choose."""


class StatusTotals(msgspec.Struct, gc=False):
    """The snapshots of one status; `size` is the sum of their readable sizes in bytes."""

    snapshots: int = 0
    size: int = 0


class Ages:
    """The creation times of a target's snapshots, ready to be seen as ages at any moment."""

    def __init__(self, created: Sequence[float]) -> None:
        self._created = array("d", sorted(created))
        self._total = sum(self._created)

    def __len__(self) -> int:
        return len(self._created)

    def oldest(self) -> float | None:
        """Return the earliest creation time in Unix seconds; None when there is none."""
        return self._created[0] if self._created else None

    def latest(self) -> float | None:
        """Return the last creation time in Unix seconds, any status; None when there is none."""
        return self._created[-1] if self._created else None

    def buckets(self, bounds: Sequence[float], now: float) -> list[int]:
        """Count the ages up to each bound (seconds, inclusive) at the Unix time `now`.

        A snapshot from the future has the age 0.
        """
        return [len(self) - bisect_left(self._created, now - bound) for bound in bounds]

    def total(self, now: float) -> float:
        """Return the sum of all ages in seconds at the Unix time `now`."""
        past = bisect_right(self._created, now)
        return past * now - (self._total - sum(self._created[past:]))


@dataclass(frozen=True)
class Inventory:
    """All figures of one target after a whole walk.

    Attributes:
        reported: `count` as the API said it on the last page.
        statuses: totals by status label; the known statuses are always there.
        incomplete: snapshots without a readable creation time or size.
        largest: the largest size in bytes; None when none is readable.
        newest: creation time of the newest usable snapshot; None when there is none.
        ages: the creation times of all snapshots that have a readable one.
        region: the name of the region as the rows give it; None when none does.
    """

    reported: int
    statuses: dict[str, StatusTotals]
    incomplete: int
    largest: int | None
    newest: float | None
    ages: Ages
    region: str | None
    volumes: tuple[VolumeTotals, ...]
    omitted_volumes: int
    snapshots: tuple[Record, ...]
    omitted_snapshots: int
    tags: tuple[TagTotals, ...]
    omitted_tags: int


class Tally:
    """Folds rows into running totals; keeps no page.

    Args:
        options: which objects get series of their own.
        now: Unix seconds, against which creation times are judged (see `created_timestamp`).
    """

    def __init__(self, options: SeriesOptions, now: float) -> None:
        self._now = now
        self._statuses = {status: StatusTotals() for status in KNOWN_STATUSES}
        self._incomplete = 0
        self._largest: int | None = None
        self._newest: float | None = None
        self._created = array("d")
        self._region: str | None = None
        self._volumes = VolumeTally(options.volumes)
        self._tags = TagTally(options.tags)
        self._snapshot_limit = options.snapshots
        self._worst_snapshots = [
            Worst(options.snapshots, rank) for rank in (_by_age, _by_size, _by_age)
        ]

    def add(self, rows: Sequence[Snapshot]) -> None:
        """Fold rows in; each snapshot must come once."""
        now = self._now
        records = [record(row, now) for row in rows]
        self._add_totals(records)
        self._volumes.add(records)
        self._tags.add(zip((row.tags for row in rows), records, strict=True))
        if self._snapshot_limit != 0:
            oldest, largest, oldest_unavailable = self._worst_snapshots
            oldest.add(records)
            largest.add(records)
            oldest_unavailable.add([r for r in records if r.status != "available"])
        if self._region is None:
            self._region = next((clean_text(row.region) for row in rows if row.region), None)

    def _add_totals(self, records: Sequence[Record]) -> None:
        for snapshot in records:
            totals = self._statuses.get(snapshot.status)
            if totals is None:
                totals = self._statuses[snapshot.status] = StatusTotals()
            totals.snapshots += 1
            size, created = snapshot.size, snapshot.created
            if size is None or created is None:
                self._incomplete += 1
            if size is not None:
                totals.size += size
                if self._largest is None or size > self._largest:
                    self._largest = size
            if created is not None:
                self._created.append(created)
                if snapshot.usable and (self._newest is None or created > self._newest):
                    self._newest = created

    def finish(self, reported: int) -> Inventory:
        """Return the figures; `reported` is the last page's `count`."""
        total = sum(status.snapshots for status in self._statuses.values())
        statuses, renamed = self._bounded_statuses()
        snapshots = self._selected_snapshots(renamed)
        volumes, omitted_volumes = self._volumes.finish()
        tags, omitted_tags = self._tags.finish()
        return Inventory(
            reported=reported,
            statuses=statuses,
            incomplete=self._incomplete,
            largest=self._largest,
            newest=self._newest,
            ages=Ages(self._created),
            region=self._region,
            volumes=volumes,
            omitted_volumes=omitted_volumes,
            snapshots=snapshots,
            omitted_snapshots=0 if self._snapshot_limit == 0 else total - len(snapshots),
            tags=tags,
            omitted_tags=omitted_tags,
        )

    def _bounded_statuses(self) -> tuple[dict[str, StatusTotals], frozenset[str]]:
        """Return the totals with rare odd statuses under ``other``, and the statuses put there."""
        odd = sorted(set(self._statuses) - {*KNOWN_STATUSES, MISSING_STATUS, OTHER_STATUS})
        renamed = frozenset(odd[_MAX_ODD_STATUSES:])
        statuses = {name: totals for name, totals in self._statuses.items() if name not in renamed}
        for name in renamed:
            other = statuses.setdefault(OTHER_STATUS, StatusTotals())
            other.snapshots += self._statuses[name].snapshots
            other.size += self._statuses[name].size
        return statuses, renamed

    def _selected_snapshots(self, renamed: frozenset[str]) -> tuple[Record, ...]:
        """Return the snapshots within the limit by id, one for each id as it is exposed."""
        chosen: dict[str, Record] = {}
        for worst in self._worst_snapshots:
            for snapshot in worst.items():
                chosen.setdefault(snapshot.id, snapshot)
        return tuple(
            msgspec.structs.replace(chosen[key], status=OTHER_STATUS)
            if chosen[key].status in renamed
            else chosen[key]
            for key in sorted(chosen)
        )


def _by_age(snapshot: Record) -> tuple[bool, float, str]:
    return snapshot.created is None, snapshot.created or 0.0, snapshot.id


def _by_size(snapshot: Record) -> tuple[int, str]:
    return (1 if snapshot.size is None else -snapshot.size), snapshot.id
