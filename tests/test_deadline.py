"""The moment by which a scrape must be over."""

from __future__ import annotations

import asyncio

import pytest

from exporter.deadline import Deadline


async def test_deadline_lies_ahead_on_the_loops_clock() -> None:
    """It is counted from the running loop's now, so a step of the wall clock does not matter."""
    loop = asyncio.get_running_loop()
    earliest = loop.time() + 60
    deadline = Deadline.after(60)
    assert earliest <= deadline.at <= loop.time() + 60
    assert 0 < deadline.remaining() <= 60


async def test_past_deadline_has_less_than_nothing_left() -> None:
    """What remains turns negative, so that nobody waits for it."""
    assert Deadline.after(-5).remaining() <= -5


@pytest.mark.parametrize(("at", "expected"), [(9.0, 10.0), (10.0, 10.0), (11.0, 11.0)])
def test_deadline_only_moves_later(at: float, expected: float) -> None:
    """An earlier moment does not take time from those who wait already."""
    deadline = Deadline(10.0)
    deadline.extend(at)
    assert deadline.at == expected


def test_deadline_belongs_to_a_running_loop() -> None:
    """Without a loop there is no clock to count on."""
    with pytest.raises(RuntimeError):
        Deadline.after(1)
    with pytest.raises(RuntimeError):
        Deadline(1.0).remaining()
