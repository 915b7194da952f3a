"""Reads one target: its pages from the API, walked, and folded into its inventory."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from exporter.inventory import Tally
from exporter.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.client import Client
    from exporter.deadline import Deadline
    from exporter.inventory import Inventory
    from exporter.models import ApiOptions, Page, SeriesOptions, Target


class Reader:
    """Reads targets with one client.

    Args:
        client: gives pages.
        api: the page size, and how many requests may be in flight.
        series: which objects of a target get series of their own.
        clock: Unix seconds now.
    """

    def __init__(
        self,
        client: Client,
        api: ApiOptions,
        series: SeriesOptions,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._api = api
        self._series = series
        self._clock = clock
        self._finishing = asyncio.Lock()

    def begin(self) -> None:
        """Get ready for new reads: key files are read again."""
        self._client.begin_scrape()

    async def read(
        self, target: Target, deadline: Deadline, on_page: Callable[[], None]
    ) -> Inventory:
        """Return the target's figures after a whole walk; `on_page` is called for each page.

        Raises:
            ReadError: the target could not be read in full.
        """

        async def read_page(offset: int, limit: int) -> Page:
            page = await self._client.read_page(target, offset, limit, deadline)
            on_page()
            return page

        tally, count = await walk(
            read_page,
            lambda: Tally(self._series, self._clock()),
            page_size=self._api.page_size,
            ahead=self._api.max_concurrency,
        )
        # Sorting and choosing took 32 ms for 100,000 snapshots: not on the loop. One
        # at a time, since threads would take turns anyway, and each holds memory of its own.
        async with self._finishing:
            return await asyncio.to_thread(tally.finish, count)
