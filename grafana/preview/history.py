"""What a Prometheus would have scraped from the sample cloud, as blocks of its database.

An exporter is scraped at moments of the past by a clock of its own; what it exposes is written in
OpenMetrics, from which promtool makes the blocks.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from exporter.config import parse
from exporter.demo import Account, SampleCloud, configuration
from exporter.listener import Address, bind, running
from exporter.metrics import objects
from exporter.runtime import scraping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from prometheus_client import CollectorRegistry

OBJECTS: Final = frozenset(row.name for row in objects.ROWS if "volume_id" in row.labels)
"""The families about single volumes and snapshots."""


@dataclass(frozen=True)
class Exporter:
    """An exporter with a past.

    Attributes:
        labels: what Prometheus adds to its samples: job, instance and what else it is told to.
        moments: Unix seconds of its scrapes, ascending.
        prepare: makes the cloud what it was at a moment.
        configuration: makes the exporter's YAML from the cloud's base URL.
        objects_since: Unix seconds from which single volumes and snapshots are kept, which are
            most of the samples.
        down_since: Unix seconds from which it does not answer.
        pretended: values that some metrics have instead of those exposed.
        observers: labels of the Prometheus servers that scrape it, each apart.
    """

    labels: Mapping[str, str]
    moments: Sequence[float]
    prepare: Callable[[SampleCloud, float], None]
    configuration: Callable[[str], str] = configuration
    objects_since: float = 0.0
    down_since: float = float("inf")
    pretended: Mapping[str, float] = field(default_factory=dict)
    observers: Sequence[Mapping[str, str]] = field(default=({},))


async def write(path: Path, exporters: Sequence[Exporter]) -> None:
    """Write what was scraped from the exporters, in OpenMetrics."""
    with path.open("w", encoding="utf-8") as file:
        for exporter in exporters:
            async for line in _lines(exporter):
                file.write(line)
        file.write("# EOF\n")


async def load(promtool: Path, exposition: Path, database: Path) -> None:
    """Make the database of a Prometheus from what `write` wrote.

    Raises:
        RuntimeError: promtool refused it.
    """
    process = await asyncio.create_subprocess_exec(
        promtool,
        *("tsdb", "create-blocks-from", "openmetrics", exposition, database),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode())


async def _lines(exporter: Exporter) -> AsyncIterator[str]:
    cloud = SampleCloud(Account())
    loopback = bind([Address("127.0.0.1", 0)])
    config = parse(exporter.configuration(_url(loopback[0].getsockname())), "sample cloud", {})
    moment = exporter.moments[0]
    async with running(cloud, loopback), scraping(config, clock=lambda: moment) as runtime:
        for moment in exporter.moments:
            answers = moment < exporter.down_since
            exporter.prepare(cloud, moment)
            samples = _kept(await runtime.scrape(None), exporter, moment) if answers else []
            for observer in exporter.observers:
                labels = _labels({**exporter.labels, **observer})
                yield f"up{{{labels}}} {int(answers)} {moment}\n"
                for name, own, value in samples:
                    yield f"{name}{{{labels}{own}}} {value} {moment}\n"


def _url(address: tuple[str, int]) -> str:
    return f"http://{address[0]}:{address[1]}"


def _kept(
    registry: CollectorRegistry, exporter: Exporter, moment: float
) -> list[tuple[str, str, float]]:
    """Return the name, the labels and the value of each sample that is kept."""
    with_objects = moment >= exporter.objects_since
    return [
        (
            sample.name,
            f",{_labels(sample.labels)}" if sample.labels else "",
            exporter.pretended.get(sample.name, sample.value),
        )
        for family in registry.collect()
        if family.name.startswith("gcore_") and (with_objects or family.name not in OBJECTS)
        for sample in family.samples
    ]


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
