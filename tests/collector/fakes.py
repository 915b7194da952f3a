"""Readers and region lists that do as they are told, and what is read with them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from exporter.collector import Collector
from exporter.credentials import InlineKey, Secret
from exporter.errors import ReadError, Reason
from exporter.inventory import Tally
from exporter.models import AllRegions, Project, Region, Selection, SeriesOptions, Snapshot, Target
from exporter.regions import RegionDirectory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from exporter.deadline import Deadline
    from exporter.inventory import Inventory
    from exporter.reading import Reading

    Behaviour = Callable[[Deadline, Callable[[], None]], Awaitable[Inventory]]

SOON, LATER = 0.05, 30.0
"""Seconds: a timeout that passes during the test, and one that never does."""

CREDENTIAL: Final = InlineKey(Secret("1234$abcdef"))


def inventory(region: str | None = None, snapshots: int = 1) -> Inventory:
    """Return figures of so many snapshots, whose rows name the region."""
    tally = Tally(SeriesOptions(), now=0.0)
    tally.add([Snapshot(id=f"id-{number}", region=region) for number in range(snapshots)])
    return tally.finish(snapshots)


def target(
    region_id: int, *, project_id: int = 1, selection: Selection | None = None, name: str = ""
) -> Target:
    """Return a target as the configuration names it."""
    return Target(project_id, region_id, selection, name or None, credential=CREDENTIAL)


def project(*targets: Target) -> Project:
    """Return an entry of the configuration that names its regions."""
    return Project(targets[0].project_id, targets, CREDENTIAL, targets[0].selection)


def whole_project(
    project_id: int = 1, *exclude: int, selection: Selection | None = None
) -> Project:
    """Return an entry with `regions: all`."""
    return Project(project_id, AllRegions(frozenset(exclude)), CREDENTIAL, selection)


def gives(figures: Inventory, pages: int = 1) -> Behaviour:
    """Read so many pages, then give the figures."""

    async def read(_deadline: Deadline, on_page: Callable[[], None]) -> Inventory:
        for _ in range(pages):
            on_page()
        return figures

    return read


def raises(error: BaseException, pages: int = 0) -> Behaviour:
    """Read so many pages, then raise the error."""

    async def read(_deadline: Deadline, on_page: Callable[[], None]) -> Inventory:
        for _ in range(pages):
            on_page()
        raise error

    return read


def fails(reason: Reason) -> Behaviour:
    """Fail with this reason."""
    return raises(ReadError(reason, f"it is {reason.value}"))


class Held:
    """Reads one page, and goes on when it is let."""

    def __init__(self, then: Behaviour | None = None) -> None:
        self.let_go = asyncio.Event()
        self.begun = asyncio.Event()
        self._then = then or gives(inventory(), pages=0)

    async def __call__(self, deadline: Deadline, on_page: Callable[[], None]) -> Inventory:
        """Read the target."""
        on_page()
        self.begun.set()
        await self.let_go.wait()
        return await self._then(deadline, on_page)


class Reader:
    """Reads a target as it is told for its region; other regions have one snapshot.

    Attributes:
        behaviours: by region id; may be changed at any time.
        targets: what was read, in order.
        cancelled: region ids of the reads that were cancelled.
        under_way: reads that are under way.
        begun: for each call of `begin`, how many reads were under way.
    """

    def __init__(self, behaviours: Mapping[int, Behaviour] | None = None) -> None:
        self.behaviours = dict(behaviours or {})
        self.targets: list[Target] = []
        self.cancelled: list[int | None] = []
        self.under_way = 0
        self.begun: list[int] = []

    @property
    def regions(self) -> list[int | None]:
        """The regions that were read, in order."""
        return [one.region_id for one in self.targets]

    def begin(self) -> None:
        """Note that new reads follow."""
        self.begun.append(self.under_way)

    async def read(
        self, target: Target, deadline: Deadline, on_page: Callable[[], None], /
    ) -> Inventory:
        """Read one target."""
        assert target.region_id is not None
        self.targets.append(target)
        behaviour = self.behaviours.get(target.region_id) or gives(inventory())
        self.under_way += 1
        try:
            return await behaviour(deadline, on_page)
        except asyncio.CancelledError:
            self.cancelled.append(target.region_id)
            raise
        finally:
            self.under_way -= 1


class Listing:
    """The regions list of the API.

    Attributes:
        answer: what is told next: regions, or an error that is raised.
        deadlines: that of each request, in order.
        let_go: while it is not set, there is no answer.
    """

    def __init__(self, *answer: Region, error: Exception | None = None) -> None:
        self.answer: Sequence[Region] | Exception = error or answer
        self.deadlines: list[Deadline] = []
        self.let_go = asyncio.Event()
        self.let_go.set()

    @property
    def asked(self) -> int:
        """How often the list was asked for."""
        return len(self.deadlines)

    async def __call__(self, deadline: Deadline) -> Sequence[Region]:
        """Give the list."""
        self.deadlines.append(deadline)
        await self.let_go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def no_list() -> Listing:
    """Return a listing that the key may not read."""
    return Listing(error=ReadError(Reason.FORBIDDEN, "no right", status=403))


def collector(
    *projects: Project,
    reader: Reader | None = None,
    listing: Listing | None = None,
    cache_ttl: float = 0.0,
    clock: Callable[[], float] = lambda: 1000.0,
) -> Collector:
    """Return a collector of these projects; the regions list has no entry unless one is given."""
    directory = RegionDirectory(listing or Listing())
    return Collector(projects, reader or Reader(), directory, cache_ttl=cache_ttl, clock=clock)


def outcomes(readings: Sequence[Reading]) -> dict[int | None, str | None]:
    """Return each region's reason, None for those that were read."""
    return {one.target.region_id: one.reason for one in readings}


def counted(reading: Reading) -> dict[str, int]:
    """Return the reasons that were counted for the target so far."""
    return {reason.value: number for reason, number in reading.errors.items() if number}
