"""When a request is sent again, and when not."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import httpx
import pytest
from tenacity import AsyncRetrying, RetryCallState, wait_fixed

from exporter.client import Client
from exporter.client.api import _BACKOFF
from exporter.errors import Reason
from exporter.models import ApiOptions
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

if TYPE_CHECKING:
    from tests.client.support import Reply

SERVER_ERROR = httpx.Response(503)
REFUSED = httpx.ConnectError("refused")
NO_JSON = httpx.Response(200, content=b"<html>")


@pytest.mark.parametrize("fault", [SERVER_ERROR, httpx.Response(429), REFUSED, NO_JSON])
async def test_healed_by_a_retry(fault: Reply) -> None:
    """A passing fault costs one more request, which is counted as a retry, and nothing else."""
    script, recorder = Script(fault, ok("a")), Recorder()
    async with client_of(script.transport, recorder) as client:
        assert await read(client) == ["a"]
    assert recorder.retries == ["snapshots"]
    assert recorder.codes[-1] == "200"


@pytest.mark.parametrize("max_retries", [0, 1, 4])
async def test_at_most_max_retries(max_retries: int) -> None:
    """A lasting fault is sent again as often as configured, then its last error is raised."""
    script, recorder = Script(SERVER_ERROR), Recorder()
    async with client_of(script.transport, recorder, max_retries=max_retries) as client:
        error = await failure(client)
    assert len(script.requests) == error.attempts == max_retries + 1
    assert len(recorder.retries) == max_retries


async def test_bad_body_is_asked_for_again_once() -> None:
    """A body that is no list is asked for once more only, also among other faults."""
    script = Script(NO_JSON)
    async with client_of(script.transport, max_retries=5) as client:
        error = await failure(client)
    assert (error.reason, error.status, error.attempts) == (Reason.PAYLOAD, 200, 2)
    script = Script(SERVER_ERROR, NO_JSON, SERVER_ERROR, NO_JSON, ok())
    async with client_of(script.transport, max_retries=5) as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.PAYLOAD, 4)


async def test_unforeseen_fault_is_not_retried() -> None:
    """An exception that nobody foresaw is told by its class alone, and not tried again."""
    script, recorder = Script(RuntimeError("with a secret text")), Recorder()
    async with client_of(script.transport, recorder) as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.UNEXPECTED, 1)
    assert str(error) == "a fault in the exporter (RuntimeError); please report it"
    assert recorder.codes == ["error"]


@pytest.mark.parametrize("url", ["ftp://api.invalid", "http://api.invalid:x"])
async def test_bad_url(url: str) -> None:
    """So is a URL that httpx refuses."""
    async with client_of(None, url=url) as client:
        error = await failure(client)
    assert error.reason is Reason.UNEXPECTED
    assert url not in str(error)


async def test_wait_past_the_deadline_is_not_begun() -> None:
    """When the wait does not fit in the deadline, the error is raised at once."""
    script = Script(SERVER_ERROR)
    async with client_of(script.transport, backoff=wait_fixed(60)) as client:
        error = await failure(client, seconds=30)
    assert (error.reason, error.attempts) == (Reason.SERVER, 1)


async def test_a_wait_holds_no_slot() -> None:
    """While one request waits to be sent again, its slot serves another one."""
    script = Script(SERVER_ERROR, ok("a"))
    async with client_of(script.transport, backoff=wait_fixed(20), max_concurrency=1) as client:
        waiting = asyncio.create_task(read(client, target(1)))
        await settle()
        assert await read(client, target(2)) == ["a"]
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_limit_is_shared_by_all_targets_in_turn() -> None:
    """No more requests than `max_concurrency` are in flight, and targets take turns."""
    held = Held()
    async with client_of(held.transport, max_concurrency=2) as client:
        tasks = [asyncio.create_task(read(client, target(number))) for number in (1, 1, 1, 1, 2)]
        await settle()
        assert held.sent == len(held.waiting) == 2
        order = []
        while held.waiting:
            order.append(held.waiting[0][0].url.path[-1])
            await held.answer(ok("a"))
            assert len(held.waiting) <= 2
        assert order == ["1", "1", "1", "2", "1"]
        await asyncio.gather(*tasks)


async def test_cancelled_request_counts_once() -> None:
    """A request that its caller gives up counts as an error, once, and gives its slot back."""
    held, recorder = Held(), Recorder()
    async with client_of(held.transport, recorder, max_concurrency=1) as client:
        task = asyncio.create_task(read(client))
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert recorder.codes == ["error"]
        assert held.waiting == []
        task = asyncio.create_task(read(client))
        await settle()
        await held.answer(ok("a"))
        assert await task == ["a"]


async def test_time_for_a_slot_is_the_deadline_s() -> None:
    """Who gets no slot before the deadline times out, with nothing sent and nothing counted."""
    held, recorder = Held(), Recorder()
    async with client_of(held.transport, recorder, max_concurrency=1) as client:
        holder = asyncio.create_task(read(client))
        await settle()
        error = await failure(client, seconds=0.05)
        assert (error.reason, error.status, error.attempts) == (Reason.TIMEOUT, None, 0)
        await held.answer(ok("a"))
        await holder
    assert recorder.codes == ["200"]


async def test_passed_deadline() -> None:
    """After the deadline nothing is sent any more."""
    script = Script(ok())
    async with client_of(script.transport) as client:
        error = await failure(client, seconds=-1)
    assert (error.reason, error.attempts) == (Reason.TIMEOUT, 0)
    assert script.requests == []


def test_backoff_has_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are drawn between nothing and 0.5, 1, 2, ... at most 8 seconds."""
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    monkeypatch.setattr(random, "uniform", uniform)
    for attempt in range(1, 8):
        _BACKOFF(_state(attempt))
    assert drawn == [(0, bound) for bound in (0.5, 1, 2, 4, 8, 8, 8)]


def _state(attempt: int) -> RetryCallState:
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    return state


async def test_backoff_is_used_by_default() -> None:
    """A client that is told nothing else backs off that way."""
    client = Client(ApiOptions(), Recorder(), transport=Script(ok()).transport)
    assert client._sender.backoff is _BACKOFF  # noqa: SLF001 - else only time would show it
