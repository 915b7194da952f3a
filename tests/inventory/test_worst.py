"""The worst N of a stream, in bounded memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory.worst import Candidate, Worst

Item = Candidate[str]


def offer(worst: Worst[Item], items: list[Item]) -> list[Item]:
    """Add those that pass; return them."""
    passing = [items[at] for at in worst.passing([item.number for item in items])]
    worst.add(passing)
    return passing


def numbers(*ranks: int) -> list[Item]:
    """Return items with distinct ids."""
    return [Item(rank, str(rank)) for rank in ranks]


@given(
    items=st.lists(
        st.builds(Item, st.integers(0, 9), st.text(max_size=3)), unique_by=lambda one: one.id
    ),
    limit=st.none() | st.integers(1, 5),
    step=st.integers(1, 9),
)
def test_selection_is_that_of_sorting_everything(
    items: list[Item], limit: int | None, step: int
) -> None:
    """However the stream is cut, the smallest come out, ties by what follows the number."""
    worst: Worst[Item] = Worst(limit)
    for start in range(0, len(items), step):
        offer(worst, items[start : start + step])
    assert sorted(worst.items()) == sorted(items)[:limit]
    assert sorted(worst.items()) == sorted(items)[:limit]


def test_no_more_pass_at_once_than_are_kept() -> None:
    """Of a page only the worst N can matter, and those equal to the last of them."""
    worst: Worst[Item] = Worst(2)
    assert offer(worst, numbers(5, 4, 3, 2, 1)) == numbers(2, 1)
    equal = [Item(1, name) for name in "abc"]
    assert offer(Worst(2), [*equal, Item(2, "d")]) == equal


def test_items_behind_the_selection_do_not_pass() -> None:
    """After the first cut, what cannot come in need not even be made."""
    worst: Worst[Item] = Worst(2)
    worst.add(numbers(*range(9)))
    assert offer(worst, numbers(100, 2, 200)) == []
    assert sorted(worst.items()) == numbers(0, 1)


def test_better_items_still_come_in_after_a_cut() -> None:
    """Pruning forgets only what is behind the selection."""
    worst: Worst[Item] = Worst(2)
    worst.add(numbers(*range(100, 109)))
    offer(worst, numbers(50, 200))
    offer(worst, numbers(*range(10, 19)))
    offer(worst, numbers(5))
    assert worst.items() == numbers(5, 10)


def test_equal_numbers_never_pile_up() -> None:
    """Where all have the same number, all pass, and the buffer is cut all the same."""
    worst: Worst[Item] = Worst(2)
    for start in range(100, 400, 10):
        offer(worst, [Item(7, str(at)) for at in range(start, start + 10)])
        assert len(worst._items) <= 4  # noqa: SLF001 - memory is what this is about
    assert worst.items() == [Item(7, "100"), Item(7, "101")]


def test_without_a_limit_all_pass() -> None:
    """And all come out."""
    worst: Worst[Item] = Worst(None)
    offer(worst, numbers(*range(50)))
    offer(worst, numbers(*range(50, 60)))
    assert sorted(worst.items()) == sorted(numbers(*range(60)))


def test_limit_0_selects_nothing() -> None:
    """As long as nobody adds to it, which its callers see to."""
    assert Worst(0).items() == []
