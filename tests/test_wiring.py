"""The parts together: a configuration served on a real port over the sample cloud."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from exporter import listener
from exporter.config import parse
from exporter.demo import DEMO_KEY, SampleCloud, sample_account
from exporter.errors import ConfigError
from exporter.listener import Address, bind
from exporter.wiring import WebOptions, serve, serve_demo
from tests.server.support import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from starlette.requests import Request
    from structlog.typing import EventDict

    from exporter.config import Config

WEB = WebOptions((Address("127.0.0.1", 0),), "/metrics")


@asynccontextmanager
async def _serving(serving: Coroutine[None, None, None]) -> AsyncIterator[httpx.AsyncClient]:
    """Run what serves until the block ends, then stop it by a signal; yield a client of it."""
    with structlog.testing.capture_logs() as logged:
        task = asyncio.create_task(serving)
        async with asyncio.timeout(60):
            url = await _metrics_url(logged)
            async with httpx.AsyncClient(base_url=url.removesuffix("/metrics")) as client:
                yield client
                if logged[-1]["event"] != "stopping":
                    os.kill(os.getpid(), signal.SIGTERM)
                await task


async def _metrics_url(logged: Sequence[EventDict]) -> str:
    while True:
        for one in logged:
            if one["event"] == "listening":
                return str(one["metrics"])
        await asyncio.sleep(0.01)


async def _first_refusal(client: httpx.AsyncClient) -> int:
    while True:
        answer = await client.get("/-/ready")
        if answer.status_code != 200:
            return answer.status_code
        await asyncio.sleep(0.01)


def _config(port: int, regions: str) -> Config:
    text = f"""
api: {{url: "http://127.0.0.1:{port}", key: "{DEMO_KEY}", max_retries: 0}}
targets: [{{project_id: 1337, regions: {regions}}}]
"""
    return parse(text, "test", {})


def _never() -> Config:
    raise AssertionError


def _values(text: str, name: str) -> list[float]:
    return [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    ]


async def test_the_demo_serves_a_made_up_account() -> None:
    """All regions of the sample cloud are read but the one that answers 403."""
    async with _serving(serve_demo(WEB)) as client:
        ready = await client.get("/-/ready")
        metrics = await client.get("/metrics")
        chosen = await client.get("/metrics?name[]=gcore_up")

    assert ready.status_code == 200
    assert sorted(_values(metrics.text, "gcore_up")) == [0, 1, 1, 1, 1, 1, 1, 1]
    assert sum(_values(metrics.text, "gcore_snapshots")) > 1000
    assert [f.name for f in text_string_to_metric_families(chosen.text)] == ["gcore_up"]


async def test_counters_live_from_scrape_to_scrape() -> None:
    """The requests of a scrape are in the next one's counters, with those of the first."""
    async with (
        served(SampleCloud(sample_account(time.time()))) as port,
        _serving(serve(_config(port, "[76]"), WEB, _never)) as client,
    ):
        first = await client.get("/metrics")
        second = await client.get("/metrics")

    totals = [sum(_values(one.text, "gcore_api_requests_total")) for one in (first, second)]
    assert 0 < totals[0] < totals[1]


@pytest.mark.parametrize(("said", "given"), [(None, 9.5), ("2", 1.5), ("0.5", 0.25), ("junk", 9.5)])
async def test_the_deadline_is_what_prometheus_says(said: str | None, given: float) -> None:
    """A read is given Prometheus's timeout, or else the configured one, less the offset."""
    headers = {} if said is None else {"X-Prometheus-Scrape-Timeout-Seconds": said}
    async with (
        served(SampleCloud(sample_account(time.time()))) as port,
        _serving(serve(_config(port, "[76]"), WEB, _never)) as client,
    ):
        answer = await client.get("/metrics", headers=headers)

    (timeout,) = _values(answer.text, "gcore_scrape_timeout_seconds")
    assert given / 2 < timeout <= given  # it counts from a moment after the request came


async def test_a_slow_region_is_a_timeout_of_its_own() -> None:
    """When Prometheus's time is over, the answer has the region that is finished."""
    released = asyncio.Event()

    async def hang(_request: Request) -> None:
        await released.wait()

    cloud = SampleCloud(sample_account(time.time()), faults={(1337, 38): hang})
    async with (
        served(cloud) as port,
        _serving(serve(_config(port, "[76, 38]"), WEB, _never)) as client,
    ):
        answer = await client.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "2"})
        released.set()

    assert answer.status_code == 200
    assert _values(answer.text, "gcore_up") == [1, 0]
    assert 'gcore_scrape_failed{project_id="1337",reason="timeout"' in answer.text


async def test_a_scrape_outlives_the_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """After SIGTERM `/-/ready` answers 503, the scrape under way 200, and serving ends."""
    monkeypatch.setattr(listener, "_NOTICE_SECONDS", 60.0)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hold(_request: Request) -> None:
        asked.set()
        await go_on.wait()

    cloud = SampleCloud(sample_account(time.time()), faults={(1337, 76): hold})
    async with (
        served(cloud) as port,
        _serving(serve(_config(port, "[76]"), WEB, _never)) as client,
    ):
        scrape = asyncio.create_task(client.get("/metrics"))
        await asked.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        refusal = await _first_refusal(client)
        go_on.set()
        answer = await scrape

    assert refusal == 503
    assert _values(answer.text, "gcore_up") == [1]


async def test_a_taken_port_is_a_configuration_error() -> None:
    """Serving ends with words about the address, the demo's cloud too."""
    (taken,) = bind([Address("127.0.0.1", 0)])
    web = WebOptions((Address("127.0.0.1", taken.getsockname()[1]),), "/metrics")

    with taken, pytest.raises(ConfigError, match="Address already in use"):
        await serve_demo(web)
