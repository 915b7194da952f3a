"""Durations are read as Prometheus reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.document.duration import parse_duration

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("1m", 60),
        ("1h30m", 5400),
        ("1d", 86_400),
        ("1w", 604_800),
        ("1y", 31_536_000),
        ("1d12h", 129_600),
        ("0s", 0),
        ("0", 0),
        ("007s", 7),
    ],
)
def test_duration_in_seconds(text: str, seconds: float) -> None:
    """Each unit, and units after one another, give their seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "10", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1s\n", "1S", "1min"),
        *("30m1h", "1h1h", "1M", "1e3s", "\u0661s", "1234567890s", "1h 30m"),
    ],
)
def test_what_is_no_duration(text: str) -> None:
    """Another spelling is refused, with words that don't quote it."""
    with pytest.raises(ValueError, match=r"\Anot a duration such as 500ms, 10s or 1h30m\Z"):
        parse_duration(text)


@given(st.fixed_dictionaries({unit: st.integers(0, 10_000) for unit in UNITS}))
def test_duration_is_the_sum_of_its_parts(parts: dict[str, int]) -> None:
    """Whatever the amounts, the parts add up."""
    text = "".join(f"{parts[unit]}{unit}" for unit in UNITS)
    assert parse_duration(text) == sum(UNITS[unit] * parts[unit] for unit in UNITS) / 1000
