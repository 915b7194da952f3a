"""Numbers, sizes and times in words."""

from __future__ import annotations

import pytest

from exporter.status import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (20 * 2**30, "20 GiB"),
        (1536 * 2**30, "1.5 TiB"),
        (2**50 - 1, "1024 TiB"),
        (2**50, "1 PiB"),
        (1_162_233_182_683_136, "1.032 PiB"),
        (2**70, "1024 EiB"),
    ],
)
def test_size(value: int, text: str) -> None:
    """A size has four figures, in the unit of which there is at least one."""
    assert words.size(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5.0, "0 seconds"),
        (0.9, "0 seconds"),
        (1.0, "1 second"),
        (119.9, "119 seconds"),
        (120.0, "2 minutes"),
        (7199.0, "119 minutes"),
        (7200.0, "2 hours"),
        (172_799.0, "47 hours"),
        (172_800.0, "2 days"),
        (412 * 86_400.0, "412 days"),
        (730 * 86_400.0 - 1, "729 days"),
        (730 * 86_400.0, "2 years"),
        (1095 * 86_400.0 - 1, "2 years"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    """An age is rounded down, in the unit that leaves it two figures or more."""
    assert words.age(seconds) == text


def test_numbers() -> None:
    """Thousands stand apart, and a noun follows its number."""
    assert words.number(1234567) == "1,234,567"
    assert [words.count(n, "target") for n in (0, 1, 2000)] == [
        "0 targets",
        "1 target",
        "2,000 targets",
    ]


def test_moments() -> None:
    """A moment is told in UTC, to people and to machines."""
    assert words.moment(1_750_000_000.9) == "2025-06-15 15:06:40 UTC"
    assert words.machine_time(1_750_000_000.9) == "2025-06-15T15:06:40+00:00"
    assert words.took(0.4251) == "0.43 s"
