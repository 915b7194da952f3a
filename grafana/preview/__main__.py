"""Draws the pictures of the dashboard in ``docs/``.

It takes about two minutes and needs Debian's packages prometheus and chromium, and Plotly.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from exporter.demo import sample_account
from exporter.demo.faults import status
from grafana.dashboard import FILE
from grafana.preview.asking import Questions, View
from grafana.preview.browser import take
from grafana.preview.history import Exporter, load, write
from grafana.preview.page import WIDTH, height, page, plotly
from tests.processes import prometheus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.demo import Place, SampleCloud
    from grafana.preview.page import Answers

NOW: Final = 1_750_000_000.0
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
STEP: Final = 2 * HOUR

_PICTURES: Final = Path(__file__).parents[2] / "docs"
_ROWS: Final = {"dashboard": (1, 2), "dashboard-account": (3, 4), "dashboard-exporter": (5, 6)}
"""The rows of each picture, by its name."""
_NOTE: Final = (
    "Preview drawn from the dashboard's own queries over the sample cloud; Grafana looks different"
)
_OUTAGE: Final[Place] = (1337, 26)
_OUTAGE_HOURS: Final = (78.0, 70.0)
_BEFORE: Final = tuple(NOW - days * DAY for days in (30, 28, 21, 14))
_WEEK: Final = tuple(NOW - turn * STEP for turn in range(84, -1, -1))

_CHOSEN: Final = {
    "Data source": "Prometheus",
    "Job": "All",
    "Instance": "All",
    "Project": "All",
    "Region": "All",
    "Tag key": "team",
    "Selection": "",
    "Stale after (days)": "8",
    "Oversized above (GiB)": "2048",
}


def prepare(cloud: SampleCloud, moment: float) -> None:
    """Make the account as it was: volumes were added over the month, and a region was out."""
    cloud.account = sample_account(moment)
    age = (NOW - moment) / DAY
    for site in cloud.account.sites.values():
        newer = round(len(site.volumes) * min(0.006 * age, 0.15))
        added_since = {volume["id"] for volume in site.volumes[10 : 10 + newer]}
        site.snapshots = [s for s in site.snapshots if s["volume_id"] not in added_since]
    cloud.faults.clear()
    if _OUTAGE_HOURS[0] > (NOW - moment) / HOUR > _OUTAGE_HOURS[1]:
        cloud.faults[_OUTAGE] = status(503)


def program(name: str) -> Path:
    """Find a program.

    Raises:
        FileNotFoundError: it is not on the PATH.
    """
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not on the PATH; on Debian, install the package that has it"
        raise FileNotFoundError(message)
    return Path(found)


async def answers(board: Mapping[str, Any], folder: Path) -> Answers:
    """Return what the dashboard's queries find over a month of the sample cloud."""
    labels = {"job": "gcore", "instance": "exporter:10048"}
    await write(
        folder / "month.om", [Exporter(labels, _BEFORE + _WEEK, prepare, objects_since=NOW)]
    )
    await load(program("promtool"), folder / "month.om", folder / "data")
    view = View(NOW - 7 * DAY, NOW, STEP, {"tag_key": _CHOSEN["Tag key"]})
    keep = "--storage.tsdb.retention.time=100y"
    async with prometheus(program("prometheus"), folder, "global: {}\n", keep) as api:
        questions = Questions(api.url, board)
        found = {
            (panel["id"], target["refId"]): await questions.series(target, view)
            for panel in board["panels"]
            for target in panel.get("targets", ())
        }
        await questions.close()
    return found


async def draw(board: Mapping[str, Any], found: Answers, folder: Path) -> None:
    """Draw two rows of the dashboard into each picture."""
    for name, rows in _ROWS.items():
        part = {**board, "panels": [p for p in board["panels"] if _row_of(board, p) in rows]}
        file = folder / f"{name}.html"
        file.write_text(page(part, found, _CHOSEN, _NOTE, library=plotly()), encoding="utf-8")
        picture = _PICTURES / f"{name}.png"
        await take(program("chromium"), file, picture, WIDTH, height(part))


def _row_of(board: Mapping[str, Any], panel: Mapping[str, Any]) -> int:
    rows = [p for p in board["panels"] if p["type"] == "row"]
    return sum(row["gridPos"]["y"] <= panel["gridPos"]["y"] for row in rows)


async def main() -> None:
    """Draw all pictures."""
    board = json.loads(FILE.read_text(encoding="utf-8"))
    with TemporaryDirectory() as name:
        folder = Path(name)
        await draw(board, await answers(board, folder), folder)


if __name__ == "__main__":
    asyncio.run(main())
