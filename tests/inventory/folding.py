"""From rows as the API sends them to an inventory, for tests with numbers of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from exporter.inventory import Tally
from exporter.models import SeriesOptions, TagOptions
from exporter.payload import decode_page
from tests.inventory.facts import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.demo import Row
    from exporter.inventory import Inventory


def inventory_of(rows: Iterable[Row], options: SeriesOptions | None = None) -> Inventory:
    """Return what comes of these rows on one page, seen at `NOW`."""
    results = list(rows)
    body = json.dumps({"count": len(results), "results": results}).encode()
    page = decode_page(body, limit=len(results))
    tally = Tally(options or SeriesOptions(), NOW)
    tally.add(page.results)
    return tally.finish(page.count)


def tags_of(
    rows: Iterable[Row],
    *,
    limit: int | None = 200,
    keys: tuple[str, ...] | None = None,
    read_only: bool = True,
) -> dict[tuple[str, str], int]:
    """Return how many of the rows bear each tag."""
    options = SeriesOptions(tags=TagOptions(limit, keys, read_only))
    return {(tag.key, tag.value): tag.snapshots for tag in inventory_of(rows, options).tags}
