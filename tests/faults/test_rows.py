"""Each fault of one target, alone: what it leads to, and that it harms nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from exporter.errors import Reason
from tests.faults import behaviours as do
from tests.faults.catalogue import FAULTS, HEALING
from tests.faults.lab import Lab, lab
from tests.faults.truth import LARGE, PLACES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from exporter.demo import Place
    from tests.faults.catalogue import Fault
    from tests.faults.exposition import Exposition
    from tests.faults.server import Behaviour

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWINS = {"502", "504", "409", "301", "307", "drip of chunks", "half a header", "no count"}
TWINS |= {"reset in the header", "cut in HTTP/1.0", "results null", "count text", "row text"}
TWINS |= {"503", "400", "reset", "cut before the last chunk", "no JSON", "nesting in a field"}
TWINS |= {"over 32 MiB with a length", "deflate", "br", "gzip that is none", "count fractional"}
TWINS |= {"row with id null"}
"""Faults that differ from another one in little: a share of the long run."""

ALONE = [pytest.param(name, marks=[pytest.mark.long] * (name in TWINS)) for name in FAULTS]
BATCHES = [HEALING[start : start + len(PLACES)] for start in range(0, len(HEALING), len(PLACES))]
OTHERS = [place for place in PLACES if place != LARGE]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    """Start one exporter for all faults, so that each one has to leave no trace."""
    async with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


async def under(shared: Lab, fault: Behaviour, place: Place = LARGE) -> Exposition:
    """Scrape while a target has the fault."""
    shared.server.faults[place] = fault
    try:
        return await shared.scrape()
    finally:
        del shared.server.faults[place]


def check_line(lines: list[str], fault: Fault) -> None:
    """Check the one log line of a failed target."""
    (line,) = (line for line in lines if 'event="target not read"' in line)
    assert f" reason={fault.reason.value} " in line
    assert " project=1337 region=1 " in line
    assert re.search(r" seconds=[0-9.]+ ", line)
    if fault.attempts is not None:
        assert f" attempts={fault.attempts} " in line
    if fault.status is not None:
        assert f" status={fault.status} " in line
    if fault.status in {400, 403, 404, 408, 409, 500, 502, 503, 504}:
        assert " request_id=0123456789abcdef " in line


@pytest.mark.parametrize("name", ALONE)
async def test_fault(shared: Lab, name: str) -> None:
    """The target is down for its reason, the others are as without the fault, then it is back."""
    fault = FAULTS[name]
    shared.new_log_lines()
    before = shared.last.errors()
    shared.server.requests.clear()
    shown = await under(shared, fault.behave)
    shared.check_failed(shown, LARGE, fault.reason)
    shared.check_healthy(shown, OTHERS)
    after = shown.errors()
    assert {key: after[key] - before[key] for key in after if after[key] != before[key]} == {
        (LARGE, fault.reason.value): 1
    }
    check_line(shared.new_log_lines(), fault)
    assert shared.server.requests["regions"] == 0, "a redirect is not followed"
    await shared.check_pages()
    shared.check_healthy(await shared.scrape())


@pytest.mark.parametrize("names", BATCHES, ids=" + ".join)
async def test_passing_faults_are_healed(shared: Lab, names: Sequence[str]) -> None:
    """Faults of one request of each target cost one more request each, and nothing else."""
    shared.new_log_lines()
    for place, name in zip(PLACES, names, strict=False):
        shared.server.faults[place] = do.once(FAULTS[name].behave)
    shown = await shared.scrape()
    shared.server.faults.clear()
    shared.check_healthy(shown)
    assert not any("target not read" in line for line in shared.new_log_lines())


async def test_finished_targets_are_shown_in_time(shared: Lab) -> None:
    """With a timeout of a second and a region that hangs: 200, the others whole, it `timeout`."""
    shared.server.faults[LARGE] = do.hangs
    shown = await shared.scrape(said=1.0)
    del shared.server.faults[LARGE]
    shared.check_failed(shown, LARGE, Reason.TIMEOUT)
    shared.check_healthy(shown, OTHERS)
