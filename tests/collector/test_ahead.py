"""Creation times that lie ahead of this machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from exporter.inventory import Tally
from exporter.models import SeriesOptions, Snapshot
from tests.collector.fakes import LATER, Reader, collector, gives, project, target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.inventory import Inventory

NOW = datetime(2024, 6, 1, tzinfo=UTC).timestamp()


def made(*ahead: float) -> Inventory:
    """Return figures of snapshots made so many seconds after now."""
    tally = Tally(SeriesOptions(), NOW)
    moments = [datetime.fromtimestamp(NOW + seconds, UTC).isoformat() for seconds in ahead]
    tally.add([Snapshot(id=moment, created_at=moment) for moment in moments])
    return tally.finish(len(ahead))


async def warnings(*scrapes: Sequence[float]) -> list[list[int]]:
    """Return, for each scrape of what was made so far ahead, the warnings' seconds."""
    reader = Reader()
    tested = collector(project(target(7)), reader=reader, clock=lambda: NOW)
    told = []
    for ahead in scrapes:
        reader.behaviours[7] = gives(made(*ahead))
        with capture_logs() as logs:
            await tested.scrape(LATER)
        assert all(line["log_level"] == "warning" for line in logs)
        told.append([line["ahead_seconds"] for line in logs])
    return told


async def test_one_warning_above_five_minutes() -> None:
    """One for all snapshots of the target, and none again while it lasts."""
    assert await warnings([301, 4000, -60], [4000], [4000]) == [[4000], [], []]


async def test_no_warning_up_to_five_minutes() -> None:
    """Clocks differ a little; nor is an empty region ahead of anything."""
    assert await warnings([300, -60], [], [-1]) == [[], [], []]


async def test_another_warning_when_it_comes_back() -> None:
    """After it had passed."""
    assert await warnings([600], [10], [700]) == [[600], [], [700]]
