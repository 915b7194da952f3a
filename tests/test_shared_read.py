"""One read of a target, and those who wait for it."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from exporter.credentials import InlineKey, Secret
from exporter.deadline import Deadline
from exporter.inventory import Tally
from exporter.models import SeriesOptions, Target
from exporter.shared_read import SharedRead

TARGET: Final = Target(1337, 7, credential=InlineKey(Secret("1234$abcdef")))

SOON, LATER = 0.02, 30.0
"""Seconds: a deadline that passes during the test, and one that never does."""


class Work:
    """What a read does: it goes on until told to end, and tells how it ended."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.cancelled = False

    async def __call__(self, read: SharedRead) -> None:
        """Do the work."""
        try:
            await self.go_on.wait()
            read.inventory = Tally(SeriesOptions(), now=0.0).finish(0)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            read.end()


def begun(work: Work, seconds: float = LATER) -> SharedRead:
    """Return a read that has just begun."""
    return SharedRead(TARGET, Deadline.after(seconds), work)


async def waiting(read: SharedRead, seconds: float = LATER) -> asyncio.Task[None]:
    """Return the task of one who waits for the read by now."""
    task = asyncio.create_task(read.wait(Deadline.after(seconds)))
    await asyncio.sleep(0)
    return task


async def test_all_who_wait_get_the_same_read() -> None:
    """It goes on until the work is done, and then it is over for everyone."""
    work = Work()
    read = begun(work)
    waiters = [await waiting(read) for _ in range(3)]
    running = [read.running]
    work.go_on.set()
    await asyncio.gather(*waiters)
    running.append(read.running)
    assert running == [True, False]
    assert read.inventory is not None
    assert not read.timed_out


async def test_waiting_for_a_read_that_is_over_takes_no_time() -> None:
    """Also with a deadline that has passed; the read's own does not move any more."""
    work = Work()
    work.go_on.set()
    read = begun(work)
    await read.wait(Deadline.after(LATER))
    given = read.timeout
    await read.wait(Deadline.after(-1))
    await read.wait(Deadline.after(2 * LATER))
    assert read.inventory is not None
    assert not read.timed_out
    assert read.timeout == given


async def test_deadline_ends_the_read_that_one_waits_for() -> None:
    """The work is cancelled, and known to have been so because of the time."""
    work = Work()
    read = begun(work, SOON)
    await read.wait(read.deadline)
    assert work.cancelled
    assert read.timed_out
    assert not read.running


async def test_passed_deadline_still_lets_the_work_begin_and_end() -> None:
    """A scrape without any time left is no reason for a read that never ends."""
    work = Work()
    read = begun(work, -1)
    await read.wait(read.deadline)
    assert work.cancelled
    assert read.timed_out


async def test_read_runs_to_the_latest_deadline() -> None:
    """Who leaves earlier does not end it, and it is given the longest time that anyone has."""
    work = Work()
    read = begun(work, SOON)
    early = await waiting(read, SOON)
    late = await waiting(read, LATER)
    assert read.timeout > SOON
    await early
    assert read.running
    assert not read.timed_out
    work.go_on.set()
    await late
    assert read.inventory is not None
    assert not read.timed_out


async def test_deadline_of_who_began_is_left_alone() -> None:
    """The read has a deadline of its own to move."""
    deadline = Deadline.after(SOON)
    at = deadline.at
    work = Work()
    read = SharedRead(TARGET, deadline, work)
    late = await waiting(read, LATER)
    assert deadline.at == at
    work.go_on.set()
    await late


async def test_earlier_deadline_takes_no_time_from_the_read() -> None:
    """Joining with less time leaves the deadline where it is."""
    work = Work()
    read = begun(work, LATER)
    given = read.timeout
    late = await waiting(read, LATER / 2)
    assert read.timeout == given
    work.go_on.set()
    await late


async def test_last_one_who_goes_away_ends_the_read() -> None:
    """Nobody waits for it: nothing more is asked of the API. That is no timeout."""
    work = Work()
    read = begun(work)
    task = await waiting(read)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not read.running
    await asyncio.sleep(0)
    assert work.cancelled
    assert not read.timed_out


async def test_one_who_goes_away_leaves_the_read_to_the_others() -> None:
    """A client that hangs up costs the other scrape nothing."""
    work = Work()
    read = begun(work)
    gone, stays = await waiting(read), await waiting(read)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert read.running
    work.go_on.set()
    await stays
    assert read.inventory is not None
    assert not work.cancelled


async def test_read_that_was_left_cannot_be_joined_while_it_ends() -> None:
    """Who comes in that moment must begin another, as this one will have no result."""
    ending = asyncio.Event()

    class Slow(Work):
        async def __call__(self, read: SharedRead) -> None:
            try:
                await super().__call__(read)
            except asyncio.CancelledError:
                await ending.wait()

    work = Slow()
    read = begun(work)
    task = await waiting(read)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not read.running
    ending.set()


async def test_result_that_comes_with_the_cancellation_counts() -> None:
    """Work that is just done when the deadline passes is not thrown away."""

    class Stubborn(Work):
        async def __call__(self, read: SharedRead) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.go_on.set()
                await super().__call__(read)

    read = begun(Stubborn(), SOON)
    await read.wait(read.deadline)
    assert read.inventory is not None


async def test_durations_are_measured_on_the_loops_clock() -> None:
    """While it runs, so far; afterwards, for good."""
    work = Work()
    read = begun(work, LATER)
    assert 0 <= read.duration <= read.timeout <= LATER
    work.go_on.set()
    await read.wait(read.deadline)
    took = read.duration
    await asyncio.sleep(SOON)
    assert read.duration == took


async def test_pages_are_counted() -> None:
    """Also when the walk fails later."""
    read = begun(Work(), SOON)
    read.count_page()
    read.count_page()
    await read.wait(read.deadline)
    assert read.pages == 2


async def test_success_is_recent_for_a_while() -> None:
    """Nothing is before the end, and with 0 seconds nothing ever is."""
    work = Work()
    read = begun(work)
    assert not read.succeeded_within(LATER)
    work.go_on.set()
    await read.wait(read.deadline)
    assert read.succeeded_within(LATER)
    assert not read.succeeded_within(0)
    await asyncio.sleep(SOON)
    assert not read.succeeded_within(SOON / 2)


async def test_failure_is_never_a_recent_success() -> None:
    """A read that ended without an inventory is not served again."""
    read = begun(Work(), SOON)
    await read.wait(read.deadline)
    assert not read.succeeded_within(LATER)
