"""The deadline around a block, also when it moves."""

from __future__ import annotations

import asyncio

import pytest

from exporter.client.bounds import within
from exporter.deadline import Deadline


async def test_block_within_time() -> None:
    """A block that ends in time is left alone."""
    async with within(Deadline.after(30), 30):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("deadline", "seconds"), [(0.01, 30), (30, 0.01)])
async def test_block_is_cut(deadline: float, seconds: float) -> None:
    """The earlier of deadline and length ends the block."""
    with pytest.raises(TimeoutError):
        async with within(Deadline.after(deadline), seconds):
            await asyncio.Event().wait()


@pytest.mark.parametrize(("deadline", "seconds"), [(-1, 30), (30, 0)])
async def test_block_is_not_begun(deadline: float, seconds: float) -> None:
    """With no time left the block is not entered at all."""
    with pytest.raises(TimeoutError):
        async with within(Deadline.after(deadline), seconds):
            pytest.fail("the block was entered")


async def outlast(deadline: Deadline, seconds: float, until: float) -> None:
    """Have the deadline moved later while a block runs, see it past `until`, and stay there."""
    async with within(deadline, seconds):
        deadline.extend(until + 0.05)
        await asyncio.sleep(until - asyncio.get_running_loop().time() + 0.01)
        deadline.extend(until + 0.1)
        await asyncio.Event().wait()


async def test_deadline_that_moves() -> None:
    """A deadline that moves later while the block runs gives it that time, and then ends it."""
    deadline = Deadline.after(0.02)
    first = deadline.at
    with pytest.raises(TimeoutError):
        await outlast(deadline, 30, until=first)
    assert deadline.at == first + 0.1, "the block was not cut at its first deadline"
    assert deadline.remaining() <= 0


async def test_length_does_not_move() -> None:
    """A deadline that moves later does not lengthen what `seconds` bounds."""
    deadline = Deadline.after(0.01)
    with pytest.raises(TimeoutError):
        await outlast(deadline, 0.02, until=deadline.at + 30)


async def test_cancelling_is_not_a_timeout() -> None:
    """A task that is cancelled from outside ends as cancelled."""

    async def block() -> None:
        async with within(Deadline.after(30)):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_fault_of_the_block() -> None:
    """What the block raises is what comes out."""
    with pytest.raises(LookupError):
        async with within(Deadline.after(30)):
            raise LookupError
