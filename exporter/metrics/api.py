"""The counters of requests to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

_DURATION_BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: from a fast small page to three times the default request timeout."""

_ENDPOINTS: Final = ("snapshots", "regions")


class ApiMetrics:
    """Counts what the client tells of its requests; lives as long as the process."""

    def __init__(self) -> None:
        self._requests = Counter(
            "gcore_api_requests_total",
            "Answers of the API by HTTP status code; code error when there was no answer.",
            ("endpoint", "code"),
            registry=None,
        )
        self._durations = Histogram(
            "gcore_api_request_duration_seconds",
            "Seconds from sending a request to the end of the answer's body.",
            ("endpoint",),
            registry=None,
            buckets=_DURATION_BUCKETS,
        )
        self._retries = Counter(
            "gcore_api_retries_total",
            "Requests to the API that were sent again.",
            ("endpoint",),
            registry=None,
        )
        for endpoint in _ENDPOINTS:
            self._durations.labels(endpoint)
            self._retries.labels(endpoint)

    def answered(self, endpoint: str, code: str, seconds: float) -> None:
        """Count an answer; `code` is the status, or ``error`` when there was none."""
        self._requests.labels(endpoint, code).inc()
        self._durations.labels(endpoint).observe(seconds)

    def retried(self, endpoint: str) -> None:
        """Count a request that is sent again."""
        self._retries.labels(endpoint).inc()

    def collect(self) -> Iterator[Metric]:
        """Give the families, without the ``_created`` series that prometheus_client adds."""
        for counted in (self._requests, self._durations, self._retries):
            for family in counted.collect():
                family.samples = [s for s in family.samples if not s.name.endswith("_created")]
                yield family
