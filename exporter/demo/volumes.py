"""Makes the volumes of a site, with the snapshots that plans made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.demo.account import Place, Row, Site
    from exporter.demo.mint import Mint

DAY: Final = 86400.0
"""Seconds."""


@dataclass(frozen=True)
class Plan:
    """How snapshots of a volume are made.

    Attributes:
        days: between one snapshot and the next.
        keep: snapshots that are kept.
        scheduled: made by a lifecycle policy, not by hand.
    """

    name: str
    days: int
    keep: int
    scheduled: bool = True


DAILY_14: Final = Plan("daily-14", 1, 14)
DAILY_30: Final = Plan("daily-30", 1, 30)
WEEKLY_12: Final = Plan("weekly-12", 7, 12)
MANUAL: Final = Plan("manual", 31, 3, scheduled=False)

PLANS: Final = (DAILY_14, DAILY_30, WEEKLY_12, MANUAL)

_TEAMS: Final = ("payments", "search", "checkout", "identity", "media", "data-platform")
_ROLES: Final = ("db", "app", "queue", "cache", "files")
_SIZES_GIB: Final = (10, 20, 40, 50, 100, 200, 250, 500, 1000)

_STATUSES: Final[Mapping[str, int]] = {
    "available": 960,
    "error": 15,
    "backing-up": 10,
    "deleting": 8,
    "restoring": 4,
    "error_deleting": 3,
}
"""Statuses of snapshots that daily plans made, with their weights."""

_BUSY: Final = frozenset({"backing-up", "creating", "deleting", "restoring"})
"""Statuses of snapshots that a task holds a lock on."""


class VolumeMaker:
    """Fills one site.

    Args:
        mint: makes identifiers and moments.
        site: gets the policies at once, volumes and snapshots as they are made.
        place: the ids of the site's project and region.
        region: the region's display name.
    """

    def __init__(self, mint: Mint, site: Site, place: Place, region: str) -> None:
        self._mint = mint
        self._site = site
        project_id, region_id = place
        self._where = {"project_id": project_id, "region_id": region_id, "region": region}
        self._policies = {plan: self._policy(plan) for plan in PLANS if plan.scheduled}
        site.policies.extend(self._policies.values())
        self._instance_id = mint.identifier()

    def add_volume(self, number: int, plan: Plan, *, lag: float = 0.0) -> Row:
        """Add a volume with all snapshots that the plan keeps, and return it.

        Args:
            number: even ones are boot volumes, the odd one that follows is on the same instance.
            plan: how its snapshots are made.
            lag: seconds by which all of its snapshots are older than the plan says.
        """
        if number % 2 == 0:
            self._instance_id = self._mint.identifier()
        volume = self._volume(number, plan)
        self._site.volumes.append(volume)
        if plan.scheduled:
            self._policies[plan]["volumes"].append(
                {"volume_id": volume["id"], "volume_name": volume["name"]}
            )
        youngest = lag + self._mint.random.uniform(600.0, plan.days * DAY)
        for turn in range(plan.keep):
            self.add_snapshot(volume, plan, youngest + turn * plan.days * DAY, self._status(plan))
        return volume

    def add_snapshot(self, volume: Row, plan: Plan, age: float, status: str) -> None:
        """Add a snapshot of the volume, `age` seconds old."""
        mint = self._mint
        created_at = mint.moment(age)
        snapshot: Row = {
            "id": mint.identifier(),
            "name": f"{volume['name']}-{created_at[:10]}",
            "description": f"Made by policy {plan.name}" if plan.scheduled else None,
            "status": status,
            "size": volume["size"],
            "volume_id": volume["id"],
            "created_at": created_at,
            "updated_at": mint.moment(age * 0.999),
            **self._where,
            "tags": [*volume["tags"], *_plan_tags(plan)],
            "task_id": mint.identifier() if status in _BUSY else None,
            "creator_task_id": mint.identifier(),
        }
        self._site.snapshots.append(snapshot)
        volume["snapshot_ids"].append(snapshot["id"])
        if plan.scheduled:
            (schedule,) = self._policies[plan]["schedules"]
            self._site.made_by[snapshot["id"]] = schedule["id"]

    def _status(self, plan: Plan) -> str:
        if plan.days > 1:  # one that isn't usable would leave the volume without a recent one
            return "available"
        (status,) = self._mint.random.choices(tuple(_STATUSES), tuple(_STATUSES.values()))
        return status

    def _policy(self, plan: Plan) -> Row:
        return {
            "id": self._mint.number(),
            "name": plan.name,
            "status": "active",
            "action": "volume_snapshot",
            **self._where,
            "schedules": [
                {
                    "id": self._mint.identifier(),
                    "type": "interval",
                    "weeks": 0,
                    "days": plan.days,
                    "hours": 0,
                    "minutes": 0,
                    "max_quantity": plan.keep,
                    "retention_time": None,
                }
            ],
            "volumes": [],
        }

    def _volume(self, number: int, plan: Plan) -> Row:
        mint = self._mint
        team = mint.random.choice(_TEAMS)
        is_root = number % 2 == 0
        volume_id = mint.identifier()
        return {
            "id": volume_id,
            "name": f"{team}-{mint.random.choice(_ROLES)}-{number:03}",
            "size": mint.random.choice(_SIZES_GIB),
            "status": "in-use" if plan.scheduled else "available",
            "volume_type": mint.random.choice(("standard", "ssd_hiiops")),
            "created_at": mint.moment(mint.random.uniform(200, 800) * DAY),
            **self._where,
            "attachments": [self._attachment(volume_id, number)] if plan.scheduled else [],
            "is_root_volume": is_root,
            "bootable": is_root,
            "tags": _volume_tags(team, number),
            "snapshot_ids": [],
        }

    def _attachment(self, volume_id: str, number: int) -> Row:
        return {
            "server_id": self._instance_id,
            "instance_name": f"vm-{number // 2:03}",
            "volume_id": volume_id,
            "device": "/dev/vda" if number % 2 == 0 else "/dev/vdb",
        }


def _tag(key: str, value: str, *, read_only: bool = False) -> Row:
    return {"key": key, "value": value, "read_only": read_only}


def _volume_tags(team: str, number: int) -> list[Row]:
    """Return a volume's tags; every ninth has none."""
    if number % 9 == 0:
        return []
    tags = [_tag("env", ("prod", "prod", "staging", "dev")[number % 4]), _tag("team", team)]
    if number % 2 == 0:
        tags.append(_tag("os_distro", ("ubuntu", "debian")[number % 4 // 2], read_only=True))
    return tags


def _plan_tags(plan: Plan) -> list[Row]:
    """Return what a plan adds to the tags of a snapshot."""
    if not plan.scheduled:
        return []
    return [
        _tag("retention", f"{plan.days * plan.keep}d"),
        _tag("snapshot_policy", plan.name, read_only=True),
    ]
