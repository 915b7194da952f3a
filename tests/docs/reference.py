"""The tables of the metric reference, made from what the sample cloud's scrape exposes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from exporter.config import parse
from exporter.demo import SampleCloud, configuration, sample_account
from exporter.listener import Address, bind, running
from exporter.metrics import objects, read, snapshots
from exporter.runtime import scraping

if TYPE_CHECKING:
    from prometheus_client import Metric

TARGET_LABELS = ("project_id", "region_id", "region")
LISTED_SUFFIXES = ("_gcount", "_gsum")
"""Samples that the text format shows as metrics of their own."""


class Entry(NamedTuple):
    """A row of the reference."""

    name: str
    kind: str
    labels: str
    help: str

    def line(self) -> str:
        """Return the row as Markdown."""
        return f"| `{self.name}` | {self.kind} | {self.labels} | {self.help} |\n"


async def demo_families() -> list[Metric]:
    """Return the families of one scrape of the sample cloud."""
    loopback = bind([Address("127.0.0.1", 0)])
    url = f"http://127.0.0.1:{loopback[0].getsockname()[1]}"
    config = parse(configuration(url), "demo", {})
    cloud = SampleCloud(sample_account(time.time()))
    async with running(cloud, loopback), scraping(config) as runtime:
        return list((await runtime.scrape(None)).collect())


def entries(family: Metric) -> list[Entry]:
    """Return the rows of a family: one, and those of the suffixes that are listed apart."""
    name = family.name + ("_total" if family.type == "counter" else "")
    names = {sample.name for sample in family.samples}
    rows = [(name, family.type.replace("gaugehistogram", "gauge histogram"))]
    rows += [(family.name + end, "gauge") for end in LISTED_SUFFIXES if family.name + end in names]
    return [Entry(name, kind, _labels(family, name), family.documentation) for name, kind in rows]


def _labels(family: Metric, name: str) -> str:
    """Return the labels that the samples bear, those of a target as R."""
    of_name = [s for s in family.samples if s.name == name] or family.samples
    labels = list(dict.fromkeys(label for sample in of_name for label in sample.labels))
    own = [f"`{label}`" for label in labels if label not in TARGET_LABELS]
    return ", ".join((["R"] if TARGET_LABELS[0] in labels else []) + own)


def reference(families: list[Metric]) -> str:
    """Return the tables of the families that are ours, in the order of the exposition."""
    ours = [family for family in families if family.name.startswith("gcore_")]
    text = ""
    for title, number in (
        ("Of every target, always", len(read.ROWS)),
        ("Snapshots of a target", len(snapshots.rows((1.0,)))),
        ("Worst first: single volumes and snapshots", len(objects.ROWS)),
        ("The exporter itself", len(ours)),
    ):
        lines = [row.line() for family in ours[:number] for row in entries(family)]
        text += f"## {title}\n\n| name | type | labels | what it is |\n|---|---|---|---|\n"
        text += "".join(lines) + "\n"
        del ours[:number]
    return text
