"""Reloading a running exporter, by signal and by HTTP, through the command line."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.demo import DEMO_KEY, SampleCloud
from tests.factories import account_of, snapshot_rows
from tests.processes import metrics_url, started
from tests.server.support import served

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

SUCCESSFUL = "gcore_exporter_config_last_reload_successful"
SUCCESS_AT = "gcore_exporter_config_last_reload_success_timestamp_seconds"


class Setup:
    """A configuration file that the test writes, and what it has read."""

    def __init__(self, file: Path, cloud: SampleCloud, url: str) -> None:
        self.file = file
        self.cloud = cloud
        self._url = url

    def write(self, regions: str, more: str = "") -> None:
        """Write a configuration with these regions."""
        self.file.write_text(
            f'api: {{url: "{self._url}", key: "{DEMO_KEY}"}}\n'
            f"targets: [{{project_id: 1337, regions: {regions}}}]\n{more}"
        )


def _values(text: str, name: str) -> dict[str, float]:
    """Return the values of a sample by region, or under an empty name."""
    return {
        sample.labels.get("region_id", ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


@asynccontextmanager
async def _exporter(tested: Setup, *flags: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    arguments = (f"--config.file={tested.file}", "--web.listen-address=127.0.0.1:0", *flags)
    async with started(*arguments) as process:
        url = await metrics_url(process)
        async with httpx.AsyncClient(base_url=url.removesuffix("/metrics")) as client:
            yield process, client


@asynccontextmanager
async def _tested(folder: Path) -> AsyncIterator[Setup]:
    cloud = SampleCloud(account_of({(1337, 7): snapshot_rows(2), (1337, 8): snapshot_rows(3)}))
    async with served(cloud) as api:
        yield Setup(folder / "config.yaml", cloud, f"http://127.0.0.1:{api}")


async def _line(process: Process, words: bytes) -> bytes:
    """Return the next line of the log that has these words."""
    assert process.stderr is not None
    async for line in process.stderr:
        if words in line:
            return line
    pytest.fail("the exporter ended")


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_good_file_is_taken_at_once(tmp_path: Path, method: str) -> None:
    """The next scrape has its targets; the status page's configuration is the new one too."""
    async with _tested(tmp_path) as tested:
        tested.write("[7]")
        async with _exporter(tested, "--web.enable-lifecycle") as (_, client):
            first = (await client.get("/metrics")).text
            tested.write("[7, 8]")
            answer = await client.request(method, "/-/reload")
            second = (await client.get("/metrics")).text
            shown = (await client.get("/config")).text

    assert (answer.status_code, answer.text) == (200, "The configuration was loaded.\n")
    assert (_values(first, "gcore_up"), _values(second, "gcore_up")) == ({"7": 1}, {"7": 1, "8": 1})
    assert _values(second, SUCCESS_AT)[""] > _values(first, SUCCESS_AT)[""]
    assert "8" in shown


async def test_without_the_flag_http_is_refused(tmp_path: Path) -> None:
    """`/-/reload` is a 403 that names the flag, and nothing is loaded."""
    async with _tested(tmp_path) as tested:
        tested.write("[7]")
        async with _exporter(tested) as (_, client):
            tested.write("[8]")
            answer = await client.post("/-/reload")
            metrics = (await client.get("/metrics")).text

    assert answer.status_code == 403
    assert "--web.enable-lifecycle" in answer.text
    assert list(_values(metrics, "gcore_up")) == ["7"]


async def test_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    """The answer is a 500 with the reason, the gauge 0, and the old targets go on."""
    async with _tested(tmp_path) as tested:
        tested.write("[7]")
        async with _exporter(tested, "--web.enable-lifecycle") as (process, client):
            first = (await client.get("/metrics")).text
            tested.write("[8]", "scrap: {}\n")
            answer = await client.post("/-/reload")
            line = await _line(process, b"configuration not loaded")
            broken = (await client.get("/metrics")).text
            tested.write("[8]")
            healed = await client.post("/-/reload")
            last = (await client.get("/metrics")).text

    reason = f"{tested.file}: scrap: unknown key; did you mean `scrape`?"
    assert (answer.status_code, answer.text) == (500, f"{reason}\n")
    assert b"level=error" in line
    assert b"did you mean `scrape`" in line
    assert DEMO_KEY not in answer.text
    assert (_values(broken, SUCCESSFUL), _values(broken, "gcore_up")) == ({"": 0}, {"7": 1})
    assert _values(broken, SUCCESS_AT) == _values(first, SUCCESS_AT)
    assert (healed.status_code, _values(last, SUCCESSFUL)) == (200, {"": 1})
    assert _values(last, "gcore_up") == {"8": 1}


async def test_a_hangup_loads_it_too(tmp_path: Path) -> None:
    """SIGHUP needs no flag; a bad file is told in the log, and a missing one is no end either."""
    async with _tested(tmp_path) as tested:
        tested.write("[7]")
        async with _exporter(tested) as (process, client):
            tested.write("[8]")
            process.send_signal(signal.SIGHUP)
            await _line(process, b'event="configuration loaded"')
            second = (await client.get("/metrics")).text
            await asyncio.to_thread(tested.file.unlink)
            process.send_signal(signal.SIGHUP)
            line = await _line(process, b"configuration not loaded")
            third = (await client.get("/metrics")).text
            process.send_signal(signal.SIGTERM)
            ended = await process.wait()

    assert _values(second, "gcore_up") == {"8": 1}
    assert b"there is no such file" in line
    assert (_values(third, "gcore_up"), _values(third, SUCCESSFUL)) == ({"8": 1}, {"": 0})
    assert ended == 0


async def test_counters_survive(tmp_path: Path) -> None:
    """Requests, failures, the last success and the region's name of a target that stays go on."""
    async with _tested(tmp_path) as tested:
        tested.write("[7, 9]")
        async with _exporter(tested, "--web.enable-lifecycle") as (_, client):
            first = (await client.get("/metrics")).text
            tested.write("[7, 9]", "scrape: {cache_ttl: 1s}\n")
            await client.post("/-/reload")
            tested.cloud.keys.clear()
            second = (await client.get("/metrics")).text

    name = "gcore_scrape_errors_total"
    reasons = 'reason="not_found",region="9",region_id="9"} 1.0'
    assert reasons in first
    assert reasons in second
    assert 'reason="auth",region="Region 7",region_id="7"} 1.0' in second
    assert f'{name}{{project_id="1337",reason="not_found",region="Region 7"' in second
    last = "gcore_scrape_last_success_timestamp_seconds"
    assert _values(second, last) == _values(first, last)
    assert 'gcore_api_requests_total{code="404",endpoint="snapshots"} 1.0' in second
