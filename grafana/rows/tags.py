"""One of Gcore's tags: what bears each of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.panels import Facts, stacked
from grafana.promql import REGION, of_region, once
from grafana.tables import Column, Table, age_column, count_column, make, size_column, when_empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "By tag: $tag_key"

_NONE: Final = "No snapshot has this tag, or its values are beyond series.tags.limit"
_OF_KEY: Final = 'tag_key="$tag_key"'


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _number()
    yield _size()
    yield _table()


def _facts(number: int, title: str, unit: str, description: str) -> Facts:
    return Facts(number, title, description, unit, _NONE, width=8, height=9)


def _by_value(metric: str) -> str:
    of_key = once(of_region(metric, _OF_KEY), *REGION, "tag_value")
    return f"sum by (tag_value) ({of_key})"


def _number() -> Builder[Panel]:
    facts = _facts(
        55,
        "Number by value of $tag_key",
        "short",
        "Snapshots that bear each value of the tag chosen above. A value that vanishes was "
        "renamed, or lost its schedule; one without a name stands for snapshots without the tag.",
    )
    return stacked(facts, {"{{tag_value}}": _by_value("gcore_snapshots_tagged")})


def _size() -> Builder[Panel]:
    facts = _facts(
        56,
        "Size by value of $tag_key",
        "bytes",
        "Nominal size of the snapshots that bear each value of the tag: who to talk to about cost.",
    )
    return stacked(facts, {"{{tag_value}}": _by_value("gcore_snapshots_tagged_size_bytes")})


def _table() -> Builder[Panel]:
    newest = once(
        of_region("gcore_snapshots_tagged_newest_timestamp_seconds", _OF_KEY), "tag_value"
    )
    queries = {
        "A": _by_value("gcore_snapshots_tagged"),
        "B": _by_value("gcore_snapshots_tagged_size_bytes"),
        "C": f"time() - {newest}",
    }
    columns = (
        Column("Value", "tag_value", mappings=(when_empty("(without the tag)"),)),
        age_column("Newest usable", "C", unknown="none"),
        count_column("Snapshots", "A"),
        size_column("Size", "B"),
    )
    facts = _facts(
        57,
        "Freshness by value of $tag_key",
        "short",
        "The values of the tag, the one whose newest usable snapshot is oldest first. A value "
        "far behind the others has lost its schedule.",
    )
    return make(facts, Table(queries, columns, "Newest usable"))
