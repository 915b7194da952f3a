"""Logging: one line an event on standard error, as logfmt or JSON, whoever writes it.

Texts of exceptions are left out of tracebacks: a library may print a URL, a header or a whole
answer in them. The exception's type and the places in the code remain.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import re
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
"""The names of ``--log.level``."""

FORMATS: Final = ("logfmt", "json")
"""The names of ``--log.format``."""

_STDERR: Final = 2
_MAX_EVENT_BYTES: Final = 10_000
_VALUE_LIMITS: Final = (4000, 1000, 200, 40)
_HEAD: Final = ("ts", "level", "event")
_MAX_FRAMES: Final = 20
_MAX_EXCEPTIONS: Final = 5
_SILENCE_SECONDS: Final = 60.0
_MOST_REMEMBERED: Final = 1000
_CONTROLS: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def configure(level: str, log_format: str) -> None:
    """Send structlog's and the standard library's events to standard error.

    The libraries' own (uvicorn's, asyncio's, httpx's) are never shown below a warning: httpx prints
    every URL, and the others tell nothing that the exporter does not tell itself.

    Args:
        level: the lowest that is shown, one of `LEVELS`.
        log_format: one of `FORMATS`.
    """
    structlog.configure(
        processors=[
            _stamp,
            structlog.processors.ExceptionRenderer(_without_texts),
            _Bounded(_json if log_format == "json" else _logfmt),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_args: _Stderr(),
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False
    logging.basicConfig(handlers=[_Bridge()], level=max(LEVELS[level], logging.WARNING), force=True)


class _Stderr:
    """Writes lines past Python's buffers, which would fail again at exit on a full disk."""

    def _write(self, line: str) -> None:
        # None if it was closed from the start: number 2 may then be a socket of ours.
        if sys.__stderr__ is not None:
            with contextlib.suppress(OSError):
                os.write(_STDERR, f"{line}\n".encode("utf-8", "backslashreplace"))

    debug = info = warning = error = critical = _write


class _Bridge(logging.Handler):
    """Hands events of the standard library's loggers to structlog, the same one once a minute.

    Some of them tell of a client's doing, uvicorn's of each malformed request for example: a client
    must not be able to fill a disk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._silent_until: dict[tuple[str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Log the first line only: those that follow show the insides of tasks and exceptions."""
        if not self._is_news(record.name, str(record.msg)):
            return
        try:
            event = record.getMessage().strip().partition("\n")[0]
        except Exception:  # noqa: BLE001 - a library's wrong arguments, or a repr that fails
            event = str(record.msg)
        level = max(known for known in (0, *LEVELS.values()) if known <= record.levelno)
        structlog.get_logger().log(
            level or logging.DEBUG, event, logger=record.name, exc_info=record.exc_info
        )

    def _is_news(self, logger: str, message: str) -> bool:
        """Tell whether this was not logged within the last minute; arguments make no difference."""
        now = time.monotonic()
        if now < self._silent_until.get((logger, message), now):
            return False
        if len(self._silent_until) >= _MOST_REMEMBERED:
            self._silent_until.clear()
        self._silent_until[logger, message] = now + _SILENCE_SECONDS
        return True


def _stamp(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the time and the level, named as ``--log.level`` names it, in front."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    level = {"warning": "warn", "critical": "error"}.get(method, method)
    return {"ts": f"{now}Z", "level": level, "event": event.pop("event", ""), **event}


def _without_texts(exc_info: ExcInfo) -> str:
    """Return types and places of an exception and those behind it, without texts and locals."""
    lines: list[str] = []
    waiting: list[BaseException] = [exc_info[1]]
    for _ in range(_MAX_EXCEPTIONS):
        if not waiting:
            break
        error = waiting.pop(0)
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        frames = list(traceback.walk_tb(error.__traceback__))[-_MAX_FRAMES:]
        lines.extend(
            f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_qualname}"
            for frame, line in frames
        )
        waiting.extend(_behind(error))
    return "\n".join(lines)


def _behind(error: BaseException) -> list[BaseException]:
    """Return the members of a group, and the cause or context of an exception."""
    members = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    context = None if error.__suppress_context__ else error.__context__
    before = error.__cause__ or context
    return [*members, before] if before is not None else members


class _Bounded:
    """Renders an event in at most `_MAX_EVENT_BYTES`, by cutting its longest values."""

    def __init__(self, render: Processor) -> None:
        self._render = render

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        for limit in _VALUE_LIMITS:
            try:
                cut = {key: _cut(value, limit) for key, value in event.items()}
                line = str(self._render(logger, method, cut))
            except Exception:  # noqa: BLE001 - a value's repr may fail; no log line may
                break
            if len(line.encode("utf-8", "backslashreplace")) <= _MAX_EVENT_BYTES:
                return line
        head = {key: _cut(str(event[key]), _VALUE_LIMITS[-1]) for key in _HEAD}
        return str(self._render(logger, method, {**head, "incomplete": True}))


def _cut(value: object, limit: int) -> object:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}..."


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(event)


def _logfmt(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """Render with control characters written out, so that nothing steers a terminal."""
    plain = {
        key: _CONTROLS.sub(lambda match: ascii(match.group())[1:-1], value)
        if isinstance(value, str)
        else value
        for key, value in event.items()
        if value is not None
    }
    return structlog.processors.LogfmtRenderer(bool_as_flag=False)(logger, method, plain)
