"""The account of the built-in sample cloud: plausible, awkward, and the same for a seed.

What it shows off: a region of several pages, an empty one, one in maintenance, one that is not
open yet, one that the key may not read; a volume whose daily snapshots fail since weeks, and a
snapshot that is far larger than all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.demo.account import Account, Site
from exporter.demo.mint import Mint
from exporter.demo.quirks import make_awkward
from exporter.demo.volumes import DAILY_30, DAY, MANUAL, PLANS, WEEKLY_12, VolumeMaker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.demo.account import Place, Row

PRODUCTION: Final = 1337
STAGING: Final = 2024

LUXEMBOURG: Final = 76
FRANKFURT: Final = 38
AMSTERDAM: Final = 26
SINES: Final = 104
WARSAW: Final = 60
PARIS: Final = 180

_PROJECTS: Final[Mapping[int, str]] = {PRODUCTION: "production", STAGING: "staging"}

_REGIONS: Final[tuple[tuple[int, str, str, str], ...]] = (
    (AMSTERDAM, "Amsterdam", "NL", "ACTIVE"),
    (FRANKFURT, "Frankfurt", "DE", "ACTIVE"),
    (LUXEMBOURG, "Luxembourg-2", "LU", "ACTIVE"),
    (PARIS, "Paris-2", "FR", "NEW"),
    (SINES, "Sines", "PT", "MAINTENANCE"),
    (WARSAW, "Warsaw-2", "PL", "ACTIVE"),
)

_VOLUMES: Final[Mapping[Place, int]] = {
    (PRODUCTION, LUXEMBOURG): 160,
    (PRODUCTION, FRANKFURT): 60,
    (PRODUCTION, AMSTERDAM): 32,
    (PRODUCTION, SINES): 20,
    (STAGING, LUXEMBOURG): 16,
    (STAGING, FRANKFURT): 12,
}

_FORBIDDEN: Final[Place] = (STAGING, AMSTERDAM)

_STALE_FOR: Final = 43 * DAY
_OVERSIZED_GIB: Final = 6144
_JUST_STARTED: Final = 90.0


def sample_account(now: float, seed: int = 1) -> Account:
    """Build the sample account.

    Args:
        now: the moment that ages count from, in Unix seconds.
        seed: of everything that looks random; the same seed and `now` give an equal account.
    """
    mint = Mint(now, seed)
    account = Account(
        projects=[_project(project_id, name, mint) for project_id, name in _PROJECTS.items()],
        regions=[_region(*facts, mint=mint) for facts in _REGIONS],
    )
    for region_id, name, _country, state in _REGIONS:
        if state != "NEW":  # the real one doesn't open a region before it is done
            for project_id in _PROJECTS:
                place = (project_id, region_id)
                account.sites[place] = _site(mint, place, name)
    return account


def _project(project_id: int, name: str, mint: Mint) -> Row:
    return {
        "id": project_id,
        "client_id": 1000,
        "name": name,
        "description": None,
        "state": "ACTIVE",
        "is_default": project_id == PRODUCTION,
        "created_at": mint.moment(900 * DAY),
    }


def _region(region_id: int, name: str, country: str, state: str, *, mint: Mint) -> Row:
    return {
        "id": region_id,
        "display_name": name,
        "slug": name.lower(),
        "country": country,
        "zone": "EMEA",
        "state": state,
        "has_basic_vm": True,
        "has_kvm": True,
        "created_on": mint.moment(1200 * DAY),
    }


def _site(mint: Mint, place: Place, region: str) -> Site:
    site = Site(forbidden=place == _FORBIDDEN)
    if place in _VOLUMES:
        maker = VolumeMaker(mint, site, place, region)
        for number in range(_VOLUMES[place]):
            maker.add_volume(number, PLANS[number % len(PLANS)])
        if place == (PRODUCTION, LUXEMBOURG):
            _make_remarkable(site, maker, mint)
    mint.random.shuffle(site.snapshots)
    return site


def _make_remarkable(site: Site, maker: VolumeMaker, mint: Mint) -> None:
    kept_long = {item["volume_id"] for item in site.policies[PLANS.index(DAILY_30)]["volumes"]}
    # These volumes have so many snapshots that none becomes stale by a few that are spoiled.
    make_awkward([row for row in site.snapshots if row["volume_id"] in kept_long], mint.random)
    _outgrow(site)
    _begin_snapshots(site, maker)
    _add_stale_volume(site, maker)


def _outgrow(site: Site) -> None:
    """Grow a volume before its newest snapshot, which becomes by far the largest."""
    volume = site.volumes[PLANS.index(WEEKLY_12)]
    newest = max(
        (row for row in site.snapshots if row["volume_id"] == volume["id"]),
        key=lambda row: str(row["created_at"]),
    )
    volume["size"] = newest["size"] = _OVERSIZED_GIB


def _begin_snapshots(site: Site, maker: VolumeMaker) -> None:
    """Begin a snapshot of every tenth volume just now."""
    for volume in site.volumes[::10]:
        maker.add_snapshot(volume, MANUAL, _JUST_STARTED, "creating")


def _add_stale_volume(site: Site, maker: VolumeMaker) -> None:
    """Add a volume whose daily snapshots fail: its newest usable one is old, its newest is not."""
    volume = maker.add_volume(len(site.volumes), DAILY_30, lag=_STALE_FOR)
    for days in range(3):
        maker.add_snapshot(volume, DAILY_30, (days + 0.5) * DAY, "error")
