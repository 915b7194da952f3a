"""A list that changes while it is walked, in simulated time."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from exporter.errors import ReadError
from exporter.models import Page, Snapshot
from exporter.walk import walk

SECONDS_A_PAGE = 0.15
"""Time of one answer: with 8 side by side a walk of 5,000 rows in 6 pages takes 0.3 s."""

Order = Callable[[list[str], str, random.Random], None]
"""Puts a new id in its place in the list."""


def append(rows: list[str], new: str, _random: random.Random) -> None:
    """Oldest first."""
    rows.append(new)


def prepend(rows: list[str], new: str, _random: random.Random) -> None:
    """Newest first."""
    rows.insert(0, new)


def anywhere(rows: list[str], new: str, rng: random.Random) -> None:
    """By a key that has nothing to do with time, such as a random id."""
    rows.insert(rng.randrange(len(rows) + 1), new)


@dataclass
class ChangingList:
    """A list whose state at any moment of the simulation can be asked for.

    Attributes:
        inserts, deletes: how many a second.
        order: where a new row appears.
        unstable: share of the answers that swap rows at random places.
    """

    seed: int
    size: int
    inserts: float
    deletes: float
    order: Order
    unstable: float = 0.0
    requests: int = 0
    stable: set[str] = field(default_factory=set)
    everything: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Draw the whole history of the next seconds."""
        self._random = random.Random(self.seed)  # noqa: S311 - a simulation
        rows = [f"row-{number}" for number in range(self.size)]
        self._random.shuffle(rows)
        self._history = [(0.0, list(rows))]
        self.stable, self.everything = set(rows), set(rows)
        for at, insert in self._changes(seconds=20.0):
            if insert:
                new = f"new-{at:.6f}"
                self.order(rows, new, self._random)
                self.everything.add(new)
            elif rows:
                self.stable.discard(rows.pop(self._random.randrange(len(rows))))
            self._history.append((at, list(rows)))

    def _changes(self, seconds: float) -> list[tuple[float, bool]]:
        changes = []
        for rate, insert in ((self.inserts, True), (self.deletes, False)):
            at = self._random.expovariate(rate) if rate else seconds
            while at < seconds:
                changes.append((at, insert))
                at += self._random.expovariate(rate)
        return sorted(changes)

    def page(self, moment: float, offset: int, limit: int) -> Page:
        """Answer as the list was at the moment."""
        self.requests += 1
        rows = next(rows for at, rows in reversed(self._history) if at <= moment)
        if self._random.random() < self.unstable:
            rows = list(rows)
            for _ in range(3):
                one, other = self._random.randrange(len(rows)), self._random.randrange(len(rows))
                rows[one], rows[other] = rows[other], rows[one]
        results = [Snapshot(id=row) for row in rows[offset : offset + limit]]
        return Page(count=len(rows), results=results)


class Seen:
    """The sink of a walk: the ids, each as often as it came."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def add(self, rows: Sequence[Snapshot]) -> None:
        """Take rows."""
        self.ids += [row.id for row in rows]


@dataclass
class Outcome:
    """What a walk gave: the ids it saw, or None when it was refused."""

    ids: list[str] | None
    requests: int


def simulate(changing: ChangingList, page_size: int, ahead: int = 8) -> Outcome:
    """Walk the list, `ahead` requests at a time, each answer taking its random time."""
    clock = 0.0
    free = [0.0] * ahead

    async def read_page(offset: int, limit: int) -> Page:
        nonlocal clock
        started = max(heapq.heappop(free), clock)
        rng = random.Random(changing.seed * 31 + changing.requests)  # noqa: S311 - a simulation
        seconds = SECONDS_A_PAGE * (0.5 + rng.random())
        heapq.heappush(free, started + seconds)
        page = changing.page(started + seconds * rng.random(), offset, limit)
        await asyncio.sleep(0)
        clock = max(clock, started)
        return page

    async def run() -> Outcome:
        try:
            seen, _ = await walk(read_page, Seen, page_size=page_size, ahead=ahead)
        except ReadError:
            return Outcome(None, changing.requests)
        return Outcome(seen.ids, changing.requests)

    return asyncio.run(run())
