"""How it grows: each region now, and against a day, a week and a month ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.panels import ANY_IS_RED, GREEN, RED, Facts, numbers
from grafana.promql import REGION, of_region, once, per_region, with_region
from grafana.tables import Column, Table, age_column, count_column, make, named, size_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "Growth"

_PERIODS: Final = {"day": "1d", "week": "7d", "month": "30d"}
_NO_PAST: Final = "Nothing to compare with yet"


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _growth(51, "Growth in size", "bytes", "gcore_snapshots_size_bytes")
    yield _growth(52, "Growth in number", "locale", "gcore_snapshots")
    yield _regions()


def _change(metric: str, period: str) -> str:
    """Return how much each region grew.

    Only regions that were read both times are compared: one that could not be read then would
    seem to have grown from nothing. An hour is searched for the value of then, in which a short
    outage leaves no hole.
    """
    then = f"last_over_time({of_region(metric)}[1h] offset {period})"
    before = f"sum by ({', '.join(REGION)}) ({once(then, *REGION, 'status')})"
    return f"{per_region(metric, 'status')} - {before}"


def _growth(number: int, title: str, unit: str, metric: str) -> Builder[Panel]:
    facts = Facts(
        number,
        title,
        "Against a day, a week and a month ago, over the regions that were read then and now. If "
        "it is more than you planned for, the table below says which region it is, and the tables "
        "of the largest snapshots and of the volumes with most snapshots what it is there.",
        unit,
        _NO_PAST,
        width=12,
        height=4,
    )
    changes = {f"in a {name}": f"sum({_change(metric, p)})" for name, p in _PERIODS.items()}
    return numbers(facts, changes)


def _regions() -> Builder[Panel]:
    sizes = [_change("gcore_snapshots_size_bytes", period) for period in _PERIODS.values()]
    counts = [_change("gcore_snapshots", period) for period in _PERIODS.values()]
    newest = once(of_region("gcore_snapshots_newest_timestamp_seconds"), *REGION)
    expressions = (
        once(of_region("gcore_up"), *REGION),
        per_region("gcore_snapshots_size_bytes", "status"),
        *sizes,
        per_region("gcore_snapshots", "status"),
        *counts,
        f"time() - {newest}",
    )
    queries = {
        letter: with_region(expression)
        for letter, expression in zip("ABCDEFGHIJ", expressions, strict=True)
    }
    columns = (
        Column("Region", "region"),
        Column("Project", "project_id", width=90),
        _read_column(),
        size_column("Size", "B"),
        *(size_column(f"Size, {name}", ref) for name, ref in zip(_PERIODS, "CDE", strict=True)),
        count_column("Snapshots", "F"),
        *(count_column(f"Number, {name}", ref) for name, ref in zip(_PERIODS, "GHI", strict=True)),
        age_column("Newest usable", "J", unknown="none known"),
    )
    facts = Facts(
        53,
        "Regions",
        "Every region: whether it was read, what it holds, how that changed in a day, a week and "
        "a month, and how long ago its newest usable snapshot was made. Empty cells are unknown: "
        "the region is not read, or was not read then.",
        "short",
        "No exporter answers",
        width=24,
        height=9,
    )
    return make(facts, Table(queries, columns, "Size", hidden=("Time", "region_id")))


def _read_column() -> Column:
    texts = named({"1": "read", "0": "not read"}, {"1": GREEN, "0": RED})
    return Column("Read", "A", colours=ANY_IS_RED, mappings=(texts,), width=90)
