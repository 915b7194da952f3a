"""What is exposed, to the byte.

After a change that is meant, write the files anew with ``GOLDEN=write`` in the environment and
read the difference.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from exporter.config import parse
from exporter.demo import DEMO_KEY, SampleCloud
from exporter.listener import Address, bind, running
from exporter.runtime import scraping
from tests.golden.cases import CASES, NOW, Case

if TYPE_CHECKING:
    from collections.abc import Callable

EXPECTED = Path(__file__).parent / "expected"

VOLATILE = (
    "gcore_api_request_duration_seconds",
    "gcore_exporter_build_info",
    "gcore_scrape_duration_seconds",
    "gcore_scrape_timeout_seconds",
    "process_",
    "python_info",
)
"""Families whose values no frozen clock freezes; the contract's test covers them."""


async def exposition(case: Case) -> str:
    """Return what a scrape of the case's account gives."""
    cloud = SampleCloud(case.account, faults=case.faults)
    loopback = bind([Address("127.0.0.1", 0)])
    url = f"http://127.0.0.1:{loopback[0].getsockname()[1]}"
    api = f'api: {{url: "{url}", key: "{DEMO_KEY}", max_retries: 0}}\n'
    config = parse(api + case.targets, f"{case.name}.yaml", {})
    async with running(cloud, loopback), scraping(config, clock=lambda: NOW) as runtime:
        for _ in range(case.scrapes):
            registry = await runtime.scrape(None)
        return generate_latest(registry).decode()


def steady(text: str) -> str:
    """Leave the volatile families out."""
    return "".join(
        line
        for line in text.splitlines(keepends=True)
        if not line.removeprefix("# HELP ").removeprefix("# TYPE ").startswith(VOLATILE)
    )


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    """Give each golden case in turn."""
    assert isinstance(request.param, Case)
    return request.param


async def test_exposition_is_as_expected(case: Case) -> None:
    """The account and the configuration of the case give the text in its file."""
    text = steady(await exposition(case))
    path = EXPECTED / f"{case.name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()


def test_promtool_finds_nothing(case: Case, tool: Callable[[str], Path]) -> None:
    """Names, types and HELP texts obey Prometheus's own linter."""
    check = [str(tool("promtool")), "check", "metrics"]
    text = asyncio.run(exposition(case))
    found = subprocess.run(check, input=text, capture_output=True, text=True, check=False)
    assert (found.stdout + found.stderr, found.returncode) == ("", 0)


async def test_no_family_and_no_sample_comes_twice(case: Case) -> None:
    """A family has one HELP, and no two of its samples share their labels."""
    text = await exposition(case)
    helps = [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")]
    assert len(helps) == len(set(helps))
    for family in text_string_to_metric_families(text):
        series = [(s.name, tuple(sorted(s.labels.items()))) for s in family.samples]
        assert len(series) == len(set(series)), family.name
