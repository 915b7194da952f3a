"""Scrapes made by hand, and the page that shows them, read back."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from exporter.errors import Reason
from exporter.models import GIB
from exporter.status.page import StatusPage
from exporter.status.summary import Failure, Figures, ScrapeSummary, TargetSummary

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW: Final = 1_750_000_000.0
"""Unix seconds at which the page is opened: 2025-06-15 15:06:40 UTC."""

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
STARTED: Final = NOW - 3 * DAY
NONE: Final = "\N{EN DASH}"
"""What a figure that does not exist is shown as."""

HOSTILE: Final = (
    "<script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "</style><style>body{display:none}</style>",
    "\"' onmouseover='document.title=1'",
    "{{ 7 * 7 }}{% for",
    "&lt;b&gt; &amp;",
    "\u202egnp.exe",
    "half a pair: \ud83d",
    "x" * 1024,
)
"""Names and texts that must stay text."""

FIGURES: Final = Figures(
    snapshots=3214,
    size=1536 * GIB,
    newest=NOW - 14 * HOUR,
    oldest=NOW - 412 * DAY,
    incomplete=0,
    omitted={},
)

READ: Final = TargetSummary(
    project_id=1337,
    region_id=7,
    region="Luxembourg 1",
    selection=None,
    read_at=NOW - 12,
    duration=0.4242,
    pages=4,
    last_success=NOW - 12,
    outcome=FIGURES,
)
"""A target that was read."""

REFUSED: Final = replace(
    READ,
    region_id=12,
    region="Frankfurt",
    pages=0,
    last_success=NOW - 3 * HOUR,
    outcome=Failure(Reason.FORBIDDEN, "the API answered 403: no right", "request-1"),
)
"""A target that could not be read."""


def scrape(*targets: TargetSummary) -> ScrapeSummary:
    """Return a scrape of these targets that ended 12 seconds ago."""
    return ScrapeSummary(NOW - 12, targets)


def hostile_scrape() -> ScrapeSummary:
    """Return a scrape with each of `HOSTILE` as every text that comes from outside."""
    return scrape(
        *(
            target
            for number, text in enumerate(HOSTILE, start=1)
            for target in (
                replace(READ, region_id=number, region=text, selection=text),
                replace(
                    REFUSED,
                    region_id=100 + number,
                    region=text,
                    outcome=Failure(Reason.SERVER, text, text),
                ),
            )
        )
    )


def html_of(*targets: TargetSummary) -> str:
    """Return the page's HTML after a scrape of these targets."""
    return StatusPage("/metrics", STARTED).render(scrape(*targets), NOW)


class Document(HTMLParser):
    """A page as a browser would take it apart.

    Attributes:
        tags: the elements' names, in order.
        attributes: the attributes' names, all together.
        links: where the links lead.
        rows: the texts of each row's cells.
        text: all that can be read, with single blanks.
        title: the page's.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.title = ""
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links.extend(value or "" for name, value in attrs if (tag, name) == ("a", "href"))
        if tag not in {"meta", "img"}:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag in {"li", "span"} and self.rows and self.rows[-1]:
            self.rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        """Note the element's end, which has to be there."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text."""
        if "style" in self._open:
            return
        if "title" in self._open:
            self.title += data
            return
        self._words.append(data)
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    def targets(self) -> Iterator[list[str]]:
        """Give the cells of the rows that show a target."""
        return (row for row in self.rows[1:] if len(row) > 1)
