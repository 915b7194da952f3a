"""What a row of the table is, and how it becomes a metric family of prometheus_client."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeHistogramMetricFamily

from exporter.metrics.bulk import BulkGauge, Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prometheus_client import Metric

    from exporter.reading import Reading


class Distribution(NamedTuple):
    """Cumulative counts by upper bound (``le`` as text, +Inf last), and the sum of the values."""

    buckets: Sequence[tuple[str, float]]
    total: float


@dataclass(frozen=True)
class Gauge:
    """A family with samples of each target.

    Attributes:
        labels: the labels beyond the target's own.
        samples: gives the samples of a reading, at a moment in Unix seconds.
    """

    name: str
    help: str
    samples: Callable[[Reading, float], Columns]
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"

    def family(self, identity: Identity, readings: Iterable[Reading], now: float) -> Metric:
        """Return the family with the samples of all readings."""
        if self.kind == "gauge":
            gauge = BulkGauge(self.name, self.help, identity.labels, self.labels)
            for reading in readings:
                gauge.add_group(identity.values(reading), partial(self.samples, reading, now))
            return gauge
        labels = (*identity.labels, *self.labels)
        counter = CounterMetricFamily(self.name, self.help, labels=labels)
        for reading in readings:
            values = identity.values(reading)
            for own, value in self.samples(reading, now).rows():
                counter.add_metric((*values, *own), value)
        return counter


@dataclass(frozen=True)
class GaugeHistogram:
    """A family with one distribution for each target that has one."""

    name: str
    help: str
    distribution: Callable[[Reading, float], Distribution | None]
    labels: tuple[str, ...] = ("le",)
    kind: Literal["gaugehistogram"] = "gaugehistogram"

    def family(self, identity: Identity, readings: Iterable[Reading], now: float) -> Metric:
        """Return the family with the distributions of all readings."""
        family = GaugeHistogramMetricFamily(self.name, self.help, labels=identity.labels)
        for reading in readings:
            distribution = self.distribution(reading, now)
            if distribution is not None:
                family.add_metric(identity.values(reading), *distribution)
        return family


Row = Gauge | GaugeHistogram


@dataclass(frozen=True)
class Identity:
    """The labels that tell a target from the others.

    Attributes:
        has_selections: whether a target of the configuration has a selection; the label is then
            there for all of them, since a family's samples should have the same labels.
    """

    has_selections: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the labels."""
        names = ("project_id", "region_id", "region")
        return (*names, "selection") if self.has_selections else names

    def values(self, reading: Reading) -> tuple[str, ...]:
        """Return the values of the labels."""
        target = reading.target
        region_id = "" if target.region_id is None else str(target.region_id)
        values = (str(target.project_id), region_id, reading.region)
        selection = target.selection.name if target.selection else ""
        return (*values, selection) if self.has_selections else values
