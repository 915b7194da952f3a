"""What becomes of a fault of ours: one log line and a reason, without any data."""

from __future__ import annotations

import traceback

import structlog

from exporter.errors import ReadError, Reason


def logged(fault: BaseException) -> ReadError:
    """Log where a fault came from, and return the error that it is to those who wait.

    Neither has the exception's own words, which may quote data or the key.
    """
    name = type(fault).__name__
    frames = "".join(traceback.format_tb(fault.__traceback__))
    structlog.get_logger().error("fault in the exporter", fault=name, frames=frames)
    return ReadError(Reason.UNEXPECTED, f"a fault in the exporter: {name}")
