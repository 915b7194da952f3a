"""Random pairs of faults: whatever befalls two targets, the others show the truth."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.faults import behaviours as do
from tests.faults.catalogue import FAULTS, HEALING
from tests.faults.lab import Lab, lab
from tests.faults.truth import PLACES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT, LONG = 12, 300

ANYWHERE = [name for name in FAULTS if "later page" not in name]
PASSING = [name for name in HEALING if name in ANYWHERE]
"""Not every target has several pages."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """Start one exporter for all pairs, so that no fault may leave a trace."""
    async with lab(tmp_path_factory.mktemp("pairs")) as made:
        yield made


async def check_pair(shared: Lab, seed: int) -> None:
    """Scrape under the pair of faults that the seed draws; one of them may heal meanwhile."""
    draw = Random(seed)  # noqa: S311 - the same pairs in each run
    first, second = draw.sample(PLACES, 2)
    lasting = draw.choice(ANYWHERE)
    passing = draw.choice(PASSING) if draw.random() < 0.3 else None
    other = draw.choice(ANYWHERE)
    heals = passing is not None
    behave = do.once(FAULTS[passing].behave) if passing is not None else FAULTS[other].behave
    shared.server.faults = {first: FAULTS[lasting].behave, second: behave}
    shown = await shared.scrape()
    shared.server.faults = {}
    shared.new_log_lines()
    shared.check_failed(shown, first, FAULTS[lasting].reason)
    if not heals:
        shared.check_failed(shown, second, FAULTS[other].reason)
    faulty = {first} if heals else {first, second}
    shared.check_healthy(shown, [place for place in PLACES if place not in faulty])


@pytest.mark.parametrize("seed", range(SHORT))
async def test_pair(shared: Lab, seed: int) -> None:
    """A seeded share of the long run."""
    await check_pair(shared, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SHORT, LONG))
async def test_one_of_hundreds_of_pairs(shared: Lab, seed: int) -> None:
    """All of them."""
    await check_pair(shared, seed)
