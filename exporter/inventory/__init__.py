"""Folds the snapshots of a target into the figures of the metric contract; pure, no I/O.

`Tally` takes page after page and keeps running totals only; `Tally.finish` gives the `Inventory`.
"""

from exporter.inventory.record import KNOWN_STATUSES, Record, clean_text, created_timestamp
from exporter.inventory.statuses import StatusTotals
from exporter.inventory.tags import TagTotals
from exporter.inventory.tally import Ages, Inventory, Tally
from exporter.inventory.volumes import VolumeTotals

__all__ = [
    "KNOWN_STATUSES",
    "Ages",
    "Inventory",
    "Record",
    "StatusTotals",
    "TagTotals",
    "Tally",
    "VolumeTotals",
    "clean_text",
    "created_timestamp",
]
