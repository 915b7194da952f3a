"""The families that say how reading a target went: of every target, always."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.metrics.family import Gauge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.family import Row, Values
    from exporter.reading import Reading


def _failed(reading: Reading, _now: float) -> Iterator[Values]:
    if reading.reason is not None:
        yield (reading.reason.value,), 1.0


def _errors(reading: Reading, _now: float) -> Iterator[Values]:
    for reason, number in reading.errors.items():
        yield (reason.value,), float(number)


def _last_success(reading: Reading, _now: float) -> Iterator[Values]:
    if reading.last_success is not None:
        yield (), reading.last_success


ROWS: Final[tuple[Row, ...]] = (
    Gauge(
        "gcore_up",
        "Whether this scrape could read all snapshots of the target (1) or not (0).",
        lambda reading, _now: [((), float(reading.inventory is not None))],
    ),
    Gauge(
        "gcore_scrape_duration_seconds",
        "Seconds that reading the target took.",
        lambda reading, _now: [((), reading.duration)],
    ),
    Gauge(
        "gcore_scrape_pages",
        "Pages of the snapshot list read, repairs and repeated walks included, also when the walk "
        "failed.",
        lambda reading, _now: [((), float(reading.pages))],
    ),
    Gauge(
        "gcore_scrape_timeout_seconds",
        "Seconds that this read was given.",
        lambda reading, _now: [((), reading.timeout)],
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
        _last_success,
    ),
    Gauge(
        "gcore_scrape_errors_total",
        "Failed reads of the target since the exporter started, by reason.",
        _errors,
        labels=("reason",),
        kind="counter",
    ),
)
