"""Slowing down after 429: how far, how long, and that replicas together respect a small quota."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest

from exporter.client.pace import Pace
from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.models import ApiOptions
from tests.client.support import Held, Recorder, client_of, ok, page, read, settle, target
from tests.client.test_refused_key import refuse_once
from tests.virtual_time import run


@dataclass
class Moments:
    """A clock that a test sets, and a pace without chance."""

    now: float = 100.0
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        """Make the pace; what is drawn is the middle."""
        self.pace = Pace(lambda: self.now, lambda low, high: (low + high) / 2)

    def turns(self, number: int) -> list[float]:
        """Return how long each of so many requests has to wait."""
        waits = []
        for _ in range(number):
            waits.append(round(self.pace.wait(), 3))
            self.pace.take()
        return waits


def test_without_a_complaint_nobody_waits() -> None:
    """The ordinary case costs nothing."""
    assert Moments().turns(3) == [0, 0, 0]


def test_complaint_spaces_requests() -> None:
    """After a 429 they come one by one, the first of them not at once either."""
    moments = Moments()
    moments.pace.slow_down(99.9)
    assert moments.turns(3) == [0.05, 0.15, 0.25]


def test_requests_refused_together_count_once() -> None:
    """Eight requests in flight that are all refused halve the pace once, not eight times."""
    moments = Moments()
    for _ in range(8):
        moments.pace.slow_down(99.9)
    assert moments.turns(2) == [0.05, 0.15]


def test_complaints_double_the_interval_up_to_a_second() -> None:
    """A quota that stays exhausted is asked ever more rarely, but asked."""
    moments = Moments()
    for expected in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0):
        moments.now += 100
        moments.pace.slow_down(moments.now)
        first, second = moments.turns(2)
        assert second - first == pytest.approx(expected, abs=0.01)


def test_good_answers_bring_the_pace_back() -> None:
    """After enough of them the key is asked as if nothing had been."""
    moments = Moments()
    moments.pace.slow_down(99.9)
    for _ in range(60):
        moments.pace.ease()
    assert moments.turns(3) == [0, 0, 0]


@dataclass
class Quota:
    """An API that answers so many requests a second, from a small store of them."""

    rate: float
    store: float
    refused: int = 0
    served: int = 0
    _left: float = 0.0
    _at: float = 0.0

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        """Answer after 50 ms."""
        await asyncio.sleep(0.05)
        now = asyncio.get_running_loop().time()
        self._left = min(self.store, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            self.refused += 1
            return httpx.Response(429)
        self._left -= 1
        self.served += 1
        return httpx.Response(200, content=page("a"))


def test_three_replicas_respect_a_small_quota() -> None:
    """Three exporters that want 40 pages each of a quota of 10 a second get nearly all of them.

    Unpaced, five of six are given up after three refusals each.
    """
    quota = Quota(rate=10, store=5)

    async def replica() -> int:
        async with client_of(
            httpx.MockTransport(quota), backoff=lambda state: 0.3 * state.attempt_number
        ) as client:
            reads = [read(client, target(number), seconds=60) for number in range(40)]
            results = await asyncio.gather(*reads, return_exceptions=True)
        return sum(isinstance(result, ReadError) for result in results)

    async def replicas() -> int:
        return sum(await asyncio.gather(replica(), replica(), replica()))

    assert run(replicas()) <= 12
    assert quota.refused <= 0.5 * quota.served


def test_turn_past_the_deadline_is_rate_limited() -> None:
    """Who could only be sent after the deadline is told so at once, and is not sent."""

    async def scene() -> tuple[ReadError, Recorder]:
        recorder = Recorder()
        transport = httpx.MockTransport(lambda _request: httpx.Response(429))
        async with client_of(transport, recorder, max_retries=0) as client:
            for number in range(6):
                await asyncio.gather(read(client, target(number)), return_exceptions=True)
            with pytest.raises(ReadError) as caught:
                await client.read_page(target(9), 0, 10, Deadline.after(1e-9))
        return caught.value, recorder

    error, recorder = run(scene())
    assert (error.reason, error.attempts) == (Reason.RATE_LIMITED, 0)
    assert recorder.codes == ["429"] * 6


def test_probe_that_is_told_to_slow_down() -> None:
    """A 429 shows that a distrusted key is known: the others go, at its pace."""

    async def scene() -> list[str]:
        held = Held()
        async with client_of(held.transport, max_retries=0) as client:
            await refuse_once(client, held)
            tasks = [asyncio.create_task(read(client, target(number))) for number in (1, 2)]
            await settle()
            await held.answer(httpx.Response(429))
            await asyncio.sleep(1)
            await held.answer(ok("a"))
            results = await asyncio.gather(*tasks, return_exceptions=True)
        return [type(result).__name__ for result in results]

    assert run(scene()) == ["ReadError", "list"]


def test_pacing_costs_nothing_else() -> None:
    """An API that never complains is asked as fast as it answers."""

    async def scene() -> float:
        transport = httpx.MockTransport(Quota(rate=1e9, store=1e9))
        started = asyncio.get_running_loop().time()
        async with client_of(transport) as client:
            await asyncio.gather(*(read(client, target(number)) for number in range(80)))
        return asyncio.get_running_loop().time() - started

    assert run(scene()) == pytest.approx(80 / ApiOptions().max_concurrency * 0.05)


def test_key_is_trusted_with_its_old_pace_again() -> None:
    """Good answers after a complaint ease the pace of the client's requests until there is none."""

    async def scene() -> tuple[float, float]:
        refusals = [httpx.Response(429)]
        transport = httpx.MockTransport(lambda _: refusals.pop() if refusals else ok("a"))
        clock = asyncio.get_running_loop().time
        async with client_of(transport) as client:
            moments = [clock()]
            for _ in range(100):
                await read(client)
                moments.append(clock())
        return moments[10] - moments[0], moments[-1] - moments[-11]

    first, last = run(scene())
    assert first > 0.1
    assert last == 0
