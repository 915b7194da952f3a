"""One scrape's answer as a collector of prometheus_client."""

from __future__ import annotations

import platform
import threading
import weakref
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
    from exporter.models import Target
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
        self._scrapes: weakref.WeakKeyDictionary[CollectorRegistry, _Scrape] = (
            weakref.WeakKeyDictionary()
        )
        self._process = (ProcessCollector(registry=None), PlatformCollector(registry=None))

    def registry(self, readings: Sequence[Reading], began: float = 0.0) -> CollectorRegistry:
        """Return a registry of one scrape, which finds each family by name too.

        Scrapes that overlap get the same one where that is as good for all of them (see
        `_Scrape.serves`), so that it is rendered once.

        Args:
            readings: what came of the scrape.
            began: when the scrape began, on any clock that all of them share.
        """
        for registry, scrape in self._scrapes.items():
            if scrape.serves(readings, began):
                return registry
        registry = CollectorRegistry()
        scrape = self._scrapes[registry] = _Scrape(self, readings, began)
        registry.register(scrape)
        return registry

    def of_target(self, reading: Reading) -> CollectorRegistry:
        """Return a registry of one target's gauges.

        Whoever asks for one target may ask any of several exporters in turn, where counters would
        look like resets; and what they say of themselves is nothing of the target's.
        """
        gauges = tuple(row for row in self._rows if row.kind != "counter")
        return _registry(lambda readings: self._of_targets(gauges, readings), (reading,))

    def of_exporter(self) -> CollectorRegistry:
        """Return a registry of what the exporter says of itself."""
        return _registry(lambda _readings: self._own(), ())

    def families(self, readings: Sequence[Reading]) -> Iterator[Metric]:
        """Give every family with the samples of the readings."""
        yield from self._of_targets(self._rows, readings)
        yield from self._own()

    def _of_targets(self, rows: Sequence[Row], readings: Sequence[Reading]) -> Iterator[Metric]:
        now = self._clock()
        for row in rows:
            yield row.family(self._identity, readings, now)

    def _own(self) -> Iterator[Metric]:
        yield from self._api.collect()
        yield from self._state.families()
        for collector in self._process:
            yield from collector.collect()


class _Given:
    """The collector of readings that no other scrape is served with."""

    def __init__(
        self,
        families: Callable[[Sequence[Reading]], Iterator[Metric]],
        readings: Sequence[Reading],
    ) -> None:
        self._families = families
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Give the families with their samples."""
        return self._families(self._readings)

    def describe(self) -> Iterator[Metric]:
        """Give the families without the targets' samples."""
        return self._families(())


def _registry(
    families: Callable[[Sequence[Reading]], Iterator[Metric]], readings: Sequence[Reading]
) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Given(families, readings))
    return registry


class _Scrape:
    """The collector of one scrape, or of several that overlap."""

    def __init__(self, exposition: Exposition, readings: Sequence[Reading], began: float) -> None:
        self._exposition = exposition
        self._readings = readings
        self._began = began
        self._collected = False
        self._lock = threading.Lock()  # it is collected in a thread of its own

    def serves(self, readings: Sequence[Reading], began: float) -> bool:
        """Tell whether the client of another scrape can be served with this one.

        It can if both show the same. Until this one is collected, it can also show what the later
        of the two scrapes read, for that was read while both clients waited; but only if nothing
        failed in it that the other one has.
        """
        with self._lock:
            if readings == self._readings:
                return True
            former = self._readings, self._began
            (older, _), (newer, latest) = sorted(((readings, began), former), key=lambda s: s[1])
            if self._collected or not _read(older) <= _read(newer):
                return False
            self._readings, self._began = newer, latest
            return True

    def collect(self) -> Iterator[Metric]:
        """Give the families with their samples."""
        with self._lock:
            self._collected = True
            readings = self._readings
        yield from self._exposition.families(readings)

    def describe(self) -> Iterator[Metric]:
        """Give the families without the targets' samples."""
        return self._exposition.families(())


def _read(readings: Sequence[Reading]) -> frozenset[Target]:
    """Return the targets that were read in full."""
    return frozenset(one.target for one in readings if one.inventory is not None)
