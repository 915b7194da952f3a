"""A target read from the sample cloud: pages, walked, and folded into figures."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from exporter.client import Client
from exporter.credentials import InlineKey, KeyFile, Secret
from exporter.deadline import Deadline
from exporter.demo import DEMO_KEY, SampleCloud
from exporter.errors import ReadError, Reason
from exporter.metrics import ApiMetrics
from exporter.models import ApiOptions, Selection, SeriesOptions, Target
from exporter.reader import Reader
from tests.factories import account_of, identifier, snapshot_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PLACE: Final = (1337, 7)

TARGET: Final = Target(*PLACE, credential=InlineKey(Secret(DEMO_KEY)))


class Pages:
    """Counts the pages that it is told of."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        """Count one."""
        self.number += 1


@asynccontextmanager
async def reader_of(
    cloud: SampleCloud, *, page_size: int = 1000, series: SeriesOptions | None = None
) -> AsyncIterator[Reader]:
    """Yield a reader whose requests go to the cloud, seen in June 2025."""
    options = ApiOptions(url="http://cloud", page_size=page_size)
    async with Client(options, ApiMetrics(), transport=httpx.ASGITransport(cloud)) as client:
        yield Reader(client, options, series or SeriesOptions(), clock=lambda: 1_750_000_000.0)


async def test_all_pages_become_one_inventory() -> None:
    """Each page is counted as it comes, and each snapshot is in the figures once."""
    cloud = SampleCloud(account_of({PLACE: snapshot_rows(250)}))
    pages = Pages()
    async with reader_of(cloud, page_size=100) as reader:
        reader.begin()
        inventory = await reader.read(TARGET, Deadline.after(30), pages)
    assert inventory.statuses["available"].snapshots == 250
    assert inventory.reported == 250
    assert pages.number == len(cloud.requests) >= 3
    assert {request.path for request in cloud.requests} == {"/cloud/v1/snapshots/1337/7"}


async def test_series_options_and_clock_reach_the_figures() -> None:
    """The limits of the configuration; and a creation time ahead of the clock is not believed."""
    rows = snapshot_rows(9, created_at="2025-06-20T00:00:00Z")
    cloud = SampleCloud(account_of({PLACE: rows}))
    async with reader_of(cloud, series=SeriesOptions(snapshots=2)) as reader:
        inventory = await reader.read(TARGET, Deadline.after(30), Pages())
    assert len(inventory.snapshots) == 2
    assert inventory.omitted_snapshots == 7
    assert inventory.incomplete == 9


async def test_selection_reads_what_the_api_selects() -> None:
    """The filters go with each page."""
    rows = [*snapshot_rows(5, volume_id=identifier(1)), *snapshot_rows(9)[5:]]
    cloud = SampleCloud(account_of({PLACE: rows}))
    selection = Selection("one", {"volume_id": identifier(1)})
    target = Target(*PLACE, selection, credential=TARGET.credential)
    async with reader_of(cloud) as reader:
        inventory = await reader.read(target, Deadline.after(30), Pages())
    assert inventory.reported == 5


async def test_target_that_cannot_be_read_is_an_error() -> None:
    """Never an inventory of nothing."""
    pages = Pages()
    async with reader_of(SampleCloud(account_of({}))) as reader:
        with pytest.raises(ReadError) as caught:
            await reader.read(TARGET, Deadline.after(30), pages)
    assert caught.value.reason is Reason.NOT_FOUND
    assert pages.number == 0


async def test_key_file_is_read_again_when_a_scrape_begins(tmp_path: Path) -> None:
    """A rotated key is taken then, and not before."""
    path = tmp_path / "key"
    path.write_text("old")
    target = Target(*PLACE, credential=KeyFile(path))
    cloud = SampleCloud(account_of({PLACE: snapshot_rows(1)}), keys=["old"])
    async with reader_of(cloud) as reader:
        reader.begin()
        await reader.read(target, Deadline.after(30), Pages())
        path.write_text("new")
        cloud.keys = {"new"}
        with pytest.raises(ReadError) as caught:
            await reader.read(target, Deadline.after(30), Pages())
        assert caught.value.reason is Reason.AUTH
        reader.begin()
        inventory = await reader.read(target, Deadline.after(30), Pages())
    assert inventory.reported == 1
