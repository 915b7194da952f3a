"""Takes the text of a scrape apart by targets."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prometheus_client.samples import Sample

    from exporter.demo import Place
    from tests.faults.truth import Samples

_PROJECT = re.compile(r'[{,]project_id="(\d+)"')
_REGION = re.compile(r'[{,]region_id="(\d+)"')
_MOVING = re.compile(
    "gcore_scrape_(duration|timeout|last_success_timestamp)_seconds|gcore_scrape_errors_total"
    "|gcore_snapshots_(oldest_|newest_)?age_seconds"
)
"""Samples that time moves, or earlier scrapes; `gcore_scrape_errors_total` has its own test."""

_OF_THE_READ = re.compile(r"gcore_up|gcore_scrape_(?!omitted)")


class Exposition:
    """What one scrape showed.

    Attributes:
        text: as it came.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: dict[Place, list[str]] = defaultdict(list)
        self._samples: dict[Place, Samples] = defaultdict(dict)
        for line in text.splitlines():
            project, region = _PROJECT.search(line), _REGION.search(line)
            if project and region and not _MOVING.match(line):
                self._lines[int(project[1]), int(region[1])].append(line)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if "region_id" in sample.labels:
                    self._add(sample)

    def _add(self, sample: Sample) -> None:
        labels = sample.labels
        samples = self._samples[int(labels["project_id"]), int(labels["region_id"])]
        key = sample.name, frozenset(labels.items())
        assert key not in samples, "no sample comes twice"
        samples[key] = sample.value

    def steady(self, place: Place) -> str:
        """Return the target's text without what changes from scrape to scrape."""
        return "\n".join(self._lines[place])

    def samples(self, place: Place) -> Samples:
        """Return all samples of the target."""
        return self._samples[place]

    def snapshots(self, place: Place) -> Samples:
        """Return those of them that tell of snapshots, and not of the read or of ages."""
        return {
            key: value
            for key, value in self.samples(place).items()
            if not _OF_THE_READ.match(key[0]) and not _MOVING.match(key[0])
        }

    def reason(self, place: Place) -> str | None:
        """Return why the target failed; None when it is up."""
        read = {name: dict(labels) for name, labels in self.samples(place)}
        up = self.value("gcore_up", place)
        failed = read.get("gcore_scrape_failed")
        assert (up == 0) == (failed is not None)
        return None if failed is None else failed["reason"]

    def errors(self) -> Mapping[tuple[Place, str], float]:
        """Return the counters of failures, by target and reason."""
        return {
            (place, dict(labels)["reason"]): value
            for place, samples in self._samples.items()
            for (name, labels), value in samples.items()
            if name == "gcore_scrape_errors_total"
        }

    def value(self, name: str, place: Place) -> float:
        """Return the one sample of this name that the target has."""
        (value,) = (value for (found, _), value in self.samples(place).items() if found == name)
        return value
