"""Gives the process its logging back, since `exporter.logs.configure` changes that of all."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def kept_logging() -> Iterator[None]:
    """Restore at the block's end what was configured before it."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    structlog.reset_defaults()
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(level)
