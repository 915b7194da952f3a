"""The whole exporter in this process over a sample cloud, and what it exposes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from exporter.config import parse
from exporter.demo import DEMO_KEY, SampleCloud
from exporter.runtime import scraping
from exporter.server import build_app
from tests.factories import account_of, region_row, snapshot_rows
from tests.server.support import client_of, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from prometheus_client import Metric
    from starlette.applications import Starlette

TARGETS = """\
targets:
  - {project_id: 1337, regions: [7, {id: 8, name: Eight}]}
  - {project_id: 1337, regions: [7], selection: {name: nightly jobs, schedule_id: s1}}
  - {project_id: 4242, regions: all, exclude_regions: [8]}
"""
"""Of the account's regions 7, 8 and 9, the last two entries read 7, and 7 and 9."""


def small_cloud() -> SampleCloud:
    """Return two projects in three regions, of which one is closed, with 1 to 4 snapshots each."""
    places = [(1337, 7), (1337, 8), (4242, 7), (4242, 9)]
    cloud = SampleCloud(
        account_of({place: snapshot_rows(count) for count, place in enumerate(places, 1)})
    )
    cloud.account.regions.append(region_row(10, state="DELETED"))
    return cloud


def walks(cloud: SampleCloud) -> list[str]:
    """Return the places that the cloud was asked for snapshots of, in order."""
    prefix = "/cloud/v1/snapshots/"
    return [one.path.removeprefix(prefix) for one in cloud.requests if one.path.startswith(prefix)]


def families(answer: httpx.Response) -> dict[str, Metric]:
    """Return the families of an exposition by name."""
    assert answer.status_code == 200, answer.text
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def values(answer: httpx.Response, name: str) -> dict[str, float]:
    """Return the values of a gauge by project and region, and selection if there is one."""
    return {
        "/".join(sample.labels[key] for key in ("project_id", "region_id", "selection")): (
            sample.value
        )
        for sample in families(answer)[name].samples
    }


@asynccontextmanager
async def application(
    cloud: SampleCloud, targets: str = TARGETS, most_requests: int = 200
) -> AsyncIterator[Starlette]:
    """Yield the application of an exporter that reads the cloud."""
    async with served(cloud) as port:
        text = f'api: {{url: "http://127.0.0.1:{port}", key: "{DEMO_KEY}"}}\n{targets}'
        async with scraping(parse(text, "test", {})) as runtime:
            yield build_app(
                scrape=runtime.scrape,
                telemetry_path="/metrics",
                ready=lambda: True,
                pages={},
                most_requests=most_requests,
                one_by_one=runtime,
            )


@asynccontextmanager
async def exporting(
    cloud: SampleCloud, targets: str = TARGETS, most_requests: int = 200
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of an exporter that reads the cloud."""
    async with (
        application(cloud, targets, most_requests) as app,
        client_of(app) as client,
    ):
        yield client
