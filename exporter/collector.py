"""One scrape: every target read at the same time, each ending as an inventory or as a reason."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import structlog

from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.models import AllRegions, Target
from exporter.reading import Reading
from exporter.shared_read import SharedRead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exporter.inventory import Inventory
    from exporter.models import Project
    from exporter.regions import RegionDirectory


class TargetReader(Protocol):
    """What walks a target."""

    def begin(self) -> None:
        """Get ready for new reads; called while none is under way."""

    async def read(
        self, target: Target, deadline: Deadline, on_page: Callable[[], None], /
    ) -> Inventory:
        """Return the target's figures after a whole walk.

        Args:
            target: what to read; its region is known.
            deadline: when the walk must be over; it may move later meanwhile.
            on_page: to be called for each page read.

        Raises:
            ReadError: the target could not be read in full.
        """


@dataclass
class _History:
    """What the process remembers of a target from scrape to scrape."""

    errors: dict[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
    last_success: float | None = None


class Collector:
    """Reads all targets on demand.

    Args:
        projects: what the configuration asks for.
        reader: walks one target.
        regions: resolves ``regions: all`` and gives regions their names.
        cache_ttl: seconds for which a read in full is served again; 0 never does.
        clock: Unix seconds now.
    """

    def __init__(
        self,
        projects: Sequence[Project],
        reader: TargetReader,
        regions: RegionDirectory,
        *,
        cache_ttl: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._projects = projects
        self._reader = reader
        self._regions = regions
        self._cache_ttl = cache_ttl
        self._clock = clock
        self._reads: dict[Target, SharedRead] = {}
        self._histories: defaultdict[Target, _History] = defaultdict(_History)

    async def scrape(self, timeout: float) -> tuple[Reading, ...]:  # noqa: ASYNC109 - see below
        """Read every target, or join the reads of a scrape that is under way.

        Args:
            timeout: seconds after which this ends with what is finished. It is no
                `asyncio.timeout` around the call: the targets that are not finished are told.

        Returns:
            A reading for every target, in the configuration's order.
        """
        deadline = Deadline.after(timeout)
        if not any(read.running for read in self._reads.values()):
            self._reader.begin()
        listing = self.ask_for_regions(deadline)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._read_project(project, listing, deadline))
                    for project in self._projects
                ]
        finally:  # Also when the client went away: what is done must not stay in memory.
            self._reads = {
                target: read
                for target, read in self._reads.items()
                if read.running or read.succeeded_within(self._cache_ttl)
            }
        return tuple(reading for task in tasks for reading in task.result())

    def succeed(self, former: Collector) -> None:
        """Take over the histories of the targets that stay; scrapes of `former` still add to them.

        Args:
            former: that of the configuration before this one.
        """
        self._histories.update(
            (target, history)
            for target, history in former._histories.items()
            if any(_covers(project, target) for project in self._projects)
        )

    def ask_for_regions(self, deadline: Deadline) -> asyncio.Task[None] | None:
        """Ask for the regions list if that is due; see `RegionDirectory.refresh`."""
        needed = any(isinstance(project.regions, AllRegions) for project in self._projects)
        return self._regions.refresh(deadline, needed=needed)

    async def _read_project(
        self, project: Project, listing: asyncio.Task[None] | None, deadline: Deadline
    ) -> list[Reading]:
        try:
            targets = await self._targets(project, listing, deadline)
        except ReadError as error:
            return [self._unresolved(project, error, deadline)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._read_target(target, listing, deadline))
                for target in targets
            ]
        return [task.result() for task in tasks]

    async def _targets(
        self, project: Project, listing: asyncio.Task[None] | None, deadline: Deadline
    ) -> Sequence[Target]:
        if not isinstance(project.regions, AllRegions):
            return project.regions
        await _wait_for(listing, deadline)
        return [
            Target(project.project_id, region_id, project.selection, credential=project.credential)
            for region_id in self._regions.resolve(project.regions)
        ]

    def _unresolved(self, project: Project, error: ReadError, deadline: Deadline) -> Reading:
        """Return the one reading of a project whose regions are not known."""
        target = Target(project.project_id, None, project.selection, credential=project.credential)
        self._failed(target, error, 0.0)
        history = self._histories[target]
        return Reading(
            target=target,
            region="",
            duration=0.0,
            timeout=max(0.0, deadline.remaining()),
            pages=0,
            inventory=None,
            reason=error.reason,
            errors=dict(history.errors),
            last_success=None,
            error=error,
        )

    async def _read_target(
        self, target: Target, listing: asyncio.Task[None] | None, deadline: Deadline
    ) -> Reading:
        read = self._reads.get(target)
        if read is None or not (read.running or read.succeeded_within(self._cache_ttl)):
            read = self._reads[target] = SharedRead(target, deadline, self._execute)
        await read.wait(deadline)
        error = read.error
        if read.running:
            error = ReadError(Reason.TIMEOUT, "the deadline passed; a later scrape still waits")
            self._failed(target, error, read.duration)
        await _wait_for(listing, deadline)
        history = self._histories[target]
        return Reading(
            target=target,
            region=self._region_label(target, read.inventory),
            duration=read.duration,
            timeout=read.timeout,
            pages=read.pages,
            inventory=None if error else read.inventory,
            reason=error.reason if error else None,
            errors=dict(history.errors),
            last_success=history.last_success,
            error=error,
        )

    async def _execute(self, read: SharedRead) -> None:
        """Read one target: the one place where any failure of it ends."""
        try:
            read.inventory = await self._reader.read(read.target, read.deadline, read.count_page)
            self._histories[read.target].last_success = self._clock()
        except ReadError as error:
            read.error = error
        except asyncio.CancelledError:
            if not read.timed_out:
                raise
            read.error = ReadError(Reason.TIMEOUT, "the scrape's deadline passed")
        except Exception as error:  # noqa: BLE001 - no fault of ours may leave its target
            name = type(error).__name__
            read.error = ReadError(Reason.UNEXPECTED, f"a fault in the exporter: {name}")
            frames = "".join(traceback.format_tb(error.__traceback__))
            structlog.get_logger().error("fault in the exporter", fault=name, frames=frames)
        finally:
            read.end()
        if read.error:
            self._failed(read.target, read.error, read.duration)

    def _failed(self, target: Target, error: ReadError, seconds: float) -> None:
        self._histories[target].errors[error.reason] += 1
        structlog.get_logger().warning(
            "target not read",
            project=target.project_id,
            region=target.region_id,
            selection=target.selection.name if target.selection else None,
            reason=error.reason.value,
            status=error.status,
            attempts=error.attempts,
            seconds=round(seconds, 3),
            request_id=error.request_id,
            error=str(error),
        )

    def _region_label(self, target: Target, inventory: Inventory | None) -> str:
        assert target.region_id is not None  # noqa: S101 - for the type checker: it was read
        if inventory is not None:
            self._regions.learn(target.region_id, inventory.region)
        return target.region_name or self._regions.name(target.region_id)


def _covers(project: Project, target: Target) -> bool:
    """Tell whether a project of the configuration has the target, or may have it."""
    if isinstance(project.regions, AllRegions):
        place = project.project_id, project.selection
        excluded = target.region_id in project.regions.exclude
        return place == (target.project_id, target.selection) and not excluded
    return target in project.regions


async def _wait_for(listing: asyncio.Task[None] | None, deadline: Deadline) -> None:
    """Wait for the regions list, if it is being asked for, but not beyond the deadline."""
    if listing is not None:
        await asyncio.wait([listing], timeout=max(0.0, deadline.remaining()))
