"""401: what a refused key stops, and how it is tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from tenacity import wait_fixed

from exporter.credentials import InlineKey, Secret
from exporter.errors import Reason
from tests.client.support import (
    KEY,
    Held,
    Script,
    client_of,
    failure,
    ok,
    read,
    settle,
    target,
)

if TYPE_CHECKING:
    from exporter.client import Client

OTHER = InlineKey(Secret("other"))


def refused() -> httpx.Response:
    """Return a 401."""
    return httpx.Response(401, json={"message": "bad token"})


def reading(client: Client, *regions: int) -> list[asyncio.Task[list[str]]]:
    """Start reading pages of these regions, with hours of time."""
    return [asyncio.create_task(read(client, target(region), seconds=10_000)) for region in regions]


async def reasons(*tasks: asyncio.Task[list[str]]) -> list[str]:
    """Return what came of the tasks: the reason of each error, else ``ok``."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return [str(getattr(result, "reason", "ok")) for result in results]


async def test_nothing_more_is_sent_in_the_scrape() -> None:
    """After a 401 no request of the key is sent; other keys go on."""
    script = Script(refused(), ok("a"))
    async with client_of(script.transport) as client:
        error = await failure(client)
        assert (error.reason, error.status, error.attempts) == (Reason.AUTH, 401, 1)
        error = await failure(client, target(8))
        assert (error.reason, error.status, error.attempts) == (Reason.AUTH, 401, 0)
        assert await read(client, target(9, OTHER)) == ["a"]
    assert len(script.requests) == 2


async def test_equal_credentials_are_one_key() -> None:
    """A second credential that names the same source is stopped with the first."""
    script = Script(refused())
    async with client_of(script.transport) as client:
        await failure(client)
        twin = InlineKey(Secret(KEY))
        assert (await failure(client, target(8, twin))).attempts == 0


async def test_those_who_wait_fail_at_once() -> None:
    """Requests that wait for a slot, for the gate or to be sent again fail with `auth` too."""
    held = Held()
    async with client_of(held.transport, max_concurrency=2, backoff=wait_fixed(5000)) as client:
        tasks = reading(client, 1, 2, 3)
        await settle()
        await held.answer(httpx.Response(500))  # It now waits to be sent again; the third is sent.
        assert held.sent == 3
        await held.answer(refused())
        await held.answer(ok("c"))  # What is in flight may end, and its target fails all the same.
        assert await reasons(*tasks) == ["auth"] * 3
    assert held.sent == 3


async def test_those_who_wait_for_the_gate_fail_at_once() -> None:
    """A 401 also ends the waits that a 429 asked for."""
    held = Held()
    async with client_of(held.transport) as client:
        tasks = reading(client, 1, 2)
        await settle()
        await held.answer(httpx.Response(429, headers={"Retry-After": "3000"}))
        tasks += reading(client, 3)
        await settle()
        await held.answer(refused())
        assert await reasons(*tasks) == ["auth"] * 3
    assert held.sent == 2


async def test_slot_that_never_comes() -> None:
    """Who waits for a slot past the deadline fails with `auth` if the key was refused meanwhile."""
    held = Held()
    async with client_of(held.transport, max_concurrency=1) as client:
        first = reading(client, 1)
        await settle()
        other = asyncio.create_task(read(client, target(2, OTHER)))
        await settle()
        waiting = asyncio.create_task(failure(client, target(3), seconds=0.3))
        await settle()
        await held.answer(refused())
        assert await reasons(*first) == ["auth"]
        error = await waiting
        assert (error.reason, error.attempts) == (Reason.AUTH, 0)
        await held.answer(ok("b"))
        assert await other == ["b"]


async def test_late_success_does_not_reopen() -> None:
    """A good answer to what was in flight is not taken, and does not let others through again."""
    held = Held()
    async with client_of(held.transport) as client:
        tasks = reading(client, 1, 2)
        await settle()
        await held.answer(refused())
        await held.answer(ok("b"))
        assert await reasons(*tasks) == ["auth", "auth"]
        assert (await failure(client, target(3))).attempts == 0
        client.begin_scrape()
        tasks = reading(client, 1, 2)
        await settle()
        assert len(held.waiting) == 1, "nor does it spare the next scrape its probe"
        await held.answer(refused())
        assert await reasons(*tasks) == ["auth", "auth"]


async def refuse_once(client: Client, held: Held) -> None:
    """Have the key refused, and begin the next scrape."""
    task = reading(client, 1)
    await settle()
    await held.answer(refused())
    assert await reasons(*task) == ["auth"]
    client.begin_scrape()
    held.sent = 0


async def test_probe_that_succeeds() -> None:
    """The next scrape sends one request alone; when it is answered, the others go."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2, 3)
        await settle()
        assert held.sent == 1
        await held.answer(ok("a"))
        assert held.sent == 3
        await held.answer(ok("a"))
        await held.answer(ok("a"))
        assert await reasons(*tasks) == ["ok"] * 3


async def test_probe_that_is_refused() -> None:
    """When the probe is refused again, the others fail without being sent."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2, 3)
        await settle()
        await held.answer(refused())
        assert await reasons(*tasks) == ["auth"] * 3
    assert held.sent == 1


@pytest.mark.parametrize("status", [403, 404, 302])
async def test_probe_with_another_answer(status: int) -> None:
    """Any other answer shows that the key is known, and lets the others go."""
    held = Held()
    async with client_of(held.transport, max_retries=0) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2)
        await settle()
        await held.answer(httpx.Response(status))
        assert held.sent == 2
        await held.answer(ok("a"))
        assert (await reasons(*tasks))[1] == "ok"


async def test_probe_without_an_answer() -> None:
    """A probe that breaks off proves nothing: the next request is sent alone in its place."""
    held = Held()
    async with client_of(held.transport, max_retries=0) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2, 3)
        await settle()
        held.waiting[0][1].set_exception(httpx.ReadError("reset"))
        await settle()
        assert held.sent == 2
        assert len(held.waiting) == 1
        await held.answer(ok("a"))
        await held.answer(ok("a"))
        assert await reasons(*tasks) == ["connection", "ok", "ok"]


async def test_probe_that_is_cancelled() -> None:
    """So does one whose caller gives up."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2)
        await settle()
        tasks[0].cancel()
        await settle()
        assert held.sent == 2
        await held.answer(ok("a"))
        assert await reasons(*tasks) == ["ok", "ok"], "a cancelled task has no reason"
        assert tasks[0].cancelled()


async def test_waiter_for_the_probe_is_cancelled() -> None:
    """A request that gives up waiting for the probe harms neither it nor the others."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        tasks = reading(client, 1, 2, 3)
        await settle()
        tasks[1].cancel()
        await held.answer(ok("a"))
        await held.answer(ok("a"))
        assert await reasons(tasks[0], tasks[2]) == ["ok", "ok"]


async def test_probe_of_an_overlapping_scrape() -> None:
    """A scrape that begins while a probe is out waits for that one's answer."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        first = reading(client, 1)
        await settle()
        client.begin_scrape()
        second = reading(client, 2)
        await settle()
        assert held.sent == 1
        await held.answer(ok("a"))
        await held.answer(ok("a"))
        assert await reasons(*first, *second) == ["ok", "ok"]


async def test_trust_is_kept() -> None:
    """A key that was accepted after all is not probed in the scrapes that follow."""
    held = Held()
    async with client_of(held.transport) as client:
        await refuse_once(client, held)
        task = reading(client, 1)
        await settle()
        await held.answer(ok("a"))
        assert await reasons(*task) == ["ok"]
        client.begin_scrape()
        tasks = reading(client, 1, 2)
        await settle()
        assert len(held.waiting) == 2
        await held.answer(ok("a"))
        await held.answer(ok("a"))
        await asyncio.gather(*tasks)
