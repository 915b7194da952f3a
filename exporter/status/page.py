"""The status page: HTML from the templates beside this module, without script."""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import PackageNotFoundError, metadata
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from exporter import __version__
from exporter.errors import REMEDIES
from exporter.status import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.status.summary import ScrapeSummary

_DISTRIBUTION: Final = "gcore-snapshot-exporter"
_MOST_NAMED: Final = 8
"""Targets of one reason that are named above the table, which marks them all."""


class StatusPage:
    """Renders the page.

    Every text is escaped on its way into the HTML: names and errors come from outside.

    Args:
        telemetry_path: where the metrics are.
        started: when the exporter started, in Unix seconds.

    Attributes:
        policy: the value of ``Content-Security-Policy`` under which the page is to be shown.
    """

    def __init__(self, telemetry_path: str, started: float) -> None:
        templates = Environment(
            loader=PackageLoader("exporter.status"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters |= {
            "age": words.age,
            "count": words.count,
            "machine_time": words.machine_time,
            "moment": words.moment,
            "number": words.number,
            "size": words.size,
            "took": words.took,
        }
        self._template = templates.get_template("status.html")
        style = templates.get_template("style.css").render()
        self.policy = _policy(style)
        self._steady: Mapping[str, object] = {
            # Relative, so that they also lead on behind a proxy that serves us below a path.
            "metrics": telemetry_path.removeprefix("/"),
            "documentation": _documentation(),
            "most_named": _MOST_NAMED,
            "remedies": REMEDIES,
            "started": started,
            "version": __version__,
        }

    def render(self, scrape: ScrapeSummary | None, now: float, problems: Sequence[str] = ()) -> str:
        """Return the page's HTML.

        Args:
            scrape: the last scrape; None before the first.
            now: Unix seconds.
            problems: why the last reload of the configuration failed; empty if it did not.
        """
        return self._template.render(self._steady, scrape=scrape, now=now, problems=problems)


def _documentation() -> str | None:
    """Return where the installed package says that its documentation is; None if it says nothing.

    The exporter may also run from a checkout, which is no installed package.
    """
    try:
        urls = metadata(_DISTRIBUTION).get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    links = (url.partition(", ") for url in urls)
    return next((address for label, _, address in links if label == "Documentation"), None)


def _policy(style: str) -> str:
    """Return the policy that allows this one style and nothing else, neither frames nor forms."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
