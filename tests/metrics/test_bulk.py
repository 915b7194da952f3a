"""The text of large families is prometheus_client's own, byte for byte."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily

from exporter.metrics.bulk import BulkGauge, Columns, write
from exporter.negotiation import OPENMETRICS_1_0_0, TEXT_0_0_4, TEXT_1_0_0, Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    Group = tuple[tuple[str, ...], list[tuple[tuple[str, ...], float | None]]]

SCHEMES = (None, "allow-utf-8", "underscores", "dots", "values")
FORMATS = [TEXT_0_0_4] + [
    Format(form.media_type, form.version, scheme)
    for form in (TEXT_1_0_0, OPENMETRICS_1_0_0)
    for scheme in SCHEMES
]
LABELS, OWN = ("project_id", "region"), ("volume_id", "a", "status")
HELP = 'What a \\ and a\nnew line and a "quote" become.'

TEXT = st.text(
    st.sampled_from('ab{}%\\"\n0\N{SNOWMAN}\N{GRINNING FACE}') | st.characters(codec="utf-8")
)
UNIX_TIME = st.integers(999_999_990, 10_000_000_010) | st.just(2_000_000_000)
NUMBER = (
    st.floats()
    | st.integers(-(2**60), 2**60).map(float)
    | UNIX_TIME
    | UNIX_TIME.map(float)
    | st.floats(1e9, 1e10)
    | st.sampled_from([0.0, -0.0, 1e6])
)
GROUPS = st.lists(
    st.tuples(
        st.tuples(TEXT, TEXT),
        st.lists(st.tuples(st.tuples(TEXT, TEXT, TEXT), st.none() | NUMBER), max_size=4),
    ),
    max_size=3,
)


class Given:
    """A collector of one family."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[Metric]:
        """Give it."""
        yield self._family

    def describe(self) -> Iterator[Metric]:
        """Say the same: a registry finds by name what was described to it."""
        return self.collect()


def bulk(groups: list[Group]) -> BulkGauge:
    """Return the family with those samples."""
    family = BulkGauge("gcore_things", HELP, LABELS, OWN)
    for shared, values in groups:
        texts = [[own[at] for own, _ in values] for at in range(len(OWN))]
        columns = Columns([value for _, value in values], tuple(texts))
        family.add_group(shared, partial(Columns, *columns))
    return family


def usual(groups: list[Group]) -> Metric:
    """Return the same family as prometheus_client makes it."""
    family = GaugeMetricFamily("gcore_things", HELP, labels=(*LABELS, *OWN))
    for shared, values in groups:
        for own, value in values:
            if value is not None:
                family.add_metric((*shared, *own), float(value))
    return family


@pytest.mark.parametrize("form", FORMATS, ids=str)
@given(groups=GROUPS)
def test_the_text_is_that_of_prometheus_client(form: Format, groups: list[Group]) -> None:
    """In each format and escaping, any labels and values give the bytes that its encoder gives."""
    encode, _ = form.encoder()
    written = b"".join(write(Given(bulk(groups)), encode, form.escaping))
    assert written == encode(Given(usual(groups)))


@given(groups=GROUPS)
def test_the_samples_are_those_of_prometheus_client(groups: list[Group]) -> None:
    """Whoever looks at the family instead of its text finds the usual samples, each time."""
    family = bulk(groups)
    for _ in range(2):
        assert list(map(repr, family.samples)) == list(map(repr, usual(groups).samples))


@pytest.mark.parametrize("labels", [("a",), ("a", "b", "c")])
def test_columns_of_different_lengths_are_refused(labels: tuple[str, ...]) -> None:
    """A sample without its label, or a label without its sample, would be lost without a word."""
    with pytest.raises(ValueError, match="different lengths"):
        Columns([1.0, 2.0], (labels,)).present()


def test_a_family_is_found_by_its_name() -> None:
    """A registry restricted to the name of a sample gives the family, with its samples."""
    registry = CollectorRegistry()
    groups: list[Group] = [(("1", "x"), [(("v", "b", "error"), 3.0)])]
    registry.register(Given(bulk(groups)))
    [family] = registry.restricted_registry(["gcore_things"]).collect()
    assert family.samples == usual(groups).samples
