"""401 and 429: they stop all targets of their key, and those of no other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from exporter.errors import Reason
from tests.faults import behaviours as do
from tests.faults.lab import OTHER_KEY, lab
from tests.faults.truth import LARGE, OWN_KEY, PLACES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.lab import Lab
    from tests.faults.server import Behaviour, Exchange

FIRST_KEY = [place for place in PLACES if place not in OWN_KEY]


def befall(made: Lab, behave: Behaviour) -> None:
    """Have all requests with the first key meet the fault."""
    made.server.faults = dict.fromkeys(FIRST_KEY, behave)
    made.server.requests.clear()


def sent(made: Lab) -> int:
    """Return how many requests came with the first key since `befall`."""
    return sum(made.server.requests[place] for place in FIRST_KEY)


def check(made: Lab, reason: Reason) -> None:
    """Check that the first key's targets failed, and the others are as without the fault."""
    for place in FIRST_KEY:
        made.check_failed(made.last, place, reason)
    made.check_healthy(made.last, OWN_KEY)
    lines = made.new_log_lines()
    assert sum(f"reason={reason.value} " in line for line in lines) == len(FIRST_KEY)


async def test_401(tmp_path: Path) -> None:
    """No retry; the next scrape sends one request alone; with a good key all is well again."""
    async with lab(tmp_path) as made:
        befall(made, do.fails(401))
        await made.scrape()
        assert sent(made) <= len(FIRST_KEY), "what is in flight may end, nothing more is sent"
        check(made, Reason.AUTH)
        await made.check_pages()
        made.server.requests.clear()
        await made.scrape()
        assert sent(made) == 1
        check(made, Reason.AUTH)
        made.server.faults.clear()
        made.check_healthy(await made.scrape())


async def test_401_of_one_target_stops_its_key(tmp_path: Path) -> None:
    """Those of its key's targets that are not finished fail with it; other keys do not notice."""
    told = asyncio.Event()

    async def refuse(exchange: Exchange) -> None:
        await do.fails(401)(exchange)
        told.set()

    async def late(exchange: Exchange) -> None:
        await told.wait()
        await asyncio.sleep(1)  # for the exporter to read the 401
        await exchange.healthy()

    async with lab(tmp_path) as made:
        made.server.faults = {(1337, 2): refuse, LARGE: do.later(late)}
        shown = await made.scrape()
        made.check_failed(shown, (1337, 2), Reason.AUTH)
        made.check_failed(shown, LARGE, Reason.AUTH)
        made.check_healthy(shown, OWN_KEY)


async def test_key_file_swapped(tmp_path: Path) -> None:
    """A revoked key is replaced in its file, over a link as Kubernetes does: the next scrape."""
    async with lab(tmp_path) as made:
        made.server.cloud.keys = {"new-canary-5d1f", OTHER_KEY}
        await made.scrape()
        check(made, Reason.AUTH)
        (tmp_path / "new").write_text("new-canary-5d1f\n")
        (tmp_path / "link").symlink_to("new")
        (tmp_path / "link").rename(tmp_path / "key")
        made.check_healthy(await made.scrape())
        (tmp_path / "key").unlink()
        made.check_healthy(await made.scrape())


def in_seconds(seconds: int) -> str:
    """Return a ``Retry-After`` as a date; the answer's own clock is an hour off."""
    return format_datetime(datetime.now(UTC) - timedelta(hours=1, seconds=-seconds), usegmt=True)


@pytest.mark.parametrize("form", ["seconds", "fraction", "date"])
async def test_429_that_fits(tmp_path: Path, form: str) -> None:
    """All requests of the key wait as long as it said, then all is well."""
    now = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    waits = {"seconds": "1", "fraction": "0.7", "date": in_seconds(1)}
    refuse = do.once(do.fails(429, f"Retry-After: {waits[form]}", f"Date: {now}"))
    async with lab(tmp_path) as made:
        befall(made, refuse)
        made.check_healthy(await made.scrape())
        assert made.seconds >= 0.6


async def test_429_that_does_not_fit(tmp_path: Path) -> None:
    """`rate_limited` at once, in the next scrape too, and then nothing is sent at all."""
    async with lab(tmp_path) as made:
        befall(made, do.fails(429, "Retry-After: 600"))
        await made.scrape()
        assert made.seconds < 2.5, "it does not wait for the deadline"
        check(made, Reason.RATE_LIMITED)
        made.server.faults.clear()
        made.server.requests.clear()
        await made.scrape()
        assert sent(made) == 0
        check(made, Reason.RATE_LIMITED)
        await made.check_pages()


LONG = [pytest.param(wait, marks=pytest.mark.long) for wait in ("0", "-1", "nan", "7200")]


@pytest.mark.parametrize("wait", [None, "junk", *LONG])
async def test_429_without_a_usable_wait(tmp_path: Path, wait: str | None) -> None:
    """Each request backs off and is sent again; a passing 429 costs nothing but time."""
    headers = [] if wait is None else [f"Retry-After: {wait}"]
    async with lab(tmp_path) as made:
        befall(made, do.once(do.fails(429, *headers)))
        made.check_healthy(await made.scrape())
        befall(made, do.fails(429, *headers))
        await made.scrape()
        check(made, Reason.RATE_LIMITED)
