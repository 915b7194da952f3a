"""Thousands of walks over lists that change meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walk.simulation import ChangingList, anywhere, append, prepend, simulate

if TYPE_CHECKING:
    from tests.walk.simulation import Order

ROWS = 1200
PAGE_SIZE = 200
SHORTEST = 7
"""Pages of 200 rows that overlap by 20 and cover 1,200 rows."""


@pytest.mark.parametrize("rate", [0, 0.03, 1, 8])
@pytest.mark.parametrize("order", [append, prepend, anywhere])
def test_stable_order_misses_and_doubles_nothing(order: Order, rate: float) -> None:
    """At any rate of change every row that stays is seen once, for few requests more."""
    walks, accepted, requests = 170, 0, 0
    for seed in range(walks):
        changing = ChangingList(seed, ROWS, rate, rate, order)
        outcome = simulate(changing, PAGE_SIZE)
        requests += outcome.requests
        if outcome.ids is None:
            continue
        accepted += 1
        assert len(outcome.ids) == len(set(outcome.ids))
        assert changing.stable <= set(outcome.ids) <= changing.everything
    assert accepted >= 0.99 * walks
    assert requests <= 1.25 * SHORTEST * walks


@pytest.mark.parametrize("rate", [0, 1, 8])
@pytest.mark.parametrize("unstable", [0.3, 1.0])
def test_unstable_order_is_refused_rather_than_wrong(rate: float, unstable: float) -> None:
    """Where answers swap rows, a walk that is accepted has missed and doubled nothing."""
    refused = 0
    for seed in range(100):
        changing = ChangingList(seed, ROWS, rate, rate, append, unstable)
        outcome = simulate(changing, PAGE_SIZE)
        if outcome.ids is None:
            refused += 1
            continue
        assert len(outcome.ids) == len(set(outcome.ids))
        assert changing.stable <= set(outcome.ids)
    assert refused


def test_many_deletions_at_once_are_repaired() -> None:
    """More deletions between two pages than they overlap cost requests, not rows."""
    for seed in range(50):
        changing = ChangingList(seed, ROWS, 0, 200, append)
        outcome = simulate(changing, PAGE_SIZE)
        assert outcome.ids is not None
        assert changing.stable <= set(outcome.ids)
