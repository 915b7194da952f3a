"""What the user chooses at the top of the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders.dashboard import (
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh, VariableSort

from grafana.contract import checked
from grafana.promql import PLACE, SCOPE, of_region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import VariableModel

DATASOURCE: Final = DataSourceRef("prometheus", "${datasource}")

STALE_AFTER_DAYS: Final = "8"
OVERSIZED_ABOVE_GIB: Final = "2048"
"""Like the one above, the alert rules' own default: what is red here is what wakes people."""


def variables() -> Iterator[Builder[VariableModel]]:
    """Give the variables, from left to right; each choice narrows those after it."""
    yield DatasourceVariable("datasource").label("Data source").type("prometheus")
    yield _several("job", "Job", checked("gcore_up", ()), ".+")
    yield _several("instance", "Instance", checked("gcore_up", SCOPE[:1]), ".+")
    # Not `.+`: a project whose list of regions could not be read yet has the region "".
    yield _several("project_id", "Project", checked("gcore_up", SCOPE), ".*")
    yield _several("region", "Region", checked("gcore_up", (*SCOPE, PLACE[0])), ".*")
    yield _query("tag_key", "Tag key", of_region("gcore_snapshots_tagged")).description(
        "The tag whose values are compared below; one at a time, since a snapshot has several tags."
    )
    yield _box("selection", "Selection", "").description(
        "Empty: whole regions. Or the name of a selection in the exporter's configuration."
    )
    yield _box("stale_after_days", "Stale after (days)", STALE_AFTER_DAYS).description(
        "A volume is stale when its newest usable snapshot is older than so many days."
    )
    yield _box("oversized_above_gib", "Oversized above (GiB)", OVERSIZED_ABOVE_GIB).description(
        "A snapshot is oversized when its nominal size is above so many GiB."
    )


def _query(name: str, label: str, selector: str) -> QueryVariable:
    query = f"label_values({selector}, {name})"
    return (
        QueryVariable(name)
        .label(label)
        .query(query)
        .definition(query)
        .datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.NATURAL_ASC)
    )


def _several(name: str, label: str, selector: str, every: str) -> QueryVariable:
    """Make a variable of several values, at first all; `every` is the pattern that means all."""
    return (
        _query(name, label, selector)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(every)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _box(name: str, label: str, default: str) -> TextBoxVariable:
    option = VariableOption(selected=True, text=default, value=default)
    return (
        TextBoxVariable(name).label(label).default_value(default).current(option).options([option])
    )
