"""The families that say how reading a target went: of every target, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.metrics.bulk import Columns
from exporter.metrics.family import Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.metrics.family import Row
    from exporter.reading import Reading


def _one(value: Callable[[Reading], float | None]) -> Callable[[Reading, float], Columns]:
    """Make the samples of a row with one value, absent when the function gives None."""
    return lambda reading, _now: Columns([value(reading)])


def _failed(reading: Reading, _now: float) -> Columns:
    reasons = [] if reading.reason is None else [reading.reason.value]
    return Columns([1.0 for _ in reasons], (reasons,))


def _errors(reading: Reading, _now: float) -> Columns:
    return Columns([*reading.errors.values()], ([reason.value for reason in reading.errors],))


ROWS: Final[tuple[Row, ...]] = (
    Gauge(
        "gcore_up",
        "Whether this scrape could read all snapshots of the target (1) or not (0).",
        _one(lambda reading: float(reading.inventory is not None)),
    ),
    Gauge(
        "gcore_scrape_duration_seconds",
        "Seconds that reading the target took.",
        _one(lambda reading: reading.duration),
    ),
    Gauge(
        "gcore_scrape_pages",
        "Pages of the snapshot list read, repairs and repeated walks included, also when the walk "
        "failed.",
        _one(lambda reading: reading.pages),
    ),
    Gauge(
        "gcore_scrape_timeout_seconds",
        "Seconds that this read was given.",
        _one(lambda reading: reading.timeout),
    ),
    Gauge(
        "gcore_scrape_failed",
        "1 for the reason why this scrape could not read the target; absent when it could.",
        _failed,
        labels=("reason",),
    ),
    Gauge(
        "gcore_scrape_last_success_timestamp_seconds",
        "When the target was last read in full, in Unix seconds; absent until then.",
        _one(lambda reading: reading.last_success),
    ),
    Gauge(
        "gcore_scrape_errors_total",
        "Failed reads of the target since the exporter started, by reason.",
        _errors,
        labels=("reason",),
        kind="counter",
    ),
)
