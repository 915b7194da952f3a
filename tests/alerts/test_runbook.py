"""The runbook has an entry for each alert and says what the rules say."""

from __future__ import annotations

import re

import pytest

from tests.alerts.rules import FOLDER, RUNBOOK, THRESHOLDS, alerts, default_thresholds, load, rules
from tests.tools import ROOT

TEXT = RUNBOOK.read_text("utf-8")


def anchors() -> dict[str, str]:
    """Return the text below each heading by the anchor that Git hosts give it."""
    parts = re.split(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)[1:]
    titles = (re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in parts[::2])
    return dict(zip(titles, parts[1::2], strict=True))


@pytest.mark.parametrize("alert", alerts())
def test_link_leads_to_the_alert(alert: str) -> None:
    """The link of each alert ends at its entry, which has its severity and all that it should."""
    rule = alerts()[alert]
    document, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert ROOT / document == RUNBOOK
    entry = anchors()[anchor]
    assert f"### {alert}\n" in TEXT
    assert entry.lstrip().startswith(f"**{rule['labels']['severity']}.**")
    assert re.findall(r"^- \*(\w+):\*", entry, re.MULTILINE) == ["Check", "Do", "Silence"]


def test_no_entry_without_an_alert() -> None:
    """An alert that is no longer there has no entry."""
    assert re.findall(r"^### (\w+)$", TEXT, re.MULTILINE) == [
        *sorted(alerts(), key=lambda alert: TEXT.index(f"### {alert}\n"))
    ]


def test_links_in_the_runbook_lead_somewhere() -> None:
    """Each anchor and each file that it links to exists."""
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = link.partition("#")
        assert (RUNBOOK.parent / path).exists(), link
        if not path:
            assert anchor in anchors(), link


def test_table_has_the_defaults() -> None:
    """The table has each alert with a threshold, and its default as the rules file has it."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", TEXT, re.MULTILINE)
    assert dict(rows) == default_thresholds()


def test_examples_name_alerts_with_a_threshold() -> None:
    """Thresholds, routes and inhibitions that we show are about alerts that exist."""
    for rule in rules(load(THRESHOLDS)):
        assert rule["labels"]["alert"] in alerts()
    inhibitions = (FOLDER / "alertmanager.example.yml").read_text("utf-8")
    assert set(re.findall(r"\bGcore\w+", inhibitions)) <= alerts().keys()
