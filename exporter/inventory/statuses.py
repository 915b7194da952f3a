"""Totals of each status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from exporter.inventory.record import KNOWN_STATUSES, MISSING_STATUS, OTHER_STATUS, status_label

if TYPE_CHECKING:
    from exporter.inventory.record import Rows

_MAX_ODD_STATUSES: Final = 20
"""Plain statuses beyond the known ones that get a label of their own: new ones are to be seen, but
the number of series must not be the API's to choose."""


class StatusTotals(msgspec.Struct, gc=False):
    """The snapshots of one status; `size` is the sum of their readable sizes in bytes."""

    snapshots: int = 0
    size: int = 0


class StatusTally:
    """Running totals by status; the known ones are always there."""

    def __init__(self) -> None:
        self._statuses = {status: StatusTotals() for status in KNOWN_STATUSES}

    def add(self, rows: Rows) -> None:
        """Count rows in."""
        known = self._statuses.get
        for row, size in zip(rows.rows, rows.sizes, strict=True):
            status = MISSING_STATUS if row.status is None else row.status
            totals = known(status) or self._labelled(status)
            totals.snapshots += 1
            if size is not None:
                totals.size += size

    def _labelled(self, status: str) -> StatusTotals:
        """Return the totals of a status that is new, or is not what is exposed."""
        return self._statuses.setdefault(status_label(status), StatusTotals())

    def finish(self) -> tuple[dict[str, StatusTotals], frozenset[str]]:
        """Return the totals with rare odd statuses under ``other``, and the statuses put there."""
        odd = sorted(set(self._statuses) - {*KNOWN_STATUSES, MISSING_STATUS, OTHER_STATUS})
        renamed = frozenset(odd[_MAX_ODD_STATUSES:])
        statuses = {name: totals for name, totals in self._statuses.items() if name not in renamed}
        for name in renamed:
            other = statuses.setdefault(OTHER_STATUS, StatusTotals())
            other.snapshots += self._statuses[name].snapshots
            other.size += self._statuses[name].size
        return statuses, renamed
