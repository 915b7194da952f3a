"""The rate limit."""

from __future__ import annotations

import pytest

from exporter.web.bucket import TokenBucket
from exporter.web.options import RateLimit


def test_a_burst_and_then_one_each_interval() -> None:
    """After the burst a request passes once in an interval, and the wait is told."""
    bucket = TokenBucket(RateLimit(interval=2, burst=3), now=100)
    assert [bucket.take(100) for _ in range(4)] == [0, 0, 0, 2]
    assert bucket.take(101.5) == 0.5
    assert [bucket.take(102), bucket.take(102)] == [0, 2]


def test_no_more_than_a_burst_is_saved_up() -> None:
    """A day of silence is good for one burst."""
    bucket = TokenBucket(RateLimit(interval=1, burst=2), now=0)
    assert [bucket.take(86400) for _ in range(3)] == [0, 0, 1]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """Nor does it take anything."""
    bucket = TokenBucket(RateLimit(interval=1, burst=1), now=10)
    assert [bucket.take(10), bucket.take(5), bucket.take(10.5)] == [0, 1, pytest.approx(0.5)]
