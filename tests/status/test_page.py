"""The status page as HTML."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from email.message import Message
from importlib.metadata import PackageNotFoundError

import pytest

from exporter import __version__
from exporter.errors import REMEDIES, Reason
from exporter.status import page as page_module
from exporter.status.page import StatusPage
from exporter.status.summary import Failure, Figures
from tests.status.support import (
    DAY,
    FIGURES,
    HOSTILE,
    NONE,
    NOW,
    READ,
    REFUSED,
    STARTED,
    Document,
    hostile_scrape,
    html_of,
    scrape,
)


def test_before_the_first_scrape() -> None:
    """The page says that nothing was read yet, and what reads; it has no table."""
    shown = Document(StatusPage("/metrics", NOW - 61).render(None, NOW))

    assert "Nothing has been read yet" in shown.text
    assert "by Prometheus, or by opening them" in shown.text
    assert f"Version {__version__} · up 61 seconds" in shown.text
    assert "table" not in shown.tags
    assert shown.title == "Gcore Snapshot Exporter"


def test_a_read_target() -> None:
    """Each figure stands in its column."""
    shown = Document(html_of(READ))

    assert shown.rows[0] == [
        "Region",
        "State",
        "Snapshots",
        "Total size",
        "Newest usable",
        "Oldest",
        "Pages",
        "Took",
        "Last read",
    ]
    assert shown.rows[1] == ["Project 1337"]
    assert shown.rows[2:] == [
        [
            "Luxembourg 1 7",
            "read",
            "3,214",
            "1.5 TiB",
            "14 hours",
            "412 days",
            "4",
            "0.42 s",
            "12 seconds ago",
        ]
    ]
    assert "The target was read" in shown.text
    assert "Last scrape 12 seconds ago, at 2025-06-15 15:06:28 UTC" in shown.text
    assert "What to do" not in shown.text


def test_exact_values_are_at_hand() -> None:
    """Bytes and moments that are rounded for people are there in full, too."""
    html = html_of(READ)

    assert 'title="1,649,267,441,664 bytes">1.5 TiB<' in html
    assert 'datetime="2025-06-15T01:06:40+00:00" title="2025-06-15 01:06:40 UTC">14 hours<' in html


def test_a_failing_target() -> None:
    """It has its reason, what to do, the error's words, and no figure at all."""
    shown = Document(html_of(READ, REFUSED))
    row, note = shown.rows[3:]

    assert shown.title == "1 not read · Gcore Snapshot Exporter"
    assert "1 of 2 targets could not be read" in shown.text
    assert row[:7] == ["Frankfurt 12", "not read: forbidden", NONE, NONE, NONE, NONE, "0"]
    assert note == [
        "The API answered 403: no right Request id request-1 Last read in full 3 hours ago"
    ]
    remedy = REMEDIES[Reason.FORBIDDEN].replace("`", "")
    assert f"What to do forbidden {remedy} Frankfurt Targets" in shown.text


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_remedy(reason: Reason) -> None:
    """The words are those of the one table, with code marked as such."""
    html = html_of(replace(REFUSED, outcome=Failure(reason)))
    text = Document(html).text

    for part in REMEDIES[reason].split("`"):
        assert " ".join(part.split()) in text
    assert [code for code in re.findall("<code>(.*?)</code>", html) if code != "series"] == (
        REMEDIES[reason].split("`")[1::2]
    )
    assert "Not read in full" not in text


def test_a_remedy_comes_once_for_many_targets() -> None:
    """Forty regions with one reason are told together; those beyond the eighth are counted."""
    shown = Document(
        html_of(*(replace(REFUSED, region_id=n, region=f"Region {n}") for n in range(1, 41)))
    )
    named = " · ".join(f"Region {n}" for n in range(1, 9))

    assert shown.text.count("may not read this project or region") == 1
    assert f"{named} · and 32 more Targets" in shown.text
    assert len(list(shown.targets())) == 40


def test_projects_and_selections_are_told_apart() -> None:
    """Each project has its group; where there are several, remedies name them."""
    elsewhere = replace(REFUSED, project_id=2024, selection="nightly")
    shown = Document(html_of(READ, elsewhere))

    assert [row for row in shown.rows if len(row) == 1][:2] == [["Project 1337"], ["Project 2024"]]
    assert "Frankfurt , selection nightly in project 2024" in shown.text
    assert [row[0] for row in shown.targets()] == [
        "Luxembourg 1 7",
        "Frankfurt 12 selection nightly",
    ]


def test_a_target_without_names() -> None:
    """A region whose name is unknown shows its id once, unknown regions have words."""
    nameless = replace(READ, region="7")
    unknown = replace(REFUSED, region_id=None, region="", last_success=None)
    shown = Document(html_of(nameless, unknown))

    assert [row[0] for row in shown.targets()] == ["7", "all regions"]
    assert "Not read in full since the exporter started" in shown.text


def test_an_empty_target() -> None:
    """No snapshots is a figure; the ages that do not exist are a dash."""
    empty = replace(READ, outcome=Figures(0, 0, None, None, 0, {}))
    (row,) = Document(html_of(empty)).targets()

    assert row[1:6] == ["read", "0", "0 bytes", NONE, NONE]


def test_notes() -> None:
    """What limits omit and what could not be read in full stands below the target."""
    figures = replace(FIGURES, incomplete=1, omitted={"volume": 12, "snapshot": 1409, "tag": 1})
    shown = Document(html_of(replace(READ, outcome=figures)))

    (note,) = shown.rows[-1]
    assert note == (
        "1 snapshot without a readable size or creation time "
        "Without series of their own, by the limits under series: "
        "12 volumes, 1,409 snapshots, 1 tag"
    )


def test_totals() -> None:
    """All targets together, and what is left out of that."""
    second = replace(READ, region_id=8, outcome=replace(FIGURES, oldest=NOW - 800 * DAY))
    total = "Snapshots 6,428 Total size 3 TiB Newest usable 14 hours Oldest 2 years"
    whole = Document(html_of(READ, second)).text
    partial = Document(html_of(READ, second, REFUSED)).text
    selected = Document(html_of(READ, second, replace(READ, selection="nightly"))).text

    assert "All 2 targets were read" in whole
    assert total in whole
    assert "In the regions" not in whole
    assert f"In the regions that were read: {total}" in partial
    assert f"In the regions that were read, selections left out: {total}" in selected
    assert "Total size" not in Document(html_of(REFUSED)).text.partition("Targets")[0]


def test_hostile_texts_stay_texts() -> None:
    """Whatever names and errors say, the page has the same elements and attributes as ever."""
    shown = Document(StatusPage("/metrics", STARTED).render(hostile_scrape(), NOW))
    plain = Document(html_of(READ, replace(READ, selection="nightly"), REFUSED))

    assert set(shown.tags) <= set(plain.tags) | {"code"}
    assert shown.attributes == plain.attributes
    assert shown.tags.count("style") == 1
    for text in HOSTILE:
        assert " ".join(text.split()) in shown.text


def test_links() -> None:
    """Metrics, configuration, health and readiness are linked, all relative to the page."""
    shown = Document(StatusPage("/a/metrics", STARTED).render(scrape(READ), NOW))

    assert shown.links == ["a/metrics", "config", "-/healthy", "-/ready"]


def test_a_path_is_escaped() -> None:
    """A telemetry path with characters that mean something in HTML stays one."""
    shown = Document(StatusPage("""/a"b<c>&'d""", STARTED).render(None, NOW))

    assert shown.links[0] == """a"b<c>&'d"""


def test_the_documentation_is_linked_where_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is that of the installed package's metadata; a checkout has none."""
    known = Message()
    known["Project-URL"] = "Source, https://example.com/source"
    known["Project-URL"] = "Documentation, https://example.com/docs"

    def unknown(name: str) -> Message:
        raise PackageNotFoundError(name)

    links = []
    for metadata in (lambda _name: known, lambda _name: Message(), unknown):
        monkeypatch.setattr(page_module, "metadata", metadata)
        links.append(Document(html_of(READ)).links[4:])
    assert links == [["https://example.com/docs"], [], []]


def test_the_policy_allows_the_one_style() -> None:
    """Nothing may be loaded or run, and the style by the hash of what stands in the page."""
    page = StatusPage("/metrics", STARTED)
    for state in (None, hostile_scrape()):
        (style,) = re.findall("<style>(.*?)</style>", page.render(state, NOW), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert page.policy == (
            f"default-src 'none'; style-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    assert not re.search(r"url\(|@import", style)
