"""Every query of the dashboard, run by a real Prometheus in good and in bad times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from exporter.models import GIB
from grafana.variables import OVERSIZED_ABOVE_GIB, STALE_AFTER_DAYS
from tests.grafana.scenes import (
    DAY,
    FAILING,
    FORBIDDEN,
    GONE_SINCE,
    NOW,
    PAST,
    RECENT,
    SELECTED_PLACE,
    account,
    made_by,
    view,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager

    from exporter.demo import Row
    from grafana.preview.asking import Series
    from tests.grafana.looking import Look

    Scenes = AbstractAsyncContextManager[Look]

USABLE: Final = {None, "available", "backing-up", "restoring"}
"""The statuses that the metric contract calls usable; None is a missing one."""

ONLY_IN_TROUBLE: Final = {
    ("Regions that cannot be read", "A"),
    ("Snapshots in error, by name", "A"),
}
"""Queries that find nothing in good times."""

TROUBLES: Final = (
    "Exporters down",
    "Regions not readable",
    "Stale volumes",
    "Nothing to restore",
    "Oversized snapshots",
    "Snapshots in error",
)

OF_AN_EXPORTER: Final = {
    "Slowest read",
    "Exporters",
    "Time of a read, of its limit",
    "Pages of a scrape",
    "Failed reads by reason",
    "API requests by answer",
    "API latency",
    "Requests sent again",
}
"""Panels that rightly differ when there are two exporters."""


def rows_read(*, but: Iterable[tuple[int, int]] = ()) -> list[Row]:
    """Return the snapshots of the scenes' account, less those of some places."""
    sites = account(healthy=False).sites
    return [r for place, site in sites.items() if place not in but for r in site.snapshots]


def shown(series: list[Series]) -> dict[frozenset[tuple[str, str]], object]:
    """Return values by labels, but for the region's name, which the scenes have two of."""
    return {
        frozenset((k, v) for k, v in one["metric"].items() if k != "region"): one.get(
            "values", one.get("value")
        )
        for one in series
    }


async def test_good_times(scenes: Scenes) -> None:
    """Every query and variable finds something, lists of troubles excepted; no trouble is seen."""
    async with scenes as look:
        found = await look.at(view("healthy"))
        assert {key for key, series in found.items() if not series} == ONLY_IN_TROUBLE
        for variable in look.board["templating"]["list"]:
            if variable["type"] == "query":
                assert await look.questions.values(variable, view("healthy")), variable["name"]
        for title in (*TROUBLES, "Oldest data"):
            assert await look.number(title, view("healthy")) == 0, title


async def test_bad_times(scenes: Scenes) -> None:
    """Every query finds something, and each number of troubles is the one counted by hand."""
    rows = rows_read(but=[FAILING, FORBIDDEN])
    newest: dict[str, str] = {}
    for row in rows:
        if row.get("status") in USABLE:
            volume = row["volume_id"]
            newest[volume] = max(newest.get(volume, ""), row["created_at"][:19])
    stale_before = NOW - float(STALE_AFTER_DAYS) * DAY
    fresh = {row["volume_id"] for row in rows} - newest.keys()
    expected = {
        "Exporters down": 1,
        "Regions not readable": 2,
        "Stale volumes": len(newest) - len(made_after(newest, stale_before)),
        "Nothing to restore": len(fresh),
        "Oversized snapshots": sum((r["size"] or 0) > float(OVERSIZED_ABOVE_GIB) for r in rows),
        "Snapshots in error": sum(r.get("status") in {"error", "error_deleting"} for r in rows),
        "Oldest data": NOW - RECENT[-4],
        "Snapshots": len(rows),
        "Total size": sum(r["size"] or 0 for r in rows) * GIB,
        "Volumes with snapshots": len({row["volume_id"] for row in rows}),
    }
    async with scenes as look:
        found = await look.at(view("faulty"))
        assert {key for key, series in found.items() if not series} == set()
        numbers = {title: await look.number(title, view("faulty")) for title in expected}
    assert numbers == expected
    assert min(expected.values()) > 0


def made_after(newest: dict[str, str], moment: float) -> list[Row]:
    """Return the entries whose time is after the moment."""
    entries = [{"created_at": created} for created in newest.values()]
    before = made_by(entries, moment)
    return [entry for entry in entries if entry not in before]


async def test_bad_times_have_reasons(scenes: Scenes) -> None:
    """Each region that cannot be read has its reason, and the time since it was read, or never."""
    async with scenes as look:
        found = (await look.at(view("faulty")))["Regions that cannot be read", "A"]
    rows = {(s["metric"]["region"], s["metric"]["what_to_do"]): s["value"][1] for s in found}
    assert rows == {("Frankfurt", "server"): "360", ("Amsterdam", "forbidden"): "10000000000"}


async def test_seen_twice_counts_once(scenes: Scenes) -> None:
    """What is seen by two servers and two exporters, and in a selection, is shown as seen by one.

    The exporters also name a region differently.
    """
    async with scenes as look:
        once, twice = await look.at(view("single")), await look.at(view("twice"))
    compared = [key for key in once if key[0] not in OF_AN_EXPORTER]
    assert len(compared) > 40
    for key in compared:
        assert shown(twice[key]) == shown(once[key]), key
        assert len(twice[key]) == len(once[key]), key


async def test_selection_is_shown_when_chosen(scenes: Scenes) -> None:
    """With the name of a selection the numbers are those of its snapshots alone."""
    rows = account(healthy=False).sites[SELECTED_PLACE].snapshots
    chosen = [row for row in rows if row["volume_id"] == rows[0]["volume_id"]]
    async with scenes as look:
        seen = view("twice", selection="one-volume")
        assert await look.number("Snapshots", seen) == len(chosen)
        assert await look.number("Volumes with snapshots", seen) == 1


async def test_nobody_answers(scenes: Scenes) -> None:
    """With its only exporter down no trouble is a reassuring 0, and the data's age goes on."""
    async with scenes as look:
        assert await look.number("Exporters down", view("gone")) == 1
        assert await look.number("Oldest data", view("gone")) == NOW - (GONE_SINCE - 120)
        for title in (*TROUBLES[1:], "Snapshots", "Total size"):
            assert await look.number(title, view("gone")) is None, title


async def test_what_is_switched_off_is_unknown(scenes: Scenes) -> None:
    """Without series for volumes and snapshots, their troubles are unknown and no reassuring 0."""
    async with scenes as look:
        for title in (*TROUBLES[2:5], "Volumes with snapshots"):
            assert await look.number(title, view("without-objects")) is None, title
        assert await look.number("Snapshots", view("without-objects")) == len(
            rows_read(but=[FORBIDDEN])
        )


@pytest.mark.parametrize(("letter", "then"), list(zip("ABC", reversed(PAST), strict=True)))
async def test_growth_is_the_difference(scenes: Scenes, letter: str, then: float) -> None:
    """Growth compares regions that were read then and now, and what was made meanwhile is it."""
    grown = sum(
        len(site.snapshots) - len(made_by(site.snapshots, then))
        for place, site in account(healthy=False).sites.items()
        if place not in {FAILING, FORBIDDEN}
    )
    async with scenes as look:
        found = (await look.at(view("faulty")))["Growth in number", letter]
    assert [float(series["value"][1]) for series in found] == [grown]
