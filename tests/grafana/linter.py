"""The rules of Grafana's dashboard-linter that apply to a dashboard over Prometheus.

Written anew after https://github.com/grafana/dashboard-linter, ``docs/rules`` and ``lint``, at
commit 4d0844b, each under its name there. Left out are the rules about LogQL, a language that this
dashboard does not use. Stricter than there: panels of every type are looked at, not of six.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import promql_parser as promql

from tests.grafana.queries import Query, calls, parsed, queries, selectors, variable_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Board = dict[str, Any]

_DATASOURCES: Final = {"$datasource", "${datasource}"}
_UNITS: Final = frozenset((Path(__file__).parent / "units.txt").read_text("utf-8").split())
"""The linter's list of Grafana's units."""
_RATES: Final = {"rate", "irate"}
_COUNTING: Final = _RATES | {"increase"}


def _panels(board: Board) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def _variables(board: Board, kind: str) -> list[dict[str, Any]]:
    return [v for v in board["templating"]["list"] if v["type"] == kind]


def _uid(thing: Mapping[str, Any]) -> str:
    return str(thing.get("datasource", {}).get("uid"))


def template_datasource(board: Board) -> Iterator[str]:
    """Ask for one variable of a data source, named and labelled as everywhere."""
    found = [(v["name"], v.get("label"), v["query"]) for v in _variables(board, "datasource")]
    if found != [("datasource", "Data source", "prometheus")]:
        yield f"data source variables are {found}"


def template_job(board: Board) -> Iterator[str]:
    """Ask for the variable job."""
    yield from _of_scrape(board, "job")


def template_instance(board: Board) -> Iterator[str]:
    """Ask for the variable instance."""
    yield from _of_scrape(board, "instance")


def _of_scrape(board: Board, name: str) -> Iterator[str]:
    found = [v for v in board["templating"]["list"] if v["name"] == name]
    if not found:
        yield f"{name} is missing"
        return
    [variable] = found
    if _uid(variable) not in _DATASOURCES:
        yield f"{name} asks {_uid(variable)}"
    asked = [(key, variable.get(key)) for key in ("type", "label", "multi", "allValue")]
    wanted = [("type", "query"), ("label", name.title()), ("multi", True), ("allValue", ".+")]
    if asked != wanted:
        yield f"{name} has {asked}"


def template_label_promql(board: Board) -> Iterator[str]:
    """Ask for PromQL in the variables' queries."""
    for variable in _variables(board, "query"):
        found = variable_query(variable)
        if found is None:
            yield f"{variable['name']} asks {variable['query']}"
        elif isinstance(parsed(board, found[0]), str):
            yield f"{variable['name']}: {parsed(board, found[0])}"


def template_on_time_change_reload(board: Board) -> Iterator[str]:
    """Ask for variables that are read again when the time range changes."""
    for variable in _variables(board, "query"):
        if variable.get("refresh") != 2:
            yield f"{variable['name']} refreshes {variable.get('refresh')}"


def panel_datasource(board: Board) -> Iterator[str]:
    """Ask for panels and queries that use the chosen data source."""
    for panel in _panels(board):
        for thing in (panel, *panel["targets"]):
            if _uid(thing) not in _DATASOURCES:
                yield f"{panel['title']} asks {_uid(thing)}"


def panel_title_description(board: Board) -> Iterator[str]:
    """Ask for a title and a description."""
    for panel in _panels(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']} lacks its title or description"


def panel_units(board: Board) -> Iterator[str]:
    """Ask for a unit that Grafana has, in fields that are overridden, too."""
    for panel in _panels(board):
        config = panel["fieldConfig"]
        overridden = [
            one["value"]
            for override in config["overrides"]
            for one in override["properties"]
            if one["id"] == "unit"
        ]
        for unit in (config["defaults"].get("unit"), *overridden):
            if unit not in _UNITS:
                yield f"{panel['title']} has the unit {unit}"


def panel_no_targets(board: Board) -> Iterator[str]:
    """Ask for a query."""
    for panel in _panels(board):
        if not panel.get("targets"):
            yield f"{panel['title']} has no query"


def target_promql(board: Board) -> Iterator[str]:
    """Ask for PromQL."""
    for query in queries(board):
        if isinstance(query.expression, str):
            yield f"{query.place}: {query.expression}"


def target_rate_interval(board: Board) -> Iterator[str]:
    """Ask for rates over Grafana's own interval, which holds enough scrapes."""
    for query in queries(board):
        for call, ranges in calls(query, _RATES):
            if ranges != ["$__rate_interval"]:
                yield f"{query.place}: {call} over {ranges}"


def target_job(board: Board) -> Iterator[str]:
    """Ask for the chosen jobs in each selector."""
    yield from _chosen(board, "job")


def target_instance(board: Board) -> Iterator[str]:
    """Ask for the chosen instances in each selector."""
    yield from _chosen(board, "instance")


def _chosen(board: Board, label: str) -> Iterator[str]:
    for query in queries(board):
        for selector in selectors(query):
            matchers = [(m.name, m.op, m.value) for m in selector.matchers.matchers]
            if (label, promql.MatchOp.Re, f"${label}") not in matchers:
                yield f"{query.place}: {selector}"


def target_counter_agg(board: Board) -> Iterator[str]:
    """Ask for counters only inside what knows their resets."""
    for query in queries(board):
        counters = _counters(query)
        counted = len(re.findall(rf"(?:{'|'.join(_COUNTING)})\(\w+_total{{", query.text))
        if counters != counted:
            yield f"{query.place}: {counters} counters, {counted} counted"


def _counters(query: Query) -> int:
    return sum((selector.name or "").endswith("_total") for selector in selectors(query))


def uneditable(board: Board) -> Iterator[str]:
    """Ask for a dashboard that is changed in its code only."""
    if board.get("editable") is not False:
        yield "it is editable"


RULES: Final[Mapping[str, Callable[[Board], Iterator[str]]]] = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_job,
    "template-instance-rule": template_instance,
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": target_job,
    "target-instance-rule": target_instance,
    "target-counter-agg-rule": target_counter_agg,
    "uneditable-dashboard": uneditable,
}
