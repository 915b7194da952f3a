"""The dashboard keeps the rules of Grafana's dashboard-linter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.grafana.linter import RULES
from tests.grafana.looking import dashboard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.grafana.linter import Board

STAT: Final = 1
"""Where the first panel stands, after the title of its row."""


def _variable(board: Board, name: str) -> dict[str, Any]:
    [found] = [v for v in board["templating"]["list"] if v["name"] == name]
    assert isinstance(found, dict)
    return found


def _asking(expression: str) -> Callable[[Board], None]:
    def spoil(board: Board) -> None:
        board["panels"][STAT]["targets"][0]["expr"] = expression

    return spoil


SPOILT: Final[Mapping[str, Callable[[Board], object]]] = {
    "template-datasource-rule": lambda b: _variable(b, "datasource").update(name="prometheus"),
    "template-job-rule": lambda b: _variable(b, "job").update(allValue=".*"),
    "template-instance-rule": lambda b: _variable(b, "instance").update(name="server"),
    "template-label-promql-rule": lambda b: _variable(b, "region").update(
        query="label_values(gcore_up{, region)"
    ),
    "template-on-time-change-reload-rule": lambda b: _variable(b, "region").update(refresh=1),
    "panel-datasource-rule": lambda b: b["panels"][STAT]["targets"][0].pop("datasource"),
    "panel-title-description-rule": lambda b: b["panels"][STAT].pop("description"),
    "panel-units-rule": lambda b: b["panels"][STAT]["fieldConfig"]["defaults"].update(unit="GB"),
    "panel-no-targets-rule": lambda b: b["panels"][STAT].update(targets=[]),
    "target-promql-rule": _asking("sum(gcore_up"),
    "target-rate-interval-rule": _asking("rate(gcore_api_retries_total[5m])"),
    "target-job-rule": _asking('gcore_up{job="$job", instance=~"$instance"}'),
    "target-instance-rule": _asking('gcore_up{job=~"$job"}'),
    "target-counter-agg-rule": _asking("sum(gcore_api_retries_total) / rate(gcore_x_total{}[1m])"),
    "uneditable-dashboard": lambda b: b.update(editable=True),
}
"""A fault for each rule."""


@pytest.mark.parametrize("rule", RULES)
def test_dashboard_keeps_the_rule(rule: str) -> None:
    """Nothing in the dashboard breaks the rule; there is no exception."""
    assert list(RULES[rule](dashboard())) == []


@pytest.mark.parametrize("rule", RULES)
def test_rule_finds_its_fault(rule: str) -> None:
    """The rule is no empty one: it finds the fault that is made for it."""
    board = dashboard()
    SPOILT[rule](board)
    assert list(RULES[rule](board))
