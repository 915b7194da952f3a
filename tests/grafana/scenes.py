"""The states of the world that the dashboard is looked at in: each a job of one Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from exporter.demo import Account, Site, configuration, sample_account
from exporter.demo.faults import status
from grafana.preview.asking import View
from grafana.preview.history import Exporter

if TYPE_CHECKING:
    from exporter.demo import Place, Row, SampleCloud

NOW: Final = 1_750_000_000.0
STEP: Final = 120.0
DAY: Final = 86400.0

RECENT: Final = tuple(NOW - STEP * turn for turn in range(5, -1, -1))
PAST: Final = tuple(NOW - DAY * days - 600 for days in (30, 7, 1))

FAILING_SINCE: Final = RECENT[-3]
"""More than the 5 minutes that Prometheus looks back lie after the last good read."""
DOWN_SINCE: Final = RECENT[-2]
GONE_SINCE: Final = RECENT[-4]

FAILING: Final[Place] = (1337, 38)
FORBIDDEN: Final[Place] = (2024, 26)
SELECTED_PLACE: Final[Place] = (1337, 76)


def view(job: str, **values: str) -> View:
    """Return how a user looks at the state that is this job."""
    return View(RECENT[0], NOW, STEP, {"job": job, "tag_key": "env", **values})


@cache
def account(*, healthy: bool) -> Account:
    """Return a part of the sample account at `NOW`: a few volumes of each kind of plan.

    With `healthy` only volumes with daily snapshots, all of them available; without it each region
    that has volumes also has one whose snapshots are all in error.
    """
    full = sample_account(NOW)
    sites = {}
    for place, site in full.sites.items():
        wanted = (0, 1) if healthy else (0, 1, 2, 3)
        chosen = [v for n, v in enumerate(site.volumes) if n % 12 in wanted]
        if not healthy:
            chosen += site.volumes[160:]  # the stale one
        volumes = {volume["id"] for volume in chosen}
        rows = [row for row in site.snapshots if row["volume_id"] in volumes]
        if healthy:
            rows = [row | {"status": "available"} for row in rows]
        else:
            spoiled = chosen[3]["id"] if len(chosen) > 3 else None
            rows = [r | {"status": "error"} if r["volume_id"] == spoiled else r for r in rows]
        sites[place] = Site(snapshots=rows, forbidden=site.forbidden)
    return Account(projects=full.projects, regions=full.regions, sites=sites)


def made_by(rows: list[Row], moment: float) -> list[Row]:
    """Return the snapshots that had been made by then."""
    then = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return [row for row in rows if row["created_at"][:19] <= then]


def _as_of(whole: Account, moment: float) -> Account:
    sites = {
        place: Site(snapshots=made_by(site.snapshots, moment), forbidden=site.forbidden)
        for place, site in whole.sites.items()
    }
    return Account(projects=whole.projects, regions=whole.regions, sites=sites)


def _good(cloud: SampleCloud, moment: float) -> None:
    cloud.account = _as_of(account(healthy=True), moment)


def _bad(cloud: SampleCloud, moment: float) -> None:
    cloud.account = _as_of(account(healthy=False), moment)
    if moment >= FAILING_SINCE:
        cloud.faults[FAILING] = status(502)


def _mixed(cloud: SampleCloud, moment: float) -> None:
    cloud.account = _as_of(account(healthy=False), moment)


def _good_configuration(url: str) -> str:
    return (
        configuration(url)
        .partition("  - project_id: 2024")[0]
        .replace("regions: all", "regions: [76, 38, 26]")
    )


def _impatient(url: str) -> str:
    """Send a request again only once, to save time."""
    return configuration(url).replace("api:\n", "api:\n  max_retries: 1\n")


def _switched_off(url: str) -> str:
    """Give volumes and snapshots no series of their own."""
    return configuration(url) + "series: {volumes: 0, snapshots: 0}\n"


def _with_selection(url: str) -> str:
    """Name a region otherwise than others do, and read a part of another once more."""
    volume_id = account(healthy=False).sites[SELECTED_PLACE].snapshots[0]["volume_id"]
    return configuration(url).replace("name: Frankfurt", "name: FRA") + (
        "  - project_id: 1337\n"
        "    regions: [76]\n"
        f"    selection: {{name: one-volume, volume_id: {volume_id}}}\n"
    )


HEALTHY: Final = Exporter(
    {"job": "healthy", "instance": "one:10048"},
    PAST + RECENT,
    _good,
    _good_configuration,
    objects_since=NOW,
)

_FAULTY: Final = Exporter(
    {"job": "faulty", "instance": "one:10048"},
    PAST + RECENT,
    _bad,
    _impatient,
    objects_since=NOW,
    pretended={"gcore_exporter_config_last_reload_successful": 0.0},
)
_DOWN: Final = Exporter(
    {"job": "faulty", "instance": "two:10048"},
    RECENT,
    _bad,
    _impatient,
    objects_since=NOW,
    down_since=DOWN_SINCE,
)

SINGLE: Final = Exporter(
    {"job": "single", "instance": "one:10048"}, PAST + RECENT, _mixed, objects_since=NOW
)

_SERVERS: Final = ({"replica": "a"}, {"replica": "b"})
_TWICE: Final = (
    replace(SINGLE, labels={"job": "twice", "instance": "one:10048"}, observers=_SERVERS),
    replace(
        SINGLE,
        labels={"job": "twice", "instance": "two:10048"},
        observers=_SERVERS,
        configuration=_with_selection,
    ),
)

_GONE: Final = replace(
    HEALTHY, labels={"job": "gone", "instance": "one:10048"}, moments=RECENT, down_since=GONE_SINCE
)

_WITHOUT_OBJECTS: Final = Exporter(
    {"job": "without-objects", "instance": "one:10048"},
    RECENT[-1:],
    _mixed,
    _switched_off,
)

EXPORTERS: Final = (HEALTHY, _FAULTY, _DOWN, SINGLE, *_TWICE, _GONE, _WITHOUT_OBJECTS)
