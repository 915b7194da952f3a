"""The names that queries may use, taken from the exporter's own table of metrics."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from exporter.metrics import ApiMetrics, ExporterState, objects, read, snapshots
from exporter.metrics.family import GaugeHistogram, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from exporter.metrics.family import Row

SCRAPE_LABELS: Final = frozenset({"job", "instance"})
"""What Prometheus adds to every sample."""

_OF_PROMETHEUS: Final = "up"
"""The one metric that is not the exporter's: Prometheus writes it for everything it scrapes."""

_MATCHER: Final = re.compile(r"(\w+)(?:=|!=|=~|!~)\"")


@cache
def labels_by_metric() -> Mapping[str, frozenset[str]]:
    """Return the labels of every metric that a query may name."""
    found = {_OF_PROMETHEUS: SCRAPE_LABELS}
    for row in (*read.ROWS, *snapshots.rows((1.0,)), *objects.ROWS):
        for name, own in _of_row(row):
            found[name] = SCRAPE_LABELS | own
    for name, own in _of_exporter():
        found[name] = SCRAPE_LABELS | own
    return found


def _of_row(row: Row) -> Iterator[tuple[str, frozenset[str]]]:
    of_target = frozenset(Identity(has_selections=True).labels)
    if isinstance(row, GaugeHistogram):
        yield f"{row.name}_bucket", of_target | {"le"}
        yield f"{row.name}_gcount", of_target
        yield f"{row.name}_gsum", of_target
    else:
        yield row.name, of_target | set(row.labels)


def _of_exporter() -> Iterator[tuple[str, frozenset[str]]]:
    api = ApiMetrics()
    api.answered("snapshots", "200", 0.0)  # a series with labels is there only after an answer
    state = ExporterState(reload_successful=True, reload_success_at=0.0)
    for family in (*api.collect(), *state.families()):
        for sample in family.samples:
            yield sample.name, frozenset(sample.labels)


def checked(metric: str, matchers: tuple[str, ...]) -> str:
    """Return a selector of the metric.

    Args:
        metric: a name of the exporter's table.
        matchers: each as PromQL writes it, such as ``status=~"error|error_deleting"``.

    Raises:
        ValueError: the exporter has no such metric, or the metric has no such label.
    """
    labels = labels_by_metric().get(metric)
    if labels is None:
        message = f"{metric}: the exporter has no such metric; was it renamed?"
        raise ValueError(message)
    for matcher in matchers:
        found = _MATCHER.match(matcher)
        if found is None or found[1] not in labels:
            message = f"{metric} has no label for {matcher}; it has {', '.join(sorted(labels))}"
            raise ValueError(message)
    return f"{metric}{{{', '.join(matchers)}}}"
