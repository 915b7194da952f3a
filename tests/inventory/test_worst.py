"""The worst N of a stream, in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory.worst import Worst


def _rank(number: int) -> tuple[int]:
    return (number,)


class Counted:
    """An order that counts how many items are alive in it."""

    def __init__(self) -> None:
        self.ranked: list[int] = []

    def __call__(self, number: int) -> tuple[int]:
        """Rank a number by itself."""
        self.ranked.append(number)
        return (number,)


@given(
    numbers=st.lists(st.integers(), unique=True),
    limit=st.none() | st.integers(1, 5),
    step=st.integers(1, 9),
)
def test_selection_is_that_of_sorting_everything(
    numbers: list[int], limit: int | None, step: int
) -> None:
    """However the stream is cut, the smallest ranks come out, smallest first."""
    worst: Worst[int] = Worst(limit, _rank)
    for start in range(0, len(numbers), step):
        worst.add(iter(numbers[start : start + step]))
    assert worst.items() == sorted(numbers)[:limit]
    assert worst.items() == sorted(numbers)[:limit]


def test_items_behind_the_selection_are_not_held() -> None:
    """After the first cut, what cannot come in is ranked once, when it comes, and dropped."""
    rank = Counted()
    worst = Worst(2, rank)
    worst.add(range(9))
    for number in range(100, 200):
        rank.ranked.clear()
        worst.add([number])
        assert rank.ranked == [number]
    rank.ranked.clear()
    assert worst.items() == [0, 1]
    assert sorted(rank.ranked) == [0, 1]


def test_better_items_still_come_in_after_a_cut() -> None:
    """Pruning forgets only what is behind the selection."""
    worst = Worst(2, _rank)
    worst.add(range(100, 109))
    worst.add([50, 200])
    worst.add(range(10, 19))
    worst.add([5])
    assert worst.items() == [5, 10]


def test_buffer_is_cut_above_four_times_the_limit() -> None:
    """Up to there nothing is ranked at all: sorting each page would cost more."""
    rank = Counted()
    worst = Worst(2, rank)
    worst.add(range(8))
    assert rank.ranked == []
    worst.add([8])
    assert rank.ranked != []


def test_limit_0_selects_nothing() -> None:
    """As long as nobody adds to it, which its callers see to."""
    assert Worst(0, _rank).items() == []
