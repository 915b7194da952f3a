"""429: how long is waited, by whom, and when not at all."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tenacity import wait_fixed

from exporter.client.answers import usable_wait
from exporter.credentials import InlineKey, Secret
from exporter.errors import Reason
from tests.client.support import (
    Held,
    Recorder,
    Script,
    client_of,
    failure,
    ok,
    read,
    settle,
    target,
)

NOON = "Wed, 29 May 2024 12:00:00 GMT"
OTHER = InlineKey(Secret("other"))


def throttled(retry_after: str | None = None) -> httpx.Response:
    """Return a 429, with ``Retry-After`` if that is given."""
    headers = {"Date": NOON} | ({"Retry-After": retry_after} if retry_after else {})
    return httpx.Response(429, headers=headers)


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("7", 7),
        ("0.25", 0.25),
        ("3600", 3600),
        ("3601", None),
        ("0", None),
        ("0.0", None),
        ("-5", None),
        ("+5", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e2", None),
        ("1_0", None),
        ("\u0665", None),
        ("9" * 400, None),
        ("5, 5", None),
        ("soon", None),
        ("Wed, 29 May 2024 12:00:07 GMT", 7),
        ("Wed, 29 May 2024 14:00:07 +0200", 7),
        ("Wed, 29 May 2024 13:00:01 GMT", None),
        (NOON, None),
        ("Wed, 29 May 2024 11:00:00 GMT", None),
        ("Wed, 29 May 2024 12:00:07 -0000", None),
        ("Wed, 99 May 2024 12:00:07 GMT", None),
        ("Wed, 29 May 99999 12:00:07 GMT", None),
        ("Wed, 29 May 2024 12:00:07 +99999999999999999999", None),
    ],
)
def test_retry_after(retry_after: str, wait: float | None) -> None:
    """Seconds, fractions and dates are usable, within an hour; all else is as if absent."""
    assert usable_wait(retry_after, NOON) == wait


@pytest.mark.parametrize("date", ["", "today", "Wed, 29 May 2024 12:00:00 -0000"])
def test_date_without_the_answer_s_own(date: str) -> None:
    """A date cannot be used without the answer's own: our clock may be wrong."""
    assert usable_wait("Wed, 29 May 2024 12:00:07 GMT", date) is None


async def test_wait_that_fits() -> None:
    """The request waits as long as the API asked, not as long as the back-off says."""
    script, recorder = Script(throttled("0.02"), ok("a")), Recorder()
    async with client_of(script.transport, recorder, backoff=wait_fixed(60)) as client:
        assert await read(client) == ["a"]
    assert recorder.codes == ["429", "200"]
    assert recorder.retries == ["snapshots"]


async def test_wait_that_does_not_fit() -> None:
    """A wait past the deadline is not begun; nothing is sent until it is over."""
    script, recorder = Script(throttled("60"), ok("a")), Recorder()
    async with client_of(script.transport, recorder) as client:
        error = await failure(client, seconds=30)
        assert (error.reason, error.status, error.attempts) == (Reason.RATE_LIMITED, 429, 1)
        client.begin_scrape()
        error = await failure(client, target(8), seconds=30)
        assert (error.reason, error.status, error.attempts) == (Reason.RATE_LIMITED, None, 0)
        assert "60 s" in str(error)
        assert await read(client, target(8, OTHER)) == ["a"], "another key is not concerned"
    assert recorder.codes == ["429", "200"]


async def test_gate_opens_for_later_scrapes() -> None:
    """Later scrapes wait for what is left, and then send."""
    script = Script(throttled("0.1"), ok("a"))
    async with client_of(script.transport, max_retries=0) as client:
        assert (await failure(client)).reason is Reason.RATE_LIMITED
        client.begin_scrape()
        assert await read(client) == ["a"]


async def test_all_requests_of_the_key_wait() -> None:
    """Requests that wait for a slot when the 429 comes are held back too; other keys go on."""
    held = Held()
    async with client_of(held.transport, max_concurrency=1) as client:
        tasks = [asyncio.create_task(read(client, target(number))) for number in (1, 2)]
        other = asyncio.create_task(read(client, target(3, OTHER)))
        await settle()
        await held.answer(throttled("20"))
        (only,) = held.waiting
        assert only[0].headers["Authorization"] == "APIKey other"
        await held.answer(ok("c"))
        assert await other == ["c"]
        assert held.waiting == []
        for task in tasks:
            assert not task.done()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_longest_wait_holds() -> None:
    """A shorter wait that is asked for later does not open the gate earlier."""
    held = Held()
    async with client_of(held.transport, max_retries=0) as client:
        tasks = [asyncio.create_task(failure(client, target(number))) for number in (1, 2)]
        await settle()
        await held.answer(throttled("600"))
        await held.answer(throttled("1"))
        await asyncio.gather(*tasks)
        error = await failure(client, seconds=30)
    assert (error.reason, error.attempts) == (Reason.RATE_LIMITED, 0)


@pytest.mark.parametrize("retry_after", [None, "0", "-1", "junk", "nan", "7200"])
async def test_without_a_usable_wait(retry_after: str | None) -> None:
    """Then the request backs off by itself, and others go on."""
    script = Script(throttled(retry_after), ok("a"), ok("b"))
    async with client_of(script.transport, backoff=wait_fixed(20)) as client:
        task = asyncio.create_task(read(client))
        await settle()
        assert await read(client, target(8)) == ["a"]
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
