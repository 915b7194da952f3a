"""Every error this package raises on purpose.

::

    ExporterError
    ├── ConfigError        the configuration (file, environment, flag) cannot be used
    └── ReadError          one target, or the list of regions, could not be read; has a `Reason`

A library's own exceptions never leave the module that calls the library: they become one of these,
with words of ours, since a library may print a URL, a header or a line of the file.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Reason(StrEnum):
    """Why a target could not be read: the closed set of the label ``reason``."""

    AUTH = "auth"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    PAYLOAD = "payload"
    INCONSISTENT = "inconsistent"
    UNEXPECTED = "unexpected"


REMEDIES: Final[Mapping[Reason, str]] = {
    Reason.AUTH: (
        "The API refused the key (401). Check `api.key`, `api.key_file` or `GCORE_API_KEY`; "
        "a token that expired or was deleted must be made anew."
    ),
    Reason.FORBIDDEN: (
        "The key is good but may not read this project or region (403). Give its user a role "
        "that can read block storage in the project."
    ),
    Reason.NOT_FOUND: (
        "The API does not know this project or region, or not for this key (404). Check "
        "`project_id` and the region's id."
    ),
    Reason.RATE_LIMITED: (
        "The API asked to slow down (429). Scrape less often, set `scrape.cache_ttl`, or lower "
        "`api.max_concurrency`."
    ),
    Reason.SERVER: (
        "The API answered with an error of its own (5xx) each time. Look at Gcore's status page; "
        "give support the `request_id` from the log."
    ),
    Reason.TIMEOUT: (
        "The region was not read in the time that the scrape had. Raise `scrape_timeout` in "
        "Prometheus, and `api.request_timeout` if single requests are slow."
    ),
    Reason.CONNECTION: (
        "No connection to the API: DNS, a refused or reset connection, or TLS. Check `api.url`, "
        "the firewall and the clock of this machine."
    ),
    Reason.PAYLOAD: (
        "The answer was no list of snapshots: not JSON, not the schema, cut short or too large. "
        "Check that `api.url` is the API and no proxy's error page."
    ),
    Reason.INCONSISTENT: (
        "The list kept changing while it was read, so its numbers could not be trusted. It "
        "usually heals by the next scrape; if it stays, raise `scrape_timeout`."
    ),
    Reason.UNEXPECTED: (
        "An answer that the API does not document, a redirect for example, or a fault in the "
        "exporter. The log line says which; please report the latter."
    ),
}
"""What an operator does about each reason; README and log lines share these words."""


class ExporterError(Exception):
    """Base of all errors of this package."""


class ConfigError(ExporterError):
    """The configuration cannot be used.

    Attributes:
        problems: each a sentence with the place, what is wrong and what would be right;
            never the text of a line, which may hold the key.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


class ReadError(ExporterError):
    """A target, or the list of regions, could not be read.

    Attributes:
        reason: the member of the closed set that metrics and logs show.
        status: HTTP status of the last answer; None when there was none.
        request_id: the API's own id of the failed request, if it told one.
        attempts: requests sent for the part that failed, retries included.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status
        self.request_id = request_id
        self.attempts = attempts
