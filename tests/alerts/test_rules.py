"""The rules are valid, tested one by one, and speak only of what the exporter exposes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from exporter.errors import Reason
from exporter.metrics.family import Identity
from tests.alerts.rules import (
    FOLDER,
    RULES,
    THRESHOLDS,
    Rule,
    alerts,
    default_thresholds,
    load,
    rule_tests,
    rules,
    run,
)
from tests.docs.reference import demo_families

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SELECTOR: Final = re.compile(r"(?<![\w:])((?:[a-z_]+:)?gcore[_:][\w:]*|up\b)(?:\{([^}]*)\})?")
_MATCHER: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*(%q|'[^']*'|\"[^\"]*\")")
_GROUPING: Final = re.compile(r"\b(?:by|on|ignoring|group_left|group_right) \(([^)]*)\)")
_OF_PROMETHEUS: Final = {"job", "instance"}


def fired(alert: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what the tests expect of an alert: the test's name and each check."""
    for path in rule_tests():
        for test in load(path)["tests"]:
            for check in test["alert_rule_test"]:
                if check["alertname"] == alert:
                    yield f"{path.name}: {test['name']}", check


def texts(rule: Rule) -> str:
    """Return a rule's expression and the queries in its annotations."""
    return "\n".join((str(rule["expr"]), *rule.get("annotations", {}).values()))


async def exposed() -> dict[str, set[str]]:
    """Return the labels of each exposed metric that is ours, and of those that rules record."""
    labels: dict[str, set[str]] = {"up": set(_OF_PROMETHEUS)}
    for family in await demo_families():
        for sample in family.samples:
            labels.setdefault(sample.name, set(_OF_PROMETHEUS)).update(sample.labels)
    for own in labels.values():
        if own.issuperset(Identity(has_selections=False).labels):
            own.update(Identity(has_selections=True).labels)
    every = set().union(*labels.values()) | {"alert"}
    recorded = {rule["record"] for rule in rules(load(RULES)) if "record" in rule}
    return labels | dict.fromkeys(recorded | {"gcore:threshold:override"}, every)


@pytest.mark.parametrize("path", [RULES, THRESHOLDS], ids=lambda path: path.name)
async def test_promtool_finds_nothing(path: Path, tool: Callable[[str], Path]) -> None:
    """The rules are valid and no two record or raise the same thing."""
    command = (tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", path)
    status, printed = await run(*command, cwd=FOLDER)
    assert status == 0, printed
    assert "SUCCESS" in printed


@pytest.mark.parametrize("path", rule_tests(), ids=lambda path: path.stem)
async def test_rules_pass_their_tests(path: Path, tool: Callable[[str], Path]) -> None:
    """Each alert fires with its exact labels and texts, when it should and not before."""
    status, printed = await run(tool("promtool"), "test", "rules", path, cwd=FOLDER)
    assert status == 0, printed


async def test_examples_are_valid(tool: Callable[[str], Path]) -> None:
    """Prometheus and Alertmanager take the configurations that we show."""
    prometheus = (tool("promtool"), "check", "config", "prometheus.example.yml")
    alertmanager = (tool("amtool"), "check-config", "alertmanager.example.yml")
    for command in (prometheus, alertmanager):
        status, printed = await run(*command, cwd=FOLDER)
        assert status == 0, printed


@pytest.mark.parametrize("alert", alerts())
def test_alert_is_tested_both_ways(alert: str) -> None:
    """The tests have it silent and firing later, and of what fires something ends later."""
    stories: dict[str, list[int]] = {}
    for name, check in fired(alert):
        stories.setdefault(name, []).append(len(check["exp_alerts"]))
    moments = [pair for story in stories.values() for pair in pairwise(story)]
    assert any(before == 0 < after for before, after in moments), stories
    assert any(before > after for before, after in moments), stories


@pytest.mark.parametrize("alert", alerts())
def test_expected_texts_were_expanded(alert: str) -> None:
    """No test took a template's error, or a hole in a sentence, for the right text."""
    expected = [alert for _, check in fired(alert) for alert in check["exp_alerts"]]
    assert expected
    for one in expected:
        text = " ".join(one["exp_annotations"].values())
        assert not re.search(r"<error|<no value>|%!|  | ,| \.|\(\)", text), text


@pytest.mark.parametrize("alert", alerts())
def test_alert_has_what_a_person_needs(alert: str) -> None:
    """Severity, a summary of one line, a description that goes on from it, and a link."""
    rule = alerts()[alert]
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert "\n" not in rule["annotations"]["summary"]
    assert len(rule["annotations"]["description"]) > len(rule["annotations"]["summary"])


async def test_only_what_is_exposed_is_named() -> None:
    """Each metric exists, and has the labels that the rules select by."""
    known = await exposed()
    for rule in (*rules(load(RULES)), *rules(load(THRESHOLDS))):
        for metric, selector in _SELECTOR.findall(texts(rule)):
            assert metric in known, rule
            assert {name for name, _ in _MATCHER.findall(selector)} <= known[metric], rule


async def test_only_labels_that_exist_are_grouped_by() -> None:
    """A label that a `by` or `on` names is one that the exporter or Prometheus sets."""
    every = set().union(*(await exposed()).values())
    for rule in (*rules(load(RULES)), *rules(load(THRESHOLDS))):
        for names in _GROUPING.findall(texts(rule)):
            assert {name.strip() for name in names.split(",") if name.strip()} <= every, rule


async def test_values_that_rules_look_for_can_occur() -> None:
    """Reasons, statuses and kinds in a selector are ones that the exporter writes."""
    labels = [sample.labels for family in await demo_families() for sample in family.samples]
    known = {name: {own[name] for own in labels if name in own} for name in ("status", "kind")}
    known["reason"] = {str(reason) for reason in Reason}
    known["status"] |= {"unknown"}
    for rule in rules(load(RULES)):
        for _, selector in _SELECTOR.findall(texts(rule)):
            for name, value in _MATCHER.findall(selector):
                if name in known and value != "%q":
                    assert set(value.strip("\"'").split("|")) <= known[name], rule


def test_each_threshold_is_known_to_the_alert_about_unknown_ones() -> None:
    """GcoreThresholdIgnored names the alerts that have a threshold, and no others."""
    named = set(re.findall(r"\bGcore\w+", alerts()["GcoreThresholdIgnored"]["expr"]))
    of_tags = {name for name, rule in alerts().items() if "region_tag:" in rule["expr"]}
    assert named == default_thresholds().keys() | of_tags
