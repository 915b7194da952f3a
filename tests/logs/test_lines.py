"""The form of a line, the levels, and what libraries write."""

from __future__ import annotations

import json
import logging
import re

import pytest
import structlog

from exporter import logs

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def test_logfmt_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """A line has time, level and event first, then the rest; None is left out."""
    logs.configure("info", "logfmt")

    structlog.get_logger().info("target failed", region=7, name='a "b"', ok=True, nothing=None)

    line = capfd.readouterr().err
    assert re.fullmatch(
        rf'ts={STAMP} level=info event="target failed" region=7 name="a \\"b\\"" ok=true\n', line
    )


def test_json_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """The same as one JSON object a line."""
    logs.configure("info", "json")

    structlog.get_logger().warning("target failed", region=7, ratio=0.5, nothing=None)

    line = json.loads(capfd.readouterr().err)
    assert re.fullmatch(STAMP, line.pop("ts"))
    assert line == {
        "level": "warn",
        "event": "target failed",
        "region": 7,
        "ratio": 0.5,
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        ("debug", ["debug", "info", "warn", "error", "error"]),
        ("info", ["info", "warn", "error", "error"]),
        ("warn", ["warn", "error", "error"]),
        ("error", ["error", "error"]),
    ],
)
def test_levels_filter(level: str, shown: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Only events from the level on are written, under the flag's names."""
    logs.configure(level, "json")
    log = structlog.get_logger()

    for write in (log.debug, log.info, log.warning, log.error, log.critical):
        write("event")

    assert [json.loads(line)["level"] for line in capfd.readouterr().err.splitlines()] == shown


def test_libraries_write_through_the_same_renderer(capfd: pytest.CaptureFixture[str]) -> None:
    """The standard library's loggers give lines of the same form, with the logger's name."""
    logs.configure("info", "json")

    logging.getLogger("uvicorn.error").warning("Invalid %s\nsecond line", "request")
    logging.getLogger("uvicorn.error").log(35, "between")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(one["level"], one["event"], one["logger"]) for one in lines] == [
        ("warn", "Invalid request", "uvicorn.error"),
        ("warn", "between", "uvicorn.error"),
    ]


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "uvicorn.error", "asyncio"])
def test_libraries_are_silent_below_warnings(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Even at debug level no library prints what it does: httpx would print URLs."""
    logs.configure("debug", "logfmt")

    logging.getLogger(name).info("HTTP Request: GET https://api.gcore.com/")
    logging.getLogger(name).debug("headers")

    assert capfd.readouterr().err == ""


def test_a_library_with_wrong_arguments_is_harmless(capfd: pytest.CaptureFixture[str]) -> None:
    """A message that cannot be formatted is written as it is."""
    logs.configure("info", "json")

    wrong = ("a",)
    logging.getLogger("library").error("%d of %d", *wrong)

    assert json.loads(capfd.readouterr().err)["event"] == "%d of %d"


def test_an_unknown_low_level_is_debug(capfd: pytest.CaptureFixture[str]) -> None:
    """A library's own level below debug is written as debug, if it is written at all."""
    logs.configure("debug", "json")
    logging.getLogger("library").setLevel(1)

    logging.getLogger("library").log(5, "trace")
    logging.getLogger("library").setLevel(logging.NOTSET)

    assert json.loads(capfd.readouterr().err)["level"] == "debug"
