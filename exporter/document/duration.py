"""Lengths of time as Prometheus writes them: ``500ms``, ``10s``, ``1h30m``, ``1d``."""

from __future__ import annotations

import re
from typing import Final

_MILLISECONDS: Final = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
# Nine digits are more than any range allows, and keep the sum far inside a float.
_PATTERN: Final = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit})?" for unit in _MILLISECONDS))


def parse_duration(text: str) -> float:
    """Return the seconds that `text` names.

    The format is that of Prometheus's own configuration: whole numbers, each with its unit, the
    largest unit first and each at most once; a year has 365 days, and ``0`` needs no unit.

    Raises:
        ValueError: it is no duration. The text is not in the words.
    """
    match = _PATTERN.fullmatch(text)
    if text != "0" and (match is None or not text):
        message = "not a duration such as 500ms, 10s or 1h30m"
        raise ValueError(message)
    numbers = match.groups(default="0") if match else ()
    amounts = zip(numbers, _MILLISECONDS.values(), strict=False)
    return sum(int(number) * size for number, size in amounts) / 1000
