"""The lists of the sample cloud: pages, order, and what may change while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from exporter.demo import Account, SampleCloud, Site
from tests.demo.asking import ACCEPTED, ask, ask_page, snapshots_path, walk
from tests.factories import account_of, region_row, snapshot_row, snapshot_rows

if TYPE_CHECKING:
    from starlette.requests import Request

PLACE = (1337, 7)
PATH = snapshots_path(PLACE)


@pytest.mark.parametrize("limit", [1, 7, 24, 25, 26, 1000])
async def test_walk_finds_all(limit: int) -> None:
    """Walking by offset + len(results) until `count` finds each row once, in the served order."""
    rows = snapshot_rows(25)
    assert await walk(SampleCloud(account_of({PLACE: rows})), PLACE, limit) == rows


async def test_walk_of_an_empty_place() -> None:
    """A place without snapshots has `count` 0 and no results."""
    page = await ask_page(SampleCloud(account_of({PLACE: []})), PATH)
    assert page == {"count": 0, "results": []}


async def test_offset_past_the_end() -> None:
    """Beyond the end a page is empty and still says how many there are."""
    page = await ask_page(SampleCloud(account_of({PLACE: snapshot_rows(3)})), PATH, offset=3)
    assert page == {"count": 3, "results": []}


async def test_snapshots_default_limit() -> None:
    """Without a limit a page of snapshots has 1,000 rows."""
    cloud = SampleCloud(account_of({PLACE: snapshot_rows(1001)}))
    page = await ask_page(cloud, PATH)
    assert page["count"] == 1001
    assert len(page["results"]) == 1000


async def test_regions_default_limit() -> None:
    """Without a limit a page of regions has 100 rows; up to 1,000 may be asked for."""
    cloud = SampleCloud(Account(regions=[region_row(number) for number in range(150)]))
    first = await ask_page(cloud, "/cloud/v1/regions")
    rest = await ask_page(cloud, "/cloud/v1/regions", offset=100, limit=1000)
    assert [row["id"] for row in first["results"] + rest["results"]] == list(range(150))
    assert first["count"] == rest["count"] == 150


async def test_projects_and_volumes() -> None:
    """The lists of projects and of a place's volumes are pages of the same shape."""
    account = account_of({PLACE: []})
    account.sites[PLACE].volumes.extend([{"id": "a"}, {"id": "b"}])
    cloud = SampleCloud(account)
    assert await ask_page(cloud, "/cloud/v1/projects") == {"count": 1, "results": [{"id": 1337}]}
    page = await ask_page(cloud, "/cloud/v1/volumes/1337/7", limit=1, offset=1)
    assert page == {"count": 2, "results": [{"id": "b"}]}


async def test_changes_between_pages_show() -> None:
    """Rows deleted and inserted while a walk runs shift its later pages and their count."""
    account = account_of({PLACE: snapshot_rows(4)})
    cloud = SampleCloud(account)
    first = await ask_page(cloud, PATH, limit=2)
    del account.sites[PLACE].snapshots[0]
    account.sites[PLACE].snapshots += [snapshot_row(9), snapshot_row(10)]
    second = await ask_page(cloud, PATH, limit=2, offset=2)
    assert (first["count"], second["count"]) == (4, 5)
    assert [row["name"] for row in second["results"]] == ["snapshot-4", "snapshot-9"]


async def test_fault_may_change_the_account() -> None:
    """A change that a fault makes shows in the answer to the same request."""
    account = account_of({PLACE: []})

    async def insert(_request: Request) -> None:
        account.sites[PLACE].snapshots.append(snapshot_row())

    assert (await ask_page(SampleCloud(account, faults={PLACE: insert}), PATH))["count"] == 1


async def test_new_site_is_served() -> None:
    """A place that comes into being while the cloud runs is served."""
    cloud = SampleCloud(Account())
    cloud.account.sites[PLACE] = Site(snapshots=[snapshot_row()])
    assert (await ask_page(cloud, PATH))["results"] == [snapshot_row()]


async def test_unknown_parameters_are_ignored() -> None:
    """A parameter that is not documented changes nothing."""
    cloud = SampleCloud(account_of({PLACE: snapshot_rows(2)}))
    assert await ask_page(cloud, PATH, order_by="size", status="error") == await ask_page(
        cloud, PATH
    )


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5", "identity"])
async def test_gzip_only_if_asked_for(accepted: str) -> None:
    """A page is compressed for a client that accepts gzip, and plain otherwise."""
    rows = snapshot_rows(50)
    cloud = SampleCloud(account_of({PLACE: rows}))
    answer = await ask(cloud, PATH, headers={**ACCEPTED, "Accept-Encoding": accepted})
    assert answer.json()["results"] == rows
    assert answer.headers.get("Content-Encoding") == ("gzip" if "gzip" in accepted else None)
    assert answer.headers["Vary"] == "Accept-Encoding"


async def test_raw_value_is_sent_as_it_is() -> None:
    """A row may hold JSON that no encoder would write, a lone surrogate for example."""
    row = snapshot_row(name=msgspec.Raw(rb'"\ud800"'))
    answer = await ask(SampleCloud(account_of({PLACE: [row]})), PATH)
    assert rb'"name":"\ud800"' in answer.content
