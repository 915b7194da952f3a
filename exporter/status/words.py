"""Numbers, sizes, times and lengths of time as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_STEP: Final = 1024

# Each unit is used up to the seconds before it, so that an age has two figures or more: "47 hours".
_AGES: Final = (
    (2 * 60, 1, "second"),
    (2 * 3600, 60, "minute"),
    (2 * 86_400, 3600, "hour"),
    (2 * 365 * 86_400, 86_400, "day"),
)
_YEAR: Final = 365 * 86_400


def number(value: int) -> str:
    """Return a whole number with its thousands apart: ``3,214``."""
    return f"{value:,}"


def count(value: int, noun: str) -> str:
    """Return a number and what it counts: ``1 target``, ``3,214 targets``."""
    return f"{number(value)} {noun}{'s' * (value != 1)}"


def size(value: int) -> str:
    """Return bytes with four figures, in the largest unit of which there is one: ``1.5 TiB``."""
    amount, units = float(value), iter(_UNITS)
    unit = next(units)
    while amount >= _STEP and unit != _UNITS[-1]:
        amount, unit = amount / _STEP, next(units)
    return f"{amount:.4g} {unit}"


def age(seconds: float) -> str:
    """Return a length of time in one unit, rounded down: ``47 hours``; a negative one is 0."""
    whole = max(0, int(seconds))
    for below, unit, noun in _AGES:
        if whole < below:
            return count(whole // unit, noun)
    return count(whole // _YEAR, "year")


def took(seconds: float) -> str:
    """Return how long something took: ``0.42 s``."""
    return f"{seconds:.2f} s"


def moment(timestamp: float) -> str:
    """Return a moment in Unix seconds as a date and time: ``2026-11-24 11:49:04 UTC``."""
    return datetime.fromtimestamp(int(timestamp), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def machine_time(timestamp: float) -> str:
    """Return a moment in Unix seconds as HTML's ``datetime`` wants it."""
    return datetime.fromtimestamp(int(timestamp), UTC).isoformat()
