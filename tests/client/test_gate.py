"""The gate by itself: moments that answers over a connection do not hit on purpose."""

from __future__ import annotations

import asyncio

from exporter.client.gate import Gate
from exporter.credentials import InlineKey, Secret
from exporter.deadline import Deadline
from tests.client.support import settle

SECRET = Secret("key")


def distrusted() -> Gate:
    """Return the gate of a key that was refused in the scrape before this one."""
    gate = Gate(InlineKey(SECRET))
    with gate.passage():
        gate.answered(SECRET, 0.0, 401, None)
    gate.begin_scrape()
    return gate


async def test_others_go_when_the_probe_s_status_is_known() -> None:
    """The requests that wait for a probe do not wait for its body too."""
    gate = distrusted()
    with gate.passage() as probe:
        waiting = asyncio.create_task(gate.opened(Deadline.after(30)))
        await settle()
        assert probe == SECRET
        assert not waiting.done()
        gate.answered(SECRET, 0.0, 200, None)
        await settle()
        assert waiting.done()


async def test_only_one_request_is_the_probe() -> None:
    """Of two that find the gate open at the same time, the second is turned back."""
    gate = distrusted()
    await asyncio.gather(gate.opened(Deadline.after(30)), gate.opened(Deadline.after(30)))
    with gate.passage() as first, gate.passage() as second:
        assert (first, second) == (SECRET, None)


async def test_end_of_an_earlier_probe() -> None:
    """A probe that ends late does not end the one that took its place."""
    gate = distrusted()
    with gate.passage():
        gate.answered(SECRET, 0.0, 200, None)
        gate.answered(SECRET, 0.0, 401, None)
        gate.begin_scrape()
        later = gate.passage()
        assert later.__enter__() == SECRET
    with gate.passage() as third:
        assert third is None
    later.__exit__(None, None, None)
    with gate.passage() as fourth:
        assert fourth == SECRET


async def test_gate_shut_while_waiting_for_a_slot() -> None:
    """Who found the gate open is turned back when it was shut before the slot was free."""
    gate = Gate(InlineKey(SECRET))
    await gate.opened(Deadline.after(30))
    gate.answered(SECRET, 0.0, 429, 20)
    with gate.passage() as secret:
        assert secret is None
