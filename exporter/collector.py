"""One scrape: every target read at the same time, each ending as an inventory or as a reason."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.fault import logged
from exporter.models import Target
from exporter.reading import Reading
from exporter.shared_read import SharedRead
from exporter.target_list import TargetList, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exporter.inventory import Inventory
    from exporter.models import Project
    from exporter.regions import RegionDirectory
    from exporter.target_list import TargetName


_AHEAD_SECONDS: Final = 300.0
"""How far ahead of this machine's clock a creation time may lie without a warning."""


class TargetReader(Protocol):
    """What walks a target."""

    def begin(self) -> None:
        """Get ready for new reads; those that are under way began a scrape's deadline ago."""

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
    is_ahead: bool = False


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
        self._targets = TargetList(projects, regions)
        self._cache_ttl = cache_ttl
        self._clock = clock
        self._reads: dict[Target, SharedRead] = {}
        self._histories: defaultdict[Target, _History] = defaultdict(_History)
        self._round_ends = 0.0

    async def scrape(self, timeout: float) -> tuple[Reading, ...]:  # noqa: ASYNC109 - see below
        """Read every target, or join the reads of a scrape that is under way.

        Args:
            timeout: seconds after which this ends with what is finished. It is no
                `asyncio.timeout` around the call: the targets that are not finished are told.

        Returns:
            A reading for every target, in the configuration's order.
        """
        deadline = Deadline.after(timeout)
        self._begin(deadline)
        listing = self.ask_for_regions(deadline)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._read_project(project, listing, deadline))
                    for project in self._projects
                ]
        finally:  # Also when the client went away: what is done must not stay in memory.
            self._forget()
        return tuple(reading for task in tasks for reading in task.result())

    async def probe(self, name: TargetName, timeout: float) -> Reading | None:  # noqa: ASYNC109 - as above
        """Read one target, or join its read that is under way, of a scrape or another probe.

        Args:
            name: which target.
            timeout: seconds after which this ends with or without it.

        Returns:
            None if there is no such target. While the regions of its project are not known, a
            reading that says why.
        """
        project = self._targets.project_of(name)
        if project is None:
            return None
        deadline = Deadline.after(timeout)
        self._begin(deadline)
        listing = self.ask_for_regions(deadline)
        try:
            targets = await self._targets.of_project(project, listing, deadline)
        except ReadError as error:
            reading = self._unresolved(project, error, deadline)
            target = replace(reading.target, region_id=name.region_id)
            return replace(reading, target=target, region=self._targets.region_name(target))
        wanted = [target for target in targets if target.region_id == name.region_id]
        try:
            return await self._read_target(wanted[0], listing, deadline) if wanted else None
        finally:
            self._forget()

    async def targets(self, timeout: float) -> list[Target]:  # noqa: ASYNC109 - as above
        """Return all targets, each with its region's name; the list may take `timeout` seconds.

        Raises:
            ReadError: the regions of a project are not known.
        """
        return await self._targets.named(Deadline.after(timeout))

    def succeed(self, former: Collector) -> None:
        """Take over the histories of the targets that stay; scrapes of `former` still add to them.

        Args:
            former: that of the configuration before this one.
        """
        self._histories.update(
            (target, history)
            for target, history in former._histories.items()
            if self._targets.covers(target)
        )

    def ask_for_regions(self, deadline: Deadline) -> asyncio.Task[None] | None:
        """Ask for the regions list if that is due; see `RegionDirectory.refresh`."""
        return self._targets.ask_for_regions(deadline)

    def _begin(self, deadline: Deadline) -> None:
        """Begin a new round of reads, unless this scrape or probe falls into one.

        A round ends with its last read, or with the deadline of whoever began it: probes of a
        thousand targets may overlap for ever.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._round_ends or not any(read.running for read in self._reads.values()):
            self._round_ends = deadline.at
            self._reader.begin()

    def _forget(self) -> None:
        """Forget the reads that nobody can join any more."""
        self._reads = {
            target: read
            for target, read in self._reads.items()
            if read.running or read.succeeded_within(self._cache_ttl)
        }

    async def _read_project(
        self, project: Project, listing: asyncio.Task[None] | None, deadline: Deadline
    ) -> list[Reading]:
        try:
            targets = await self._targets.of_project(project, listing, deadline)
        except ReadError as error:
            return [self._unresolved(project, error, deadline)]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._read_target(target, listing, deadline))
                for target in targets
            ]
        return [task.result() for task in tasks]

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
        await wait_for(listing, deadline)
        history = self._histories[target]
        told = read.inventory.region if read.inventory else None
        return Reading(
            target=target,
            region=self._targets.region_name(target, told),
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
            now = self._histories[read.target].last_success = self._clock()
            self._warn_if_ahead(read.target, read.inventory, now)
        except ReadError as error:
            read.error = error
        except asyncio.CancelledError as error:
            if read.timed_out:
                read.error = ReadError(Reason.TIMEOUT, "the scrape's deadline passed")
            elif read.cancelling():
                raise
            else:  # Nobody cancelled this; something that it awaited was.
                read.error = logged(error)
        except Exception as error:  # noqa: BLE001 - no fault of ours may leave its target
            read.error = logged(error)
        finally:
            read.end()
        if read.error:
            self._failed(read.target, read.error, read.duration)

    def _warn_if_ahead(self, target: Target, inventory: Inventory, now: float) -> None:
        """Warn, once until it has passed, that creation times lie in the future."""
        ahead = (inventory.ages.latest() or 0.0) - now
        history = self._histories[target]
        if ahead > _AHEAD_SECONDS and not history.is_ahead:
            structlog.get_logger().warning(
                "snapshots were created in the future; check the clock of this machine",
                **_names(target),
                ahead_seconds=round(ahead),
            )
        history.is_ahead = ahead > _AHEAD_SECONDS

    def _failed(self, target: Target, error: ReadError, seconds: float) -> None:
        self._histories[target].errors[error.reason] += 1
        structlog.get_logger().warning(
            "target not read",
            **_names(target),
            reason=error.reason.value,
            status=error.status,
            attempts=error.attempts,
            seconds=round(seconds, 3),
            request_id=error.request_id,
            error=str(error),
        )


def _names(target: Target) -> dict[str, int | str | None]:
    """Return how the log names a target."""
    selection = target.selection.name if target.selection else None
    return {"project": target.project_id, "region": target.region_id, "selection": selection}
