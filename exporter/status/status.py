"""The last scrape and the configuration in force, and the pages that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from exporter.replies import HEADERS
from exporter.status.configuration import configuration_yaml
from exporter.status.page import StatusPage
from exporter.status.summary import ScrapeSummary, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.config import Config
    from exporter.reading import Reading

_HEADERS: Final[Mapping[str, str]] = {
    **HEADERS,
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


class Status:
    """Remembers the last scrape for the pages; showing them reads nothing.

    Args:
        config: the configuration in force.
        telemetry_path: where the metrics are.
        clock: Unix seconds now.
    """

    def __init__(self, config: Config, telemetry_path: str, clock: Callable[[], float]) -> None:
        self._config = config
        self._problems: Sequence[str] = ()
        self._clock = clock
        self._page = StatusPage(telemetry_path, clock())
        self._scrape: ScrapeSummary | None = None

    def record(self, readings: Sequence[Reading]) -> None:
        """Take the result of a scrape that ends now; the readings are not kept."""
        self._scrape = summarize(readings, self._clock())

    def reloaded(self, config: Config, problems: Sequence[str]) -> None:
        """Take the result of a reload.

        Args:
            config: what is in force now.
            problems: why it is not the new one; empty if it is.
        """
        self._config, self._problems = config, problems

    def pages(self) -> Mapping[str, Callable[[], Response]]:
        """Return the pages by path."""
        return {"/": self._status, "/config": self._configuration}

    def _status(self) -> Response:
        html = self._page.render(self._scrape, self._clock(), self._problems)
        headers = {**_HEADERS, "Content-Security-Policy": self._page.policy}
        # A name may hold half of a surrogate pair, which has no UTF-8 form.
        return HTMLResponse(html.encode("utf-8", "replace"), headers=headers)

    def _configuration(self) -> Response:
        return PlainTextResponse(configuration_yaml(self._config), headers=_HEADERS)
