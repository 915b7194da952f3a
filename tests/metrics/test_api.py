"""The counters of requests to the API."""

from __future__ import annotations

from exporter.metrics import ApiMetrics
from tests.metrics.readings import by_name


def test_counters_that_have_no_code_start_at_0() -> None:
    """The first retry is an increase then, which `rate` sees."""
    found = by_name(ApiMetrics().collect())
    assert found["gcore_api_retries_total"] == {("snapshots",): 0, ("regions",): 0}
    assert found["gcore_api_request_duration_seconds_count"] == {("snapshots",): 0, ("regions",): 0}
    assert "gcore_api_requests_total" not in found


def test_answers_are_counted_by_code_and_timed() -> None:
    """A request without an answer is one with the code `error`."""
    api = ApiMetrics()
    api.answered("snapshots", "200", 0.1)
    api.answered("snapshots", "200", 0.3)
    api.answered("snapshots", "error", 60.0)
    api.answered("regions", "401", 0.01)
    found = by_name(api.collect())
    assert found["gcore_api_requests_total"] == {
        ("snapshots", "200"): 2,
        ("snapshots", "error"): 1,
        ("regions", "401"): 1,
    }
    buckets = found["gcore_api_request_duration_seconds_bucket"]
    assert buckets["snapshots", "0.1"] == 1
    assert buckets["snapshots", "0.5"] == 2
    assert buckets["snapshots", "30.0"] == 2
    assert buckets["snapshots", "+Inf"] == 3
    assert found["gcore_api_request_duration_seconds_sum"]["regions",] == 0.01


def test_retries_are_counted_by_endpoint() -> None:
    """Apart from the answers."""
    api = ApiMetrics()
    api.retried("regions")
    assert by_name(api.collect())["gcore_api_retries_total"] == {("snapshots",): 0, ("regions",): 1}


def test_each_exporter_counts_for_itself() -> None:
    """No global registry: two in one process do not meet."""
    one, other = ApiMetrics(), ApiMetrics()
    one.retried("regions")
    assert by_name(other.collect())["gcore_api_retries_total"]["regions",] == 0
