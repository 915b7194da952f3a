"""Any snapshots, in pages of any size and in any order, give the figures of the contract."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory import Tally
from exporter.models import SeriesOptions, TagOptions
from tests.inventory.facts import DAY, NOW, accounts
from tests.inventory.naive import figures_of, naive_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.inventory import Inventory
    from tests.inventory.facts import Fact

LIMITS = st.none() | st.integers(0, 3) | st.just(1000)

OPTIONS = st.builds(
    SeriesOptions,
    volumes=LIMITS,
    snapshots=LIMITS,
    tags=st.builds(
        TagOptions,
        limit=LIMITS,
        keys=st.none() | st.sampled_from(((), ("env",), ("team", "absent", "née"))),
        read_only=st.booleans(),
    ),
    age_buckets=st.sampled_from(((DAY, 7 * DAY, 30 * DAY), (0.0, DAY / 2), ())),
)


def folded(facts: Sequence[Fact], options: SeriesOptions, page_size: int) -> Inventory:
    """Return what comes of folding the rows page by page."""
    tally = Tally(options, NOW)
    rows = (fact.row for fact in facts)
    while page := list(islice(rows, page_size)):
        tally.add(page)
    return tally.finish(len(facts) + 3)


@given(
    facts=accounts(),
    options=OPTIONS,
    page_size=st.integers(1, 25),
    later=st.sampled_from((0.0, 0.5, 3600.0, 9 * DAY)),
)
def test_figures_are_those_of_the_naive_computation(
    facts: list[Fact], options: SeriesOptions, page_size: int, later: float
) -> None:
    """Running totals, heaps and pruning come to what looking at the whole list comes to.

    The moment of exposition may lie behind that of the walk; the ages are those of exposition.
    """
    inventory = folded(facts, options, page_size)
    seen_at = NOW + later
    assert figures_of(inventory, options.age_buckets, seen_at) == naive_figures(
        facts, options, len(facts) + 3, seen_at
    )


@given(
    facts=accounts(),
    options=OPTIONS,
    page_sizes=st.tuples(st.integers(1, 25), st.integers(1, 25)),
    data=st.data(),
)
def test_order_and_pages_change_nothing(
    facts: list[Fact], options: SeriesOptions, page_sizes: tuple[int, int], data: st.DataObject
) -> None:
    """The API promises no order: no series may come or go because of it."""
    shuffled = data.draw(st.permutations(facts))
    one, other = (
        replace(figures_of(folded(order, options, size), options.age_buckets, NOW), region=None)
        for order, size in zip((facts, shuffled), page_sizes, strict=True)
    )
    assert one == other


@given(facts=accounts(), options=OPTIONS)
def test_nothing_is_counted_twice_or_lost(facts: list[Fact], options: SeriesOptions) -> None:
    """What is shown and what is told as omitted together are all there is, within the bounds."""
    inventory = folded(facts, options, page_size=7)
    assert sum(one.snapshots for one in inventory.statuses.values()) == len(facts)
    if options.snapshots is None:
        assert len(inventory.snapshots) == len(facts)
    elif options.snapshots:
        assert len(inventory.snapshots) + inventory.omitted_snapshots == len(facts)
        assert len(inventory.snapshots) <= 3 * options.snapshots
    if options.volumes is not None:
        assert len(inventory.volumes) <= 2 * options.volumes
    if options.tags.limit is not None:
        assert len(inventory.tags) <= options.tags.limit
