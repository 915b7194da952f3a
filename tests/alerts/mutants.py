"""The rules file with one number changed, and the part of its tests that should notice."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from tests.alerts.rules import RULES, load, rule_tests, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.alerts.rules import Rule

Document = dict[str, Any]

_TEXT_OR_NAME: Final = r'"[^"]*"|topk[^1]*1|[a-zA-Z_:][\w:]*'
"""What numbers are no part of; the 1 of topk is none that anybody would change."""

_NUMBER: Final = re.compile(_TEXT_OR_NAME + r"|(?P<part>(?<![\w.])\d+(?:\.\d+)?(?![\w.]))")
_COMPARISON: Final = re.compile(r"(?<=\s)(?P<part>[<>]=?)(?=\s)")
_SMALL: Final = 10
_MINUTES: Final = {"m": 1, "h": 60, "d": 1440}


def _near(number: str) -> tuple[str, ...]:
    """Return numbers by a hundredth, of a small whole number by one, above and below."""
    value = float(number)
    step = 1 if value < _SMALL and value.is_integer() else value / 100
    return f"{value + step:g}", f"{value - step:g}"


def _strictness(operator: str) -> tuple[str, ...]:
    """Return the operator that differs only where both sides are equal."""
    return (operator.removesuffix("=") if operator.endswith("=") else operator + "=",)


def _longer_and_shorter(duration: str) -> tuple[str, ...]:
    """Return durations by a tenth, and at least 5 minutes, above and below."""
    length = int(duration[:-1]) * _MINUTES[duration[-1]]
    step = max(5, length // 10)
    return f"{length + step}m", f"{length - step}m"


_CHANGES: Final[dict[re.Pattern[str], Callable[[str], tuple[str, ...]]]] = {
    _NUMBER: _near,
    _COMPARISON: _strictness,
}


def _changed(expression: str) -> Iterator[str]:
    """Give the expression with one number or comparison changed at a time."""
    for pattern, change in _CHANGES.items():
        for found in pattern.finditer(expression):
            start, end = found.span("part")
            for other in change(found["part"]) if start >= 0 else ():
                yield expression[:start] + other + expression[end:]


@dataclass(frozen=True)
class Mutant:
    """A changed rule.

    Attributes:
        rule: the rule's name, and the alert's whose threshold it records.
        change: the changed field and its new text.
        rules: the rules file's document with this change, and only what the tests need.
        tests: documents of tests, of which one should fail.
    """

    rule: str
    change: str
    rules: Document
    tests: tuple[Document, ...]


def mutants() -> Iterator[Mutant]:
    """Give the rules file with one default, comparison, number or waiting time changed.

    How far back an expression looks for what is current is left out: any time that is longer than
    a scrape's interval is right for that. The one that is promised, half an hour, has its tests.
    """
    for index, rule in enumerate(rules(_rules_file())):
        alert = rule.get("alert") or rule.get("labels", {}).get("alert")
        if alert is not None:
            for expression in _changed(rule["expr"]):
                yield _mutant(index, alert, "expr", expression)
            for wait in _longer_and_shorter(rule["for"]) if "for" in rule else ():
                yield _mutant(index, alert, "for", wait)


def unchanged() -> Iterator[Mutant]:
    """Give each alert with its tests as they are."""
    for index, rule in enumerate(rules(_rules_file())):
        if "alert" in rule:
            yield _mutant(index, rule["alert"], "expr", rule["expr"])


@cache
def _rules_file() -> Document:
    return load(RULES)


def _mutant(index: int, alert: str, key: str, text: str) -> Mutant:
    document = copy.deepcopy(_rules_file())
    rule = rules(document)[index]
    rule[key] = text
    needed = _needed(rules(document), alert)
    for group in document["groups"]:
        group["rules"] = [one for one in group["rules"] if one in needed]
    return Mutant(
        rule.get("alert", f"{rule.get('record')} {alert}"),
        f"{key}: {text}",
        document,
        _about(alert),
    )


def _needed(every: list[Rule], alert: str) -> list[Rule]:
    """Return the rules that the alert depends on, itself included."""
    needed = [rule for rule in every if rule.get("alert") == alert]
    recorded = [rule for rule in every if rule.get("labels", {}).get("alert", alert) == alert]
    for rule in needed:  # which grows meanwhile
        texts = " ".join((rule["expr"], *rule.get("annotations", {}).values()))
        needed += [
            other
            for other in recorded
            if "record" in other and other["record"] in texts and other not in needed
        ]
    return needed


@cache
def _about(alert: str) -> tuple[Document, ...]:
    """Return the tests of an alert and nothing else of their files."""
    documents = []
    for path in rule_tests():
        document = load(path)
        for test in document["tests"]:
            checks = [c for c in test["alert_rule_test"] if c["alertname"] == alert]
            test["alert_rule_test"] = checks
        document["tests"] = [test for test in document["tests"] if test["alert_rule_test"]]
        if document["tests"]:
            documents.append(document)
    return tuple(documents)
