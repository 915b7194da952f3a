"""What a real Prometheus reads from the exporter as started from the command line."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from exporter.demo import DEMO_KEY, SampleCloud, sample_account
from exporter.listener import Address, bind, running
from exporter.models import GIB
from tests.factories import account_of, identifier, snapshot_row
from tests.processes import metrics_url, prometheus, started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from exporter.demo import Row

JOB = """\
global: {{scrape_interval: 3s, scrape_timeout: 3s}}
scrape_configs:
  - job_name: gcore
    static_configs: [{{targets: ["{address}"]}}]
"""


def job(url: str) -> str:
    """Return Prometheus's configuration for an exporter."""
    return JOB.format(address=urlsplit(url).netloc)


def made(ago: timedelta, number: int, **fields: object) -> Row:
    """Return a row of a snapshot that was made so long ago."""
    moment = (datetime.now(tz=UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return snapshot_row(number, created_at=moment, **fields)


async def test_demo_is_scraped(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    """Counts by project and region are those of the sample account; the refused region is down."""
    sites = sample_account(time.time()).sites
    async with started("--demo", "--web.listen-address=127.0.0.1:0") as exporter:
        url = await metrics_url(exporter)
        async with prometheus(tool("prometheus"), tmp_path, job(url)) as api:
            assert await api.value("min_over_time(up[1m])") == 1
            counts = {
                (int(row["metric"]["project_id"]), int(row["metric"]["region_id"])): row["value"][1]
                for row in await api.query("sum by (project_id, region_id) (gcore_snapshots)")
            }
            down = await api.query("gcore_up == 0")
    read = [place for place in sites if place[0] == 1337] + [(2024, 76), (2024, 38)]
    assert counts == {place: str(len(sites[place].snapshots)) for place in read}
    assert [(row["metric"]["project_id"], row["metric"]["region_id"]) for row in down] == [
        ("2024", "26")
    ]


async def test_own_account_is_scraped(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    """With a configuration file and a key file: counts, sizes, ages, volumes, tags and build."""
    tag = {"key": "env", "value": "production", "read_only": False}
    rows = [
        made(timedelta(hours=3), 1, size=20, volume_id=identifier(100), tags=[tag]),
        made(timedelta(days=10), 2, size=30, volume_id=identifier(100), status="error"),
        made(timedelta(days=40), 3, size=4000, volume_id=identifier(200)),
    ]
    loopback = bind([Address("127.0.0.1", 0)])
    (tmp_path / "key").write_text(f"apikey {DEMO_KEY}\n")
    (tmp_path / "config.yaml").write_text(
        f"api: {{url: 'http://127.0.0.1:{loopback[0].getsockname()[1]}', key_file: key}}\n"
        "targets: [{project_id: 1337, regions: [7]}]\n"
    )
    flags = f"--config.file={tmp_path / 'config.yaml'}", "--web.listen-address=127.0.0.1:0"
    cloud = SampleCloud(account_of({(1337, 7): rows}))
    async with running(cloud, loopback), started(*flags) as exporter:
        url = await metrics_url(exporter)
        async with prometheus(tool("prometheus"), tmp_path, job(url)) as api:
            assert await api.value("sum(gcore_snapshots)") == 3
            assert await api.value('gcore_snapshots{status="error"}') == 1
            assert await api.value("sum(gcore_snapshots_size_bytes)") == 4050 * GIB
            assert await api.value("gcore_snapshots_largest_size_bytes") == 4000 * GIB
            hours = await api.value("gcore_snapshots_newest_age_seconds / 3600")
            assert hours == pytest.approx(3, abs=0.1)
            days = await api.value(
                f"(time() - gcore_volume_snapshots_newest_timestamp_seconds{{volume_id="
                f'"{identifier(200)}"}}) / 86400'
            )
            assert days == pytest.approx(40, abs=0.1)
            assert await api.value('gcore_snapshots_age_seconds_bucket{le="604800.0"}') == 1
            assert await api.value('gcore_snapshots_tagged{tag_key="env"}') == 1
            assert await api.value('gcore_up{region="Region 7"}') == 1
            assert await api.value("count(gcore_exporter_build_info)") == 1
