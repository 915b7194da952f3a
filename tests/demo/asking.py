"""Asks a sample cloud as a client does, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from exporter.demo import DEMO_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.demo import Place, Row, SampleCloud

ACCEPTED = {"Authorization": f"apikey {DEMO_KEY}"}


async def ask(
    cloud: SampleCloud,
    path: str,
    params: Mapping[str, str | int] | None = None,
    *,
    method: str = "GET",
    headers: Mapping[str, str] = ACCEPTED,
) -> httpx.Response:
    """Return the answer to one request."""
    transport = httpx.ASGITransport(cloud)
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
        return await client.request(method, path, params=params, headers=headers)


async def ask_page(cloud: SampleCloud, path: str, **params: str | int) -> dict[str, Any]:
    """Return the decoded body of an answer that has to be a page."""
    answer = await ask(cloud, path, params)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def walk(cloud: SampleCloud, place: Place, limit: int) -> list[Row]:
    """Return all snapshots of a place, asked for as Gcore's SDK does."""
    rows: list[Row] = []
    while True:
        page = await ask_page(cloud, snapshots_path(place), limit=limit, offset=len(rows))
        rows += page["results"]
        if not page["results"] or len(rows) >= page["count"]:
            return rows


def snapshots_path(place: Place) -> str:
    """Return the path of a place's snapshot list."""
    return "/cloud/v1/snapshots/{}/{}".format(*place)
