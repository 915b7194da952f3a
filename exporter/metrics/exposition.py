"""One scrape's answer as a collector of prometheus_client."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily

from exporter import __version__
from exporter.metrics import objects, read, snapshots
from exporter.metrics.family import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client import Metric

    from exporter.metrics.api import ApiMetrics
    from exporter.metrics.family import Row
    from exporter.reading import Reading


@dataclass
class ExporterState:
    """What the exporter says of itself.

    Attributes:
        reload_successful: whether the last attempt to load the configuration succeeded.
        reload_success_at: Unix seconds of the last one that did.
    """

    reload_successful: bool
    reload_success_at: float

    def families(self) -> Iterator[Metric]:
        """Give the families."""
        build = GaugeMetricFamily(
            "gcore_exporter_build_info",
            "1, with the version of the exporter and of Python.",
            labels=("version", "python_version"),
        )
        build.add_metric((__version__, platform.python_version()), 1.0)
        yield build
        yield GaugeMetricFamily(
            "gcore_exporter_config_last_reload_successful",
            "Whether the last attempt to load the configuration succeeded (1) or not (0).",
            value=float(self.reload_successful),
        )
        yield GaugeMetricFamily(
            "gcore_exporter_config_last_reload_success_timestamp_seconds",
            "When the configuration was last loaded successfully, in Unix seconds.",
            value=self.reload_success_at,
        )


class Exposition:
    """All families of the exporter; gives those of a scrape as a registry.

    Args:
        has_selections: whether the label ``selection`` is there (see `Identity`).
        age_buckets: bounds of the age histogram in seconds, ascending.
        clock: gives Unix seconds; read at the moment of exposition.
    """

    def __init__(
        self,
        api: ApiMetrics,
        state: ExporterState,
        clock: Callable[[], float],
        *,
        has_selections: bool,
        age_buckets: Sequence[float],
    ) -> None:
        self._identity = Identity(has_selections)
        self._rows: tuple[Row, ...] = (*read.ROWS, *snapshots.rows(age_buckets), *objects.ROWS)
        self._clock = clock
        self._api = api
        self._state = state
        self._process = (ProcessCollector(registry=None), PlatformCollector(registry=None))

    def registry(self, readings: Sequence[Reading]) -> CollectorRegistry:
        """Return a registry of one scrape, which finds each family by name too."""
        registry = CollectorRegistry()
        registry.register(_Scrape(self, readings))
        return registry

    def families(self, readings: Sequence[Reading]) -> Iterator[Metric]:
        """Give every family with the samples of the readings."""
        now = self._clock()
        for row in self._rows:
            yield row.family(self._identity, readings, now)
        yield from self._api.collect()
        yield from self._state.families()
        for collector in self._process:
            yield from collector.collect()


class _Scrape:
    """The collector of one scrape."""

    def __init__(self, exposition: Exposition, readings: Sequence[Reading]) -> None:
        self._exposition = exposition
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Give the families with their samples."""
        return self._exposition.families(self._readings)

    def describe(self) -> Iterator[Metric]:
        """Give the families without the targets' samples."""
        return self._exposition.families(())
