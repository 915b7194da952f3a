"""The dashboard as a file: up to date, portable, and about metrics that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import promql_parser as promql
import pytest
import yaml

from grafana.contract import SCRAPE_LABELS, checked, labels_by_metric
from grafana.dashboard import FILE, generate
from grafana.panels import UID
from grafana.variables import OVERSIZED_ABOVE_GIB, STALE_AFTER_DAYS
from tests.docs.reference import demo_families
from tests.grafana.looking import dashboard, panels
from tests.grafana.queries import Query, nodes, parsed, queries, selectors, variable_query
from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = ROOT / "prometheus" / "rules" / "gcore-snapshots.yml"
PROVISIONING = ROOT / "grafana" / "provisioning"


def everything() -> Iterator[Query]:
    """Give the queries of panels and of variables."""
    board = dashboard()
    yield from queries(board)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found = variable_query(variable)
            assert found is not None
            yield Query(variable["name"], found[0], parsed(board, found[0]))


def test_committed_dashboard_is_the_generated_one() -> None:
    """``python -m grafana`` would change nothing."""
    assert FILE.read_text(encoding="utf-8") == generate()


def test_it_fits_any_grafana() -> None:
    """Nothing ties it to one Grafana: no inputs, no id, a fixed uid, a schema of version 10."""
    board = dashboard()
    assert (board["uid"], board["schemaVersion"]) == (UID, 39)
    assert board.keys().isdisjoint({"__inputs", "__requires", "id"})


def test_panels_have_numbers_of_their_own() -> None:
    """No two panels or rows share an id, and each link leads to a panel that there is."""
    board = dashboard()
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    linked = re.findall(r"/d/([\w-]+)\?viewPanel=(\d+)&", FILE.read_text(encoding="utf-8"))
    assert linked
    assert {(uid, int(number) in numbers) for uid, number in linked} == {(UID, True)}


def test_panels_do_not_overlap() -> None:
    """Each cell of Grafana's grid has at most one panel, and none is beyond its edge."""
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))


def test_every_panel_says_what_none_means() -> None:
    """No panel shows Grafana's bare "No data", and every description is more than a title."""
    for panel in panels(dashboard()):
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]
        assert len(panel["description"]) > 80, panel["title"]


@pytest.mark.parametrize("query", list(everything()), ids=lambda query: query.place)
def test_names_are_the_exporters(query: Query) -> None:
    """Each metric is one of the exporter's, and has the labels that select it."""
    found = selectors(query)
    assert found
    for selector in found:
        assert selector.name is not None
        labels = labels_by_metric()[selector.name]
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels


@pytest.mark.parametrize("query", list(everything()), ids=lambda query: query.place)
def test_labels_are_the_metrics(query: Query) -> None:
    """What is grouped or joined by is a label of a metric in the query."""
    known = set().union(*(labels_by_metric()[selector.name or ""] for selector in selectors(query)))
    for node in nodes(query.expression):
        used: set[str] = set()
        if isinstance(node, promql.AggregateExpr) and node.modifier is not None:
            used = set(node.modifier.labels)
        elif isinstance(node, promql.BinaryExpr) and node.modifier is not None:
            matching = node.modifier.matching
            used = {*(matching.labels if matching else ()), *(node.modifier.group_labels or ())}
        assert used <= known


async def test_table_of_names_is_what_is_exposed() -> None:
    """The names that queries are checked against are those of a scrape of the sample cloud."""
    exposed: dict[str, set[str]] = {}
    for family in await demo_families():
        for sample in family.samples:
            exposed.setdefault(sample.name, set()).update(sample.labels)
    for name, labels in exposed.items():
        if name.startswith("gcore_"):
            assert labels_by_metric()[name] - {"selection"} == labels | SCRAPE_LABELS
    assert {n for n in labels_by_metric() if n.startswith("gcore_")} <= exposed.keys()


@pytest.mark.parametrize(
    ("metric", "matcher"), [("gcore_ups", 'region="x"'), ("gcore_up", 'status="x"')]
)
def test_wrong_name_stops_the_generation(metric: str, matcher: str) -> None:
    """A metric or label that was renamed in the exporter cannot get into a query."""
    with pytest.raises(ValueError, match=r"the exporter has no such metric|has no label"):
        checked(metric, (matcher,))


def test_thresholds_are_those_of_the_alerts() -> None:
    """What the dashboard shows in red by default is what the alert rules wake people for."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    expressions: dict[str, str] = {
        rule["labels"]["alert"]: rule["expr"]
        for group in groups
        for rule in group["rules"]
        if rule.get("record") == "region:gcore_threshold:effective"
    }
    days = re.search(r"\((\d+) \* 86400\)", expressions["GcoreVolumeSnapshotStale"])
    tebibytes = re.search(r"\((\d+) \* 1024 \^ 4\)", expressions["GcoreSnapshotOversized"])
    assert days is not None
    assert tebibytes is not None
    assert days[1] == STALE_AFTER_DAYS
    assert int(tebibytes[1]) * 1024 == int(OVERSIZED_ABOVE_GIB)


def test_provisioning_files_are_grafanas() -> None:
    """Grafana finds a data source of the dashboard's type, and a provider of files."""
    read: dict[str, Any] = {
        path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in PROVISIONING.glob("*/*.yml")
    }
    [source] = read["datasources"]["datasources"]
    [provider] = read["dashboards"]["providers"]
    assert source["type"] == "prometheus"
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    assert provider["options"]["path"]
