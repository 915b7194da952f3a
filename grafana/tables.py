"""What all tables share: one row for each thing, joined from several queries, worst first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.builders.common import TableSortByFieldState
from grafana_foundation_sdk.models.dashboard import (
    DashboardRangeMapOptions,
    DashboardSpecialValueMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    RangeMap,
    SpecialValueMap,
    SpecialValueMatch,
    ValueMap,
    ValueMappingResult,
)

from grafana.panels import NEUTRAL, Facts, dressed, rows_now, thresholds
from grafana.promql import NEVER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grafana_foundation_sdk.models.dashboard import ValueMapping

    from grafana.panels import Steps


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        source: a label, or the letter of a query for its values.
        decimals: with the unit of durations, how many smaller units follow the largest.
        colours: of the cell's background.
        width: in pixels; None shares what is left.
    """

    title: str
    source: str
    unit: str | None = None
    decimals: int | None = None
    colours: Steps | None = None
    mappings: Sequence[ValueMapping] = ()
    width: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that Grafana may give the field before it is renamed."""
        if len(self.source) > 1:
            return (self.source,)
        # A table whose other queries found nothing calls the values of the last one just Value.
        return (f"Value #{self.source}", "Value")[: 2 if self.source == "A" else 1]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        queries: expressions by their letters, from A; rows with the same labels become one.
        columns: from left to right; what has no column is not shown.
        sort_by: title of the column with the worst on top.
    """

    queries: Mapping[str, str]
    columns: Sequence[Column]
    sort_by: str
    hidden: Sequence[str] = field(default=("Time",))


def age_column(
    title: str,
    source: str,
    *,
    never: str = "never",
    unknown: str = "unknown",
    colours: Steps | None = None,
) -> Column:
    """Make a column of ages in seconds, in the two largest units of time."""
    return Column(
        title,
        source,
        unit="dtdurations",
        decimals=1,
        colours=colours,
        mappings=(endless(never), unreadable(unknown)),
        width=150,
    )


def size_column(title: str, source: str) -> Column:
    """Make a column of sizes in bytes."""
    return Column(title, source, unit="bytes", decimals=1, width=100)


def count_column(title: str, source: str) -> Column:
    """Make a column of whole numbers."""
    return Column(title, source, unit="locale", decimals=0, width=100)


def endless(text: str) -> ValueMapping:
    """Show the age that stands for never as a text, in red."""
    result = ValueMappingResult(text=text, color="red", index=0)
    return RangeMap(DashboardRangeMapOptions(NEVER_SECONDS, 10 * NEVER_SECONDS, result))


def unreadable(text: str) -> ValueMapping:
    """Show what is no number as a text."""
    result = ValueMappingResult(text=text, index=1)
    return SpecialValueMap(
        DashboardSpecialValueMapOptions(match=SpecialValueMatch.NULL_AND_NAN, result=result)
    )


def when_empty(text: str) -> ValueMapping:
    """Show a text for an empty label."""
    result = ValueMappingResult(text=text, index=0)
    return SpecialValueMap(
        DashboardSpecialValueMapOptions(match=SpecialValueMatch.EMPTY, result=result)
    )


def named(texts: Mapping[str, str], colours: Mapping[str, str] | None = None) -> ValueMapping:
    """Show values as texts, and in colours if they have one."""
    colours = colours or {}
    return ValueMap(
        {
            value: ValueMappingResult(text=text, color=colours.get(value), index=index)
            for index, (value, text) in enumerate(texts.items())
        }
    )


def make(facts: Facts, what: Table) -> table.Panel:
    """Make the panel."""
    panel = (
        dressed(table.Panel(), facts)
        .thresholds(thresholds(NEUTRAL))
        .filterable(filterable=True)
        .sort_by([TableSortByFieldState().display_name(what.sort_by).desc(desc=True)])
    )
    for ref, expression in what.queries.items():
        panel.with_target(rows_now(expression, ref))
    if len(what.queries) > 1:
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(DataTransformerConfig(id_val="organize", options=_order(what)))
    for column in what.columns:
        panel.override_by_name(column.title, _properties(column))
    return panel


def _order(what: Table) -> dict[str, object]:
    fields = [(name, column.title) for column in what.columns for name in column.fields]
    return {
        "excludeByName": dict.fromkeys(what.hidden, True),
        "indexByName": {name: index for index, (name, _) in enumerate(fields)},
        "renameByName": dict(fields),
    }


def _properties(column: Column) -> list[DynamicConfigValue]:
    found: dict[str, object] = {
        "unit": column.unit,
        "decimals": column.decimals,
        "mappings": list(column.mappings) or None,
        "custom.width": column.width,
    }
    if column.colours is not None:
        found["thresholds"] = thresholds(column.colours).build()
        found["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [DynamicConfigValue(name, value) for name, value in found.items() if value is not None]
