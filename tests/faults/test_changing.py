"""A list that changes while the exporter walks it over HTTP."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from tests.faults.lab import lab
from tests.faults.truth import LARGE

if TYPE_CHECKING:
    from pathlib import Path

    from exporter.demo import Row
    from tests.faults.exposition import Exposition

SCRAPES = 12


def shown_ids(shown: Exposition) -> list[str]:
    """Return the ids of the snapshots that are shown."""
    return [
        dict(labels)["snapshot_id"]
        for name, labels in shown.samples(LARGE)
        if name == "gcore_snapshot_info"
    ]


class Changes:
    """Inserts and deletes rows of a list, on and on.

    Attributes:
        touched: ids that came or went.
    """

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self._random = Random(7)  # noqa: S311 - the same changes in each run
        self._pattern = dict(rows[0])
        self.touched: set[str] = set()

    async def go_on(self) -> None:
        """Change the list every few milliseconds, in which a walk has sent a request or two."""
        while True:
            await asyncio.sleep(0.01)
            place = self._random.randrange(len(self._rows))
            if len(self._rows) > 110:
                self.touched.add(self._rows.pop(place)["id"])
            new = self._pattern | {"id": f"new-{len(self.touched)}-{self._random.random()}"}
            self._rows.insert(self._random.choice((0, len(self._rows), place)), new)
            self.touched.add(new["id"])


async def test_list_that_changes_is_shown_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whatever comes and goes meanwhile, every snapshot that stays is shown, once."""
    async with lab(tmp_path) as made:
        rows = made.server.cloud.account.sites[LARGE].snapshots
        before = {row["id"] for row in rows}
        changes = Changes(rows)
        changing = asyncio.create_task(changes.go_on())
        read = 0
        for _ in range(SCRAPES):
            shown = await made.scrape()
            if shown.reason(LARGE) is not None:
                assert shown.reason(LARGE) == "inconsistent"
                assert shown.snapshots(LARGE) == {}
                continue
            read += 1
            ids = shown_ids(shown)
            assert len(ids) == len(set(ids))
            assert before - changes.touched <= set(ids)
            assert set(ids) <= before | changes.touched
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
        assert read >= SCRAPES - 2, "hardly any walk is refused"
        shown = await made.scrape()
        assert set(shown_ids(shown)) == {row["id"] for row in rows}
