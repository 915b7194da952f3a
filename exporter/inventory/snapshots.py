"""The snapshots that get series of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from exporter.inventory.record import OTHER_STATUS, Record, clean_text, status_label
from exporter.inventory.worst import Worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.inventory.record import Rows

_Candidate = tuple[float, str, str | None, str | None, int | None, float | None, str | None]
"""What it is ranked by, its id, name, status, size, creation time and volume id: nearly all are
dropped again, so none is a `Record` before it is chosen."""


class SnapshotTally:
    """Chooses the N oldest, the N largest and the N oldest whose status is not ``available``.

    One whose creation time cannot be read counts as the newest, and one without a readable size as
    the smallest.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._total = 0
        self._oldest = Worst[_Candidate](limit)
        self._largest = Worst[_Candidate](limit)
        self._oldest_unavailable = Worst[_Candidate](limit)

    def add(self, rows: Rows) -> None:
        """Take rows into account."""
        if self._limit == 0:
            return
        self._total += len(rows.rows)
        ages = [math.inf if moment is None else moment for moment in rows.created]
        oldest, largest, odd = self._oldest, self._largest, self._oldest_unavailable
        oldest.add(_candidates(rows, ages, oldest.passing(ages)))
        if self._limit is None:  # All of them are among the oldest.
            return
        sizes = [1 if size is None else -size for size in rows.sizes]
        largest.add(_candidates(rows, sizes, largest.passing(sizes)))
        places = [at for at, row in enumerate(rows.rows) if row.status != "available"]
        chosen = odd.passing([ages[at] for at in places])
        odd.add(_candidates(rows, ages, [places[at] for at in chosen]))

    def finish(self, renamed: frozenset[str]) -> tuple[tuple[Record, ...], int]:
        """Return those within the limit by id, one for each id as it is exposed.

        Args:
            renamed: statuses that are exposed as ``other``.

        Returns:
            Them, and how many were left out.
        """
        chosen: dict[str, Record] = {}
        for worst in (self._oldest, self._largest, self._oldest_unavailable):
            for _, identifier, name, status, size, created, volume_id in sorted(worst.items()):
                key = clean_text(identifier)
                if key in chosen:
                    continue
                label = status_label(status)
                chosen[key] = Record(
                    id=key,
                    name=clean_text(name or ""),
                    status=OTHER_STATUS if label in renamed else label,
                    size=size,
                    created=created,
                    volume_id=clean_text(volume_id) if volume_id else None,
                )
        return tuple(chosen[key] for key in sorted(chosen)), self._total - len(chosen)


def _candidates(rows: Rows, numbers: Sequence[float], places: Sequence[int]) -> list[_Candidate]:
    """Return the rows at some places, ranked by the numbers there."""
    all_rows, sizes, created = rows.rows, rows.sizes, rows.created
    return [
        (
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
