"""The running totals of one target, and what they come to."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from exporter.inventory.record import Record, Rows, clean_text
from exporter.inventory.snapshots import SnapshotTally
from exporter.inventory.statuses import StatusTally, StatusTotals
from exporter.inventory.tags import TagTally, TagTotals
from exporter.inventory.volumes import VolumeTally, VolumeTotals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.models import SeriesOptions, Snapshot

N = TypeVar("N", int, float)


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
        self._incomplete = 0
        self._largest: int | None = None
        self._newest: float | None = None
        self._created = array("d")
        self._region: str | None = None
        self._statuses = StatusTally()
        self._volumes = VolumeTally(options.volumes)
        self._tags = TagTally(options.tags)
        self._snapshots = SnapshotTally(options.snapshots)

    def add(self, rows: Sequence[Snapshot]) -> None:
        """Fold rows in; each snapshot must come once."""
        settled = Rows(rows, self._now)
        self._add_extremes(settled)
        self._statuses.add(settled)
        self._volumes.add(settled)
        self._tags.add(settled)
        self._snapshots.add(settled)
        if self._region is None:
            self._region = next((clean_text(row.region) for row in rows if row.region), None)

    def _add_extremes(self, rows: Rows) -> None:
        if None in rows.sizes or None in rows.created:
            readable = zip(rows.sizes, rows.created, strict=True)
            self._incomplete += sum(None in pair for pair in readable)
        self._created.extend(_present(rows.created))
        self._largest = max(_present([self._largest, *rows.sizes]), default=None)
        self._newest = max(_present([self._newest, *rows.usable]), default=None)

    def finish(self, reported: int) -> Inventory:
        """Return the figures; `reported` is the last page's `count`."""
        statuses, renamed = self._statuses.finish()
        snapshots, omitted_snapshots = self._snapshots.finish(renamed)
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
            omitted_snapshots=omitted_snapshots,
            tags=tags,
            omitted_tags=omitted_tags,
        )


def _present(values: list[N | None]) -> list[N]:
    return [value for value in values if value is not None]
