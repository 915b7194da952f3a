"""The snapshots that get series of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from exporter.inventory.record import OTHER_STATUS, Record, clean_text, status_label
from exporter.inventory.worst import Candidate, Worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.inventory.record import Rows


class _Contender(Candidate[str], order=True, gc=False):
    """A row as it was sent, but for `size` in bytes and `created` in Unix seconds.

    Nearly all are dropped again, so that none becomes a `Record` before it is chosen.
    """

    name: str | None
    status: str | None
    size: int | None
    created: float | None
    volume_id: str | None

    def record(self) -> Record:
        """Return the snapshot with settled values."""
        return Record(
            id=clean_text(self.id),
            name=clean_text(self.name or ""),
            status=status_label(self.status),
            size=self.size,
            created=self.created,
            volume_id=clean_text(self.volume_id) if self.volume_id else None,
        )


class SnapshotTally:
    """Chooses the N oldest, the N largest and the N oldest whose status is not ``available``.

    One whose creation time cannot be read counts as the newest, and one without a readable size as
    the smallest.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._total = 0
        self._oldest = Worst[_Contender](limit)
        self._largest = Worst[_Contender](limit)
        self._oldest_unavailable = Worst[_Contender](limit)

    def add(self, rows: Rows) -> None:
        """Take rows into account."""
        if self._limit == 0:
            return
        self._total += len(rows.rows)
        ages = [math.inf if moment is None else moment for moment in rows.created]
        oldest, largest, odd = self._oldest, self._largest, self._oldest_unavailable
        oldest.add(_contenders(rows, ages, oldest.passing(ages)))
        if self._limit is None:  # All of them are among the oldest.
            return
        sizes = [1 if size is None else -size for size in rows.sizes]
        largest.add(_contenders(rows, sizes, largest.passing(sizes)))
        places = [at for at, row in enumerate(rows.rows) if row.status != "available"]
        chosen = odd.passing([ages[at] for at in places])
        odd.add(_contenders(rows, ages, [places[at] for at in chosen]))

    def finish(self, renamed: frozenset[str]) -> tuple[tuple[Record, ...], int]:
        """Return those within the limit by id, one for each id as it is exposed.

        Args:
            renamed: statuses that are exposed as ``other``.

        Returns:
            Them, and how many were left out.
        """
        chosen: dict[str, Record] = {}
        for worst in (self._oldest, self._largest, self._oldest_unavailable):
            for one in sorted(worst.items()):
                key = clean_text(one.id)
                if key not in chosen:
                    chosen[key] = one.record()
        selected = [chosen[key] for key in sorted(chosen)]
        exposed = [
            msgspec.structs.replace(one, status=OTHER_STATUS) if one.status in renamed else one
            for one in selected
        ]
        return tuple(exposed), self._total - len(exposed)


def _contenders(rows: Rows, numbers: Sequence[float], places: Sequence[int]) -> list[_Contender]:
    """Return the rows at some places, ranked by the numbers there."""
    all_rows, sizes, created = rows.rows, rows.sizes, rows.created
    return [
        _Contender(
            numbers[at],
            (row := all_rows[at]).id,
            row.name,
            row.status,
            sizes[at],
            created[at],
            row.volume_id,
        )
        for at in places
    ]
