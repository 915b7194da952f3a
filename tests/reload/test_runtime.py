"""The exchange of the configuration while scrapes run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from exporter.config import parse
from exporter.demo import DEMO_KEY, SampleCloud
from exporter.demo.faults import status
from exporter.errors import ConfigError
from exporter.runtime import scraping
from tests.factories import account_of, snapshot_rows
from tests.server.support import served

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from exporter.config import Config


def _config(port: int, regions: str, key: str = DEMO_KEY) -> Config:
    return parse(
        f'api: {{url: "http://127.0.0.1:{port}", key: "{key}", max_retries: 0}}\n'
        f"targets: [{{project_id: 1337, regions: {regions}}}]\n",
        "test",
        {},
    )


def _cloud() -> SampleCloud:
    return SampleCloud(account_of({(1337, 7): snapshot_rows(2), (1337, 8): snapshot_rows(3)}))


def _values(registry: CollectorRegistry, name: str, label: str = "region_id") -> dict[str, float]:
    return {
        sample.labels.get(label, ""): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == name
    }


async def test_a_running_scrape_keeps_its_configuration() -> None:
    """It ends with the targets that it began with, on connections that stay open as long."""
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: object) -> None:
        asked.set()
        await released.wait()

    cloud = _cloud()
    cloud.faults[1337, 7] = hold
    async with served(cloud) as port, scraping(_config(port, "[7]")) as runtime:
        running = asyncio.create_task(runtime.scrape(None))
        await asked.wait()
        problems = await runtime.reload(lambda: _config(port, "[8]"))
        new = await runtime.scrape(None)
        released.set()
        old = await running

    assert problems == ()
    assert _values(old, "gcore_up") == {"7": 1}
    assert _values(new, "gcore_up") == {"8": 1}


async def test_the_list_of_regions_is_kept_for_the_same_account() -> None:
    """When it cannot be read after a reload, the last known one goes on."""
    cloud = _cloud()

    async def broken(_request: object) -> None:
        message = "broken"
        raise RuntimeError(message)

    async with served(cloud) as port, scraping(_config(port, "all")) as runtime:
        first = await runtime.scrape(None)
        cloud.faults["regions"] = broken
        await runtime.reload(lambda: _config(port, "all"))
        second = await runtime.scrape(None)

    assert _values(first, "gcore_up") == _values(second, "gcore_up") == {"7": 1, "8": 1}


async def test_the_name_of_a_region_is_kept() -> None:
    """Counters stay in their series although nobody tells the name after the reload."""
    cloud = _cloud()
    async with served(cloud) as port, scraping(_config(port, "[7]")) as runtime:
        first = await runtime.scrape(None)
        cloud.faults["regions"] = cloud.faults[1337, 7] = status(403)
        await runtime.reload(lambda: _config(port, "[7]"))
        second = await runtime.scrape(None)

    assert _values(first, "gcore_up", "region") == {"Region 7": 1}
    assert _values(second, "gcore_up", "region") == {"Region 7": 0}


async def test_it_is_not_kept_for_another_account() -> None:
    """A list that another key has read says nothing of what this one may see."""
    cloud = _cloud()
    cloud.keys.add("other")
    async with served(cloud) as port, scraping(_config(port, "all")) as runtime:
        await runtime.scrape(None)
        await runtime.reload(lambda: _config(port, "all", "wrong"))
        second = await runtime.scrape(None)

    assert _values(second, "gcore_up") == {"": 0}


async def test_histories_of_targets_that_are_gone_are_dropped() -> None:
    """One that comes back begins anew; those of `regions: all` stay, but for the excluded."""
    cloud = _cloud()
    async with served(cloud) as port, scraping(_config(port, "[9]")) as runtime:
        await runtime.scrape(None)
        await runtime.reload(lambda: _config(port, "all"))
        await runtime.reload(lambda: _config(port, "[9]"))
        stayed = await runtime.scrape(None)
        await runtime.reload(lambda: _config(port, "[8]"))
        await runtime.reload(lambda: _config(port, "[9]"))
        anew = await runtime.scrape(None)

    name = "gcore_scrape_errors_total"
    assert _values(stayed, name, "reason")["not_found"] == 2
    assert _values(anew, name, "reason")["not_found"] == 1


async def test_a_fault_while_loading_is_told_without_its_text() -> None:
    """A bug in the loader costs the reload only, and its words stay out of answer and log."""

    def load() -> Config:
        message = "secret"
        raise RuntimeError(message)

    async with served(_cloud()) as port, scraping(_config(port, "[7]")) as runtime:
        with structlog.testing.capture_logs() as logged:
            problems = await runtime.reload(load)
        registry = await runtime.scrape(None)

    assert problems == ("the configuration was not loaded by a fault of the exporter",)
    assert "secret" not in str([{**one, "exc_info": None} for one in logged])
    assert _values(registry, "gcore_exporter_config_last_reload_successful") == {"": 0}
    assert _values(registry, "gcore_up") == {"7": 1}


async def test_the_loop_goes_on_while_it_is_loaded() -> None:
    """Reading a file from a slow disk holds up nobody, and two reloads take turns."""
    turns: list[str] = []
    loop = asyncio.get_running_loop()

    def loading(name: str) -> Callable[[], Config]:
        def load() -> Config:
            turns.append(f"{name} begins")
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(10)
            turns.append(f"{name} ends")
            raise ConfigError([name])

        return load

    async with served(_cloud()) as port, scraping(_config(port, "[7]")) as runtime:
        problems = await asyncio.gather(
            runtime.reload(loading("first")), runtime.reload(loading("second"))
        )

    assert list(problems) == [("first",), ("second",)]
    assert turns == ["first begins", "first ends", "second begins", "second ends"]
