"""Ages: how old the snapshots are at the moment of exposition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory import Ages
from tests.inventory.facts import DAY, NOW


def test_bounds_of_buckets_are_inclusive() -> None:
    """An age that is just the bound counts below it, as `le` says; a half second more does not."""
    ages = Ages([NOW - DAY - 0.5, NOW - DAY, NOW - DAY + 0.5])
    assert ages.buckets([DAY - 0.5, DAY, DAY + 0.5], NOW) == [1, 2, 3]


def test_buckets_are_cumulative() -> None:
    """Each bound counts all that are younger too."""
    ages = Ages([NOW - days * DAY for days in (0, 2, 10, 40, 100, 200, 1000)])
    bounds = [days * DAY for days in (1, 7, 30, 90, 180, 365)]
    assert ages.buckets(bounds, NOW) == [1, 2, 3, 4, 5, 6]
    assert len(ages) == 7


def test_snapshot_from_the_future_has_the_age_0() -> None:
    """It is in every bucket and takes nothing from the sum; its time stays as it is."""
    ages = Ages([NOW + 3600, NOW - 100])
    assert ages.buckets([0, 99, 100], NOW) == [1, 1, 2]
    assert ages.total(NOW) == 100
    assert Ages([NOW + 3600]).oldest() == NOW + 3600


def test_ages_move_on_with_the_clock() -> None:
    """The same snapshots are older at a later moment, and one ahead of us comes of age."""
    ages = Ages([NOW, NOW + 10])
    assert ages.total(NOW) == 0
    assert ages.total(NOW + 10) == 10
    assert ages.total(NOW + 60) == 60 + 50
    assert ages.buckets([50], NOW + 60) == [1]


def test_without_snapshots_there_is_no_oldest() -> None:
    """The sum of nothing is 0, but no time is made up."""
    ages = Ages([])
    assert ages.oldest() is None
    assert len(ages) == 0
    assert ages.total(NOW) == 0
    assert ages.buckets([DAY], NOW) == [0]
    assert ages.buckets([], NOW) == []


def test_oldest_is_the_earliest() -> None:
    """Whatever the order they come in."""
    assert Ages([NOW, NOW - 9, NOW - 5]).oldest() == NOW - 9


def test_caller_keeps_its_times() -> None:
    """The sequence that is handed in is not sorted in place."""
    created = [3.0, 1.0, 2.0]
    Ages(created)
    assert created == [3.0, 1.0, 2.0]


@given(
    created=st.lists(st.floats(NOW - 9000 * DAY, NOW + DAY)),
    now=st.floats(NOW - DAY, NOW + DAY),
    bound=st.floats(0, 900 * DAY),
)
def test_sum_and_counts_are_those_of_the_single_ages(
    created: list[float], now: float, bound: float
) -> None:
    """Also for fractions of seconds, as far as floats of today's time are exact (0.2 us)."""
    ages = [max(0.0, now - moment) for moment in created]
    tested = Ages(created)
    assert tested.total(now) == pytest.approx(sum(ages), abs=1e-3 * (1 + len(created)))
    (count,) = tested.buckets([bound], now)
    assert sum(age <= bound - 1e-6 for age in ages) <= count
    assert count <= sum(age <= bound + 1e-6 for age in ages)
