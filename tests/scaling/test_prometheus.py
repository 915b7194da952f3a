"""Two exporters behind one address, and two real Prometheus servers that share their targets."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from exporter.demo import DEMO_KEY, SampleCloud
from tests.factories import account_of, snapshot_rows
from tests.processes import Prometheus, metrics_url, prometheus, started
from tests.scaling.support import walks
from tests.server.support import served
from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

EXAMPLE = ROOT / "prometheus" / "prometheus.sharding.example.yml"

PLACES = [(1337, region) for region in range(1, 7)] + [(4242, region) for region in range(1, 7)]
INSTANCES = {f"{project}/{region}/" for project, region in PLACES}
TARGETS = """\
targets:
  - {project_id: 1337, regions: all}
  - {project_id: 4242, regions: [1, 2, 3, 4, 5, 6]}
"""


@asynccontextmanager
async def balanced(addresses: Sequence[str]) -> AsyncIterator[str]:
    """Yield an address that leads each new connection to the next of these."""
    turns = cycle(addresses)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = next(turns).rpartition(":")
        there = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, there[1]), pass_on(there[0], writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Write what is read until one side is gone."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def shard(number: int, balancer: str, exporters: Sequence[str]) -> str:
    """Return the example for one of the servers, with addresses and intervals of the test."""
    document: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    probes, own = document["scrape_configs"]
    for job in (probes, own):
        job["scrape_interval"] = job["scrape_timeout"] = "3s"
    [discovery] = probes["http_sd_configs"]
    discovery["url"] = discovery["url"].replace("gcore-snapshot-exporter:10048", balancer)
    probes["relabel_configs"][-1]["regex"] = str(number)
    own["static_configs"] = [{"targets": list(exporters)}]
    return yaml.safe_dump({"scrape_configs": [probes, own]})


async def scrapes(servers: Sequence[Prometheus]) -> list[Counter[str]]:
    """Return how often each server has read each target so far."""
    query = 'sum by (instance) (count_over_time(up{job="gcore-snapshots"}[1h]))'
    return [
        Counter({row["metric"]["instance"]: int(row["value"][1]) for row in await one.query(query)})
        for one in servers
    ]


async def agreed(servers: Sequence[Prometheus], cloud: SampleCloud) -> list[Counter[str]]:
    """Wait until each target was scraped twice, and read as often as that and no more.

    A scrape may be under way when both are counted, but not at all times.
    """
    while True:
        found = await scrapes(servers)
        read = Counter(f"{place}/" for place in walks(cloud))
        total = sum(found, Counter())
        if set(total) == INSTANCES and min(total.values()) >= 2 and total == read:
            return found
        await asyncio.sleep(0.2)


async def exporter_at(stack: AsyncExitStack, configuration: Path) -> str:
    """Start an exporter that ends with the stack, and return its address."""
    flags = f"--config.file={configuration}", "--web.listen-address=127.0.0.1:0"
    process = await stack.enter_async_context(started(*flags, stderr=asyncio.subprocess.PIPE))
    return urlsplit(await metrics_url(process)).netloc


async def test_replicas_share_the_work_and_shards_the_targets(
    tmp_path: Path, tool: Callable[[str], Path]
) -> None:
    """Each target is read once an interval, by one server, under a name of its own.

    Both exporters have a part in it, and say themselves what they do.
    """
    cloud = SampleCloud(account_of({place: snapshot_rows(3) for place in PLACES}))
    configuration = tmp_path / "config.yaml"
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(served(cloud))
        api = f'api: {{url: "http://127.0.0.1:{port}", key: "{DEMO_KEY}"}}\n'
        configuration.write_text(api + TARGETS)
        exporters = [await exporter_at(stack, configuration) for _ in range(2)]
        balancer = await stack.enter_async_context(balanced(exporters))
        servers = []
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            text = shard(number, balancer, exporters)
            running = prometheus(tool("prometheus"), folder, text)
            servers.append(await stack.enter_async_context(running))
        found = await agreed(servers, cloud)
        shown = [
            await one.query('count by (instance) (gcore_up{job="gcore-snapshots"} == 1)')
            for one in servers
        ]
        requests = [
            await servers[0].value(
                f'sum(gcore_api_requests_total{{instance="{one}",endpoint="snapshots"}})'
            )
            for one in exporters
        ]
        renamed = await servers[0].query('{__name__=~"gcore_.+",exported_region!=""}')

    assert found[0].keys() | found[1].keys() == INSTANCES
    assert not found[0].keys() & found[1].keys()
    assert all(found)
    for rows, own in zip(shown, found, strict=True):
        assert {row["metric"]["instance"]: row["value"][1] for row in rows} == dict.fromkeys(
            own, "1"
        )
    assert min(requests) > 0
    assert renamed == []


def test_the_example_is_valid(tool: Callable[[str], Path]) -> None:
    """Prometheus takes the configuration that we show, with the rules beside it."""
    checked = subprocess.run(
        [tool("promtool"), "check", "config", EXAMPLE.name],
        cwd=EXAMPLE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
