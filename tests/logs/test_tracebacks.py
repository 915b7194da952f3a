"""What an exception leaves in the log."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from exporter import logs


def _failing() -> None:
    local = "secret local"
    try:
        int("secret cause")
    except ValueError as cause:
        message = f"secret text {local}"
        raise KeyError(message) from cause


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_tracebacks_show_places_alone(log_format: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Types and code lines of an exception and its cause are there, texts and locals are not."""
    logs.configure("info", log_format)

    try:
        _failing()
    except KeyError:
        structlog.get_logger().exception("fault")
        logging.getLogger("asyncio").exception("fault")

    written = capfd.readouterr().err
    assert written.count("\n") == 2
    for expected in ("builtins.ValueError", "builtins.KeyError", f"{__file__}:", "in _failing"):
        assert written.count(expected) >= 2
    assert "secret" not in written


def test_groups_and_contexts_are_followed(capfd: pytest.CaptureFixture[str]) -> None:
    """The members of a group and an exception's context are named; a suppressed one is not."""
    logs.configure("info", "json")
    suppressing = TypeError()
    suppressing.__context__, suppressing.__suppress_context__ = OSError(), True
    within = KeyError()
    within.__context__ = LookupError()

    structlog.get_logger().error("fault", exc_info=ExceptionGroup("", [suppressing, within]))

    assert json.loads(capfd.readouterr().err)["exception"].splitlines() == [
        "builtins.ExceptionGroup",
        "builtins.TypeError",
        "builtins.KeyError",
        "builtins.LookupError",
    ]


def test_a_flood_of_exceptions_is_cut(capfd: pytest.CaptureFixture[str]) -> None:
    """Of a group with many members the first ones are named."""
    logs.configure("info", "json")
    group = ExceptionGroup("", [ValueError() for _ in range(1000)])

    structlog.get_logger().error("fault", exc_info=group)

    assert len(json.loads(capfd.readouterr().err)["exception"].splitlines()) == 5
