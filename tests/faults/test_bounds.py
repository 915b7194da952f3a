"""What faults may cost: time, memory, descriptors, threads and tasks."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from exporter.config import parse
from exporter.demo import SampleCloud
from exporter.runtime import scraping
from tests.faults import behaviours as do
from tests.faults.catalogue import FAULTS, SLOW
from tests.faults.lab import KEY, OFFSET, OTHER_KEY, SLACK, TIMEOUT, lab
from tests.faults.server import FaultServer
from tests.faults.truth import LARGE, PLACES, fake_account
from tests.processes import NEEDS_PROC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from tests.faults.server import Behaviour, Exchange

QUICK = ["403", "404", "400", "302", "no answer", "reset in the body", "cut in chunks", "HTML"]
QUICK += ["NaN", "nesting", "br", "a list", "count null", "row null", "the same page for ever"]

MOST_MEGABYTES = 100

WHOLE = b'{"count": 1, "results": [{"id": "1", "created_at": "2024-05-29T05:32:41Z", "size": 1'


async def tags_in_one_row(exchange: Exchange) -> None:
    """Give one snapshot with 100,000 distinct tags."""
    tags = [{"key": f"key-{number}", "value": "v"} for number in range(100_000)]
    await do.says({"count": 1, "results": [{"id": "1", "tags": tags}]})(exchange)


def padded(field: bytes) -> Behaviour:
    """Answer with a body of 31 MiB, most of it one text."""
    body = WHOLE + b', "' + field + b'": "' + "💾".encode() + b"x" * (31 * do.MIB) + b'"}]}'
    return do.answers(body)


HOSTILE: Mapping[str, Behaviour] = {
    "bombs": do.bomb(),
    "32 MiB of blanks": do.answers(b" " * (32 * do.MIB)),
    "33 MiB in chunks": FAULTS["over 32 MiB"].behave,
    "an unknown field of 31 MiB": padded(b"new"),
    "a name of 31 MiB": padded(b"name"),
    "100,000 tags in each target": tags_in_one_row,
    "many values": do.answers(b'{"count": 0, "results": [' + b"{}," * (8 * do.MIB) + b"{}]}"),
    "deep nesting": do.answers(b'{"count": 0, "results": ' + b"[" * (20 * do.MIB)),
    "a long integer": do.answers(b'{"count": ' + b"9" * (20 * do.MIB) + b', "results": []}'),
    "new ids for ever": do.endless,
}


TWINS = {"32 MiB of blanks", "an unknown field of 31 MiB", "many values", "deep nesting"}
TWINS |= {"a long integer", "new ids for ever", "drip of header", "drip of body", "drip of chunks"}
"""Those that differ from another one in little: a share of the long run."""


def run_of(names: Iterable[str]) -> list[ParameterSet]:
    """Return parameters, of which the twins are for the long run only."""
    return [pytest.param(name, marks=[pytest.mark.long] * (name in TWINS)) for name in names]


@NEEDS_PROC
@pytest.mark.parametrize("name", run_of(HOSTILE))
async def test_hostile_api_costs_less_than_100_megabytes(tmp_path: Path, name: str) -> None:
    """All five targets at once, at the process's peak."""
    async with lab(tmp_path) as made:
        before = made.child.status("VmRSS")
        made.child.reset_peak()
        made.server.faults = dict.fromkeys(PLACES, HOSTILE[name])
        await made.scrape()
        grown = (made.child.status("VmHWM") - before) / 1024
        made.server.faults = {}
        made.check_healthy(await made.scrape())
    assert grown < MOST_MEGABYTES


@pytest.mark.parametrize("name", run_of(SLOW))
async def test_scrape_ends_by_its_deadline(tmp_path: Path, name: str) -> None:
    """All targets are slow: 200 by the deadline and half a second, of short timeouts too."""
    async with lab(tmp_path) as made:
        made.server.faults = dict.fromkeys(PLACES, FAULTS[name].behave)
        for said in (0.6, 1.0):
            shown = await made.scrape(said=said)
            assert all(shown.reason(place) == "timeout" for place in PLACES)
            assert made.seconds <= max(said - OFFSET, said / 2) + 0.5 + SLACK
        made.server.faults = {}
        made.check_healthy(await made.scrape())


async def test_retries_end_by_the_deadline(tmp_path: Path) -> None:
    """Neither waits nor retries outlast it, whatever was asked for."""
    async with lab(tmp_path) as made:
        made.server.faults = dict.fromkeys(PLACES, do.fails(429, "Retry-After: 3"))
        await made.scrape(said=1.0)
        assert made.seconds <= TIMEOUT


async def scrape_again_and_again(folder: Path, scrapes: int) -> None:
    """Scrape under random quick faults, and compare what the process holds at the end."""
    draw = Random(scrapes)  # noqa: S311 - the same faults in each run
    async with lab(folder) as made:

        async def scrape(times: int) -> None:
            for _ in range(times):
                names = draw.sample(QUICK, 2)
                made.server.faults = {
                    place: FAULTS[name].behave
                    for place, name in zip(draw.sample(PLACES, 2), names, strict=True)
                }
                await made.fetch()
            made.server.faults = {}
            await made.scrape()

        await scrape(scrapes // 3)
        threads, descriptors = made.child.status("Threads"), made.child.descriptors()
        memory = made.child.status("VmRSS")
        await scrape(scrapes - scrapes // 3)
        made.check_healthy(made.last)
        assert made.child.status("Threads") <= threads + 2
        assert made.child.descriptors() <= descriptors + 8
        assert made.child.status("VmRSS") - memory <= 8 * 1024, "kB"


@NEEDS_PROC
async def test_faulty_scrapes_leave_nothing_behind(tmp_path: Path) -> None:
    """No thread, descriptor or memory stays of 30 scrapes."""
    await scrape_again_and_again(tmp_path, 30)


@NEEDS_PROC
@pytest.mark.long
async def test_a_thousand_faulty_scrapes_leave_nothing_behind(tmp_path: Path) -> None:
    """Nor of 1,000."""
    await scrape_again_and_again(tmp_path, 1000)


async def test_no_task_is_left_behind() -> None:
    """After faulty scrapes, in this process, no task of theirs lives on."""
    server = FaultServer(SampleCloud(fake_account(), keys=(KEY, OTHER_KEY)))
    async with server.running() as port:
        text = (
            f"api: {{url: 'http://127.0.0.1:{port}', key: '{KEY}', request_timeout: 100ms, "
            "page_size: 50, max_retries: 0}\n"
            "targets: [{project_id: 1337, regions: [1, 2, 3]}]\n"
        )
        async with scraping(parse(text, "config.yaml", {})) as runtime:
            await runtime.scrape(None)
            for name in [*QUICK, *SLOW]:
                server.faults = {LARGE: do.later(FAULTS[name].behave)}
                await runtime.scrape(None)
            ours = [task for task in asyncio.all_tasks() if "exporter/" in repr(task.get_coro())]
            left = [task for task in ours if "tests/" not in repr(task)]
            assert left == []


def test_the_hostile_answers_are_what_they_say() -> None:
    """A padded body is a page that would be good if it were small."""
    assert msgspec.json.decode(WHOLE + b"}]}")["count"] == 1
