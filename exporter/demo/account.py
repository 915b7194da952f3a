"""What a Gcore Cloud account holds, as plain data that may change while it is served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Row = dict[str, Any]
"""One object as the API's JSON has it; a value may be a `msgspec.Raw`, which is sent as it is."""

Place = tuple[int, int]
"""A project's id and a region's id."""


@dataclass
class Site:
    """What one project has in one region.

    Attributes:
        snapshots: served in this order.
        made_by: for each snapshot that a schedule made, by its id, the schedule's id.
        forbidden: the key may not read here, and the API answers 403.
    """

    snapshots: list[Row] = field(default_factory=list)
    volumes: list[Row] = field(default_factory=list)
    policies: list[Row] = field(default_factory=list)
    made_by: dict[str, str] = field(default_factory=dict)
    forbidden: bool = False


@dataclass
class Account:
    """Everything that one client's keys can ask for; a place without a site is unknown (404)."""

    projects: list[Row] = field(default_factory=list)
    regions: list[Row] = field(default_factory=list)
    sites: dict[Place, Site] = field(default_factory=dict)


def select(site: Site, filters: Mapping[str, str]) -> Sequence[Row]:
    """Return the snapshots that pass all filters, in the site's order.

    Args:
        site: what is filtered.
        filters: query parameters; those that are no filter of the snapshot list are ignored.

    Raises:
        ValueError: ``lifecycle_policy_id`` is no integer.
    """
    tests = [make(site, filters[name]) for name, make in _FILTERS.items() if name in filters]
    if not tests:
        return site.snapshots
    return [row for row in site.snapshots if all(test(row) for test in tests)]


def _of_volume(_site: Site, volume_id: str) -> Callable[[Row], bool]:
    return lambda row: row.get("volume_id") == volume_id


def _of_instance(site: Site, instance_id: str) -> Callable[[Row], bool]:
    attached = {
        volume["id"]
        for volume in site.volumes
        if any(attachment["server_id"] == instance_id for attachment in volume["attachments"])
    }
    return lambda row: row.get("volume_id") in attached


def _of_schedule(site: Site, schedule_id: str) -> Callable[[Row], bool]:
    return lambda row: site.made_by.get(row["id"]) == schedule_id


def _of_policy(site: Site, policy_id: str) -> Callable[[Row], bool]:
    wanted = int(policy_id)
    schedules = {
        schedule["id"]
        for policy in site.policies
        if policy["id"] == wanted
        for schedule in policy["schedules"]
    }
    return lambda row: site.made_by.get(row["id"]) in schedules


_FILTERS: Final[Mapping[str, Callable[[Site, str], Callable[[Row], bool]]]] = {
    "instance_id": _of_instance,
    "lifecycle_policy_id": _of_policy,
    "schedule_id": _of_schedule,
    "volume_id": _of_volume,
}
