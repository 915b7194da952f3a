"""The fair limit of requests in flight."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from exporter.limiter import FairLimiter


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Door:
    """A limiter, and a note of who came in, in order; each stays until it is let out."""

    def __init__(self, slots: int) -> None:
        self.limiter = FairLimiter(slots)
        self.order: list[int | str] = []
        self.inside: list[asyncio.Event] = []

    def knock(self, owner: str, name: int | None = None) -> asyncio.Task[None]:
        """Start a task that asks for a slot; it is noted by its name, else by its owner."""
        return asyncio.create_task(self._visit(owner, owner if name is None else name))

    async def _visit(self, owner: str, name: int | str) -> None:
        async with self.limiter.slot(owner):
            leave = asyncio.Event()
            self.order.append(name)
            self.inside.append(leave)
            await leave.wait()

    async def let_one_out(self) -> None:
        """End the stay of whoever came in first."""
        self.inside.pop(0).set()
        await settle()


async def test_never_more_than_slots() -> None:
    """No more holders than slots are inside, and a slot that is given back is used."""
    door = Door(2)
    visits = [door.knock("a") for _ in range(5)]
    await settle()
    assert len(door.order) == 2
    await door.let_one_out()
    assert len(door.order) == 3
    for _ in range(5):
        if door.inside:
            await door.let_one_out()
    await asyncio.gather(*visits)
    assert len(door.order) == 5


async def test_owners_take_turns() -> None:
    """An owner with one request is served after one of a crowd, not after the whole crowd."""
    door = Door(1)
    visits = [door.knock("crowd") for _ in range(4)] + [door.knock("b"), door.knock("c")]
    await settle()
    for _ in visits:
        await door.let_one_out()
    await asyncio.gather(*visits)
    assert door.order == ["crowd", "crowd", "b", "c", "crowd", "crowd"]


async def test_first_come_first_served_within_an_owner() -> None:
    """The requests of one owner are served in the order in which they asked."""
    door = Door(1)
    visits = [door.knock("a", name) for name in range(1, 5)]
    await settle()
    for _ in visits:
        await door.let_one_out()
    await asyncio.gather(*visits)
    assert door.order == [1, 2, 3, 4]


async def test_cancelled_waiter_is_passed_over() -> None:
    """A waiter that was cancelled takes no slot; the one behind it does."""
    door = Door(1)
    first, second, third = door.knock("a", 1), door.knock("a", 2), door.knock("b", 3)
    await settle()
    second.cancel()
    await door.let_one_out()
    assert door.order == [1, 3]
    await door.let_one_out()
    await asyncio.gather(first, third)


async def test_cancelled_holder_gives_back() -> None:
    """The slot of a holder that was cancelled goes to the next waiter."""
    door = Door(1)
    first, second = door.knock("a", 1), door.knock("b", 2)
    await settle()
    first.cancel()
    await settle()
    assert door.order == [1, 2]
    door.inside[-1].set()
    await second


async def test_cancelled_while_the_slot_is_handed_over() -> None:
    """A waiter cancelled in the very moment it is given the slot passes it on."""
    door = Door(1)
    first, second, third = door.knock("a", 1), door.knock("a", 2), door.knock("a", 3)
    await settle()
    door.inside[0].set()
    await asyncio.sleep(0)
    assert first.done(), "its slot belongs to the second now"
    assert door.order == [1], "the second has not run yet"
    second.cancel()
    await settle()
    assert door.order == [1, 3]
    door.inside[-1].set()
    await third


async def _crowd(seed: int, slots: int, visitors: int) -> tuple[int, int]:
    """Let visitors come, stay, and be cancelled at random; return the most inside, and the free."""
    chance = random.Random(seed)  # noqa: S311 - a test's chance, which must be repeatable
    limiter = FairLimiter(slots)
    inside = most = 0

    async def visit(owner: int) -> None:
        nonlocal inside, most
        async with limiter.slot(owner):
            inside += 1
            most = max(most, inside)
            try:
                for _ in range(chance.randrange(3)):
                    await asyncio.sleep(0)
            finally:
                inside -= 1

    tasks = [asyncio.create_task(visit(chance.randrange(3))) for _ in range(visitors)]
    while not all(task.done() for task in tasks):
        chance.choice(tasks).cancel()
        await asyncio.sleep(0)
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    door = Door(slots)
    door.limiter = limiter
    late = [door.knock("late") for _ in range(slots + 1)]
    await settle()
    free = len(door.order)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return most, free


@given(st.integers(), st.integers(1, 4), st.integers(0, 12))
def test_no_slot_is_ever_lost_or_gained(seed: int, slots: int, visitors: int) -> None:
    """Whatever is cancelled when, the limit holds, and afterwards all slots are free again."""
    most, free = asyncio.run(_crowd(seed, slots, visitors))
    assert most <= slots
    assert free == slots
