"""The text under faults and with odd rows, as read by promtool and by a real Prometheus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from exporter.errors import Reason
from tests.factories import snapshot_row
from tests.faults import behaviours as do
from tests.faults.lab import lab
from tests.faults.truth import LARGE, PLACES, true_samples
from tests.processes import prometheus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from exporter.demo import Place, Row
    from tests.faults.server import Behaviour, Exchange
    from tests.faults.truth import Samples
    from tests.processes import Prometheus

JOB = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs: [{{job_name: gcore, static_configs: [{{targets: ["{address}"]}}]}}]
"""

DOWN: dict[Place, tuple[Behaviour, Reason]] = {
    LARGE: (do.later(do.fails(503)), Reason.SERVER),
    (2024, 4): (do.fails(403), Reason.FORBIDDEN),
}

ODD_ROWS: list[Row] = [
    snapshot_row(9001, name='quo"ted \\ back\nnew line\x00nul', tags=[{"key": "k", "value": "v"}]),
    snapshot_row(9002, name="x" * 100_000, status="brand-new"),
    snapshot_row(9004, size=None, created_at="yesterday", description=5, name=None),
    snapshot_row(9005, size=-1, created_at="1999-01-01T00:00:00Z", volume_id=None),
    snapshot_row(9006, size=1.5, created_at=None, project_id=9, region_id=9, region="Elsewhere"),
    snapshot_row(9007, size=2**60, created_at="9999-01-01T00:00:00Z", tags=[{"key": "k"}, 5]),
]


async def read_back(api: Prometheus, place: Place) -> Samples:
    """Return what Prometheus holds of a target, as the truth is written."""
    project, region = place
    rows = await api.query(
        f'{{__name__=~"gcore_snapshot.*|gcore_volume.*|gcore_scrape_omitted_objects",'
        f'__name__!~".*age_seconds.*",project_id="{project}",region_id="{region}"}}'
    )
    ours = {"job", "instance"}
    return {
        (
            row["metric"].pop("__name__"),
            frozenset(item for item in row["metric"].items() if item[0] not in ours),
        ): float(row["value"][1])
        for row in rows
    }


async def test_prometheus_reads_the_truth(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    """Under two faults: healthy targets equal the account, failed ones have only a reason."""
    async with lab(tmp_path) as made:
        made.server.faults = {place: behave for place, (behave, _) in DOWN.items()}
        job = JOB.format(address=urlsplit(made.child.url).netloc)
        async with prometheus(tool("prometheus"), tmp_path, job) as api:
            assert await api.value("count_over_time(up[1m]) > 1") >= 2
            assert await api.value("min_over_time(up[1m])") == 1
            failed = await api.query("gcore_scrape_failed == 1")
            assert {
                (int(row["metric"]["project_id"]), int(row["metric"]["region_id"])): row["metric"][
                    "reason"
                ]
                for row in failed
            } == {place: reason.value for place, (_, reason) in DOWN.items()}
            for place in PLACES:
                held = await read_back(api, place)
                account = made.server.cloud.account
                assert held == ({} if place in DOWN else true_samples(account, place))


async def test_odd_rows_give_a_valid_exposition(
    tmp_path: Path, tool: Callable[[str], Path]
) -> None:
    """Each odd figure costs itself only; promtool takes the text, and no sample comes twice."""
    async with lab(tmp_path) as made:
        made.server.cloud.account.sites[1337, 3].snapshots.extend(ODD_ROWS)
        made.server.cloud.account.sites[1337, 2].snapshots.clear()
        made.server.faults[1337, 2] = lone_surrogate
        shown = await made.scrape()
        assert shown.value("gcore_snapshots_reported", (1337, 3)) == 6
        assert shown.value("gcore_snapshots_incomplete", (1337, 3)) == 4
        statuses = {
            dict(labels)["status"]: value
            for (name, labels), value in shown.samples((1337, 3)).items()
            if name == "gcore_snapshots" and value
        }
        assert statuses == {"available": 5, "brand-new": 1}
        names = {
            dict(labels)["snapshot_name"]
            for name, labels in shown.samples((1337, 3))
            if name == "gcore_snapshot_info"
        }
        assert {'quo"ted \\ back\nnew line\x00nul', "x" * 1024, ""} <= names
        assert "\ufffd lone" in shown.text
        assert shown.value("gcore_snapshots_reported", (1337, 2)) == 1
        check = await asyncio.create_subprocess_exec(
            tool("promtool"),
            "check",
            "metrics",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await check.communicate(shown.text.encode())
        assert (said, check.returncode) == (b"", 0)


async def lone_surrogate(exchange: Exchange) -> None:
    """Give a row whose name has half a character, as only an escape can."""
    row = b'{"id": "s", "name": "\\ud83d lone", "status": "odd status"}'
    await do.answers(b'{"count": 1, "results": [' + row + b"]}")(exchange)
