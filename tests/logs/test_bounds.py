"""Any event is one line of bounded length without secrets, and writing it never fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter import logs
from exporter.credentials import Secret


@pytest.mark.parametrize("log_format", logs.FORMATS)
@pytest.mark.parametrize(
    "values",
    [
        {"text": "x" * 100_000},
        {f"text{number}": "\u20ac" * 5000 for number in range(20)},
        {f"key{number}": number for number in range(5000)},
        {"k" * 20_000: 1},
    ],
)
def test_an_event_is_bounded(
    log_format: str, values: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    """Long values are cut, too many are left out, and time, level and event remain."""
    logs.configure("info", log_format)

    structlog.get_logger().info("event " * 20_000, **values)

    written = capfd.readouterr().err
    assert written.count("\n") == 1
    assert len(written.encode()) <= 10_001
    assert "event event" in written


class _Unprintable:
    def __repr__(self) -> str:
        message = "secret"
        raise ValueError(message)


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_a_value_that_cannot_be_shown_costs_the_rest(
    log_format: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A value whose own repr fails does not fail the code that logs it."""
    logs.configure("info", log_format)

    structlog.get_logger().info("event", bad=_Unprintable())

    written = capfd.readouterr().err
    assert "event" in written
    assert "incomplete" in written


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_secrets_stay_secret(log_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A key that is logged by mistake, alone or inside something, shows as `<secret>`."""
    logs.configure("debug", log_format)
    key = Secret("1234$abcdef")

    structlog.get_logger().info("event", key=key, inside=[key], also={"key": key})

    written = capfd.readouterr().err
    assert "abcdef" not in written
    assert written.count("<secret>") == 3


@given(event=st.text(), value=st.text() | st.floats() | st.integers() | st.binary())
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_any_event_is_one_line(
    log_format: str, event: str, value: object, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing in an event breaks its line, steers a terminal or is invalid JSON."""
    logs.configure("info", log_format)
    capfd.readouterr()

    structlog.get_logger().info(event, value=value)

    written = capfd.readouterr().err
    assert written.endswith("\n")
    assert len(written.splitlines()) == 1
    assert re.search(r"[\x00-\x1f\x7f-\x9f]", written[:-1]) is None
    if log_format == "json":
        json.loads(written, parse_constant=pytest.fail)


_PROGRAM = """
import structlog
from exporter import logs
logs.configure("info", "logfmt")
structlog.get_logger().info("event")
print("went on")
"""


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_takes_nothing_is_harmless(redirection: str) -> None:
    """With standard error closed, or its disk full, the program goes on and ends with 0."""
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, _PROGRAM],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )

    assert (ended.returncode, ended.stdout) == (0, "went on\n")


def test_a_stderr_that_nobody_reads_is_harmless(capfd: pytest.CaptureFixture[str]) -> None:
    """A pipe whose reader is gone costs the line alone."""
    logs.configure("info", "logfmt")
    reader, writer = os.pipe()
    os.close(reader)
    kept = os.dup(2)
    os.dup2(writer, 2)
    try:
        structlog.get_logger().info("lost")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writer)
    structlog.get_logger().info("seen")

    assert "event=seen" in capfd.readouterr().err
