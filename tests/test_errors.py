"""The error tree and the closed set of reasons."""

from __future__ import annotations

import pytest

from exporter.errors import REMEDIES, ConfigError, ExporterError, ReadError, Reason


def test_reasons_are_those_of_the_contract() -> None:
    """Alerts name these: the set is closed."""
    assert [reason.value for reason in Reason] == [
        "auth",
        "forbidden",
        "not_found",
        "rate_limited",
        "server",
        "timeout",
        "connection",
        "payload",
        "inconsistent",
        "unexpected",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_remedy(reason: Reason) -> None:
    """README and log say for every reason what to do, in two sentences at least."""
    words = REMEDIES[reason]
    assert words.endswith(".")
    assert words.count(". ") >= 1
    assert words[0].isupper()


def test_there_is_no_remedy_beyond_the_reasons() -> None:
    """The table has a row for each reason, in the same order, and no other."""
    assert list(REMEDIES) == list(Reason)


def test_config_error_tells_each_problem_on_its_line() -> None:
    """Several mistakes are told together."""
    error = ConfigError(problem for problem in ("one is wrong", "two is wrong"))
    assert error.problems == ("one is wrong", "two is wrong")
    assert str(error) == "one is wrong\ntwo is wrong"
    assert isinstance(error, ExporterError)


def test_read_error_has_what_the_log_line_needs() -> None:
    """What is not told is absent, but a failure took one attempt at least."""
    bare = ReadError(Reason.TIMEOUT, "too late")
    assert (bare.status, bare.request_id, bare.attempts) == (None, None, 1)
    full = ReadError(Reason.SERVER, "broken", status=502, request_id="abc", attempts=3)
    assert (full.reason, full.status, full.request_id, full.attempts) == (
        Reason.SERVER,
        502,
        "abc",
        3,
    )
    assert str(full) == "broken"
    assert isinstance(full, ExporterError)
