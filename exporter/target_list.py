"""Which targets there are: those that the configuration names, and those of the regions list."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from exporter.models import AllRegions, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.deadline import Deadline
    from exporter.models import Project
    from exporter.regions import RegionDirectory


class TargetName(NamedTuple):
    """How a client names one target; `selection` is empty for all snapshots of the region."""

    project_id: int
    region_id: int
    selection: str = ""


class TargetList:
    """The targets of one configuration.

    Args:
        projects: what the configuration asks for.
        regions: resolves ``regions: all`` and gives regions their names.
    """

    def __init__(self, projects: Sequence[Project], regions: RegionDirectory) -> None:
        self._projects = projects
        self._regions = regions

    def ask_for_regions(self, deadline: Deadline) -> asyncio.Task[None] | None:
        """Ask for the regions list if that is due; see `RegionDirectory.refresh`."""
        needed = any(isinstance(project.regions, AllRegions) for project in self._projects)
        return self._regions.refresh(deadline, needed=needed)

    async def of_project(
        self, project: Project, listing: asyncio.Task[None] | None, deadline: Deadline
    ) -> Sequence[Target]:
        """Return the targets of a project.

        Args:
            project: one of the configuration.
            listing: the attempt to get the regions list, if it must be waited for.
            deadline: how long that may take.

        Raises:
            ReadError: its regions are not known.
        """
        if not isinstance(project.regions, AllRegions):
            return project.regions
        await wait_for(listing, deadline)
        return [
            Target(project.project_id, region_id, project.selection, credential=project.credential)
            for region_id in self._regions.resolve(project.regions)
        ]

    async def named(self, deadline: Deadline) -> list[Target]:
        """Return all targets, each with its region's name, or the region's id as text.

        Raises:
            ReadError: the regions of a project are not known.
        """
        listing = self.ask_for_regions(deadline)
        await wait_for(listing, deadline)
        return [
            replace(target, region_name=self.region_name(target))
            for project in self._projects
            for target in await self.of_project(project, listing, deadline)
        ]

    def region_name(self, target: Target, told: str | None = None) -> str:
        """Return the name of a target's region, or its id as text while none is known.

        Args:
            target: its region is known.
            told: the name that a snapshot of the target tells, if one does.
        """
        assert target.region_id is not None  # noqa: S101 - for the type checker: it has one
        self._regions.learn(target.region_id, told)
        return target.region_name or self._regions.name(target.region_id)

    def project_of(self, name: TargetName) -> Project | None:
        """Return the project that has the target, or may have it; None if there is none."""
        for project in self._projects:
            selection = project.selection.name if project.selection else ""
            if (project.project_id, selection) == (name.project_id, name.selection) and _reaches(
                project, name.region_id
            ):
                return project
        return None

    def covers(self, target: Target) -> bool:
        """Tell whether a project of the configuration has the target, or may have it."""
        return any(
            (project.project_id, project.selection) == (target.project_id, target.selection)
            and _reaches(project, target.region_id)
            for project in self._projects
        )


def _reaches(project: Project, region_id: int | None) -> bool:
    if isinstance(project.regions, AllRegions):
        return region_id not in project.regions.exclude
    return any(target.region_id == region_id for target in project.regions)


async def wait_for(listing: asyncio.Task[None] | None, deadline: Deadline) -> None:
    """Wait for the regions list, if it is being asked for, but not beyond the deadline."""
    if listing is not None:
        await asyncio.wait([listing], timeout=max(0.0, deadline.remaining()))
