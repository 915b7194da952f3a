"""What holds for every family: names, HELP texts, labels, nothing twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric, metrics

from exporter.errors import Reason
from exporter.inventory import Tally
from exporter.metrics import ApiMetrics
from exporter.models import SeriesOptions, TagOptions, Target
from tests.factories import snapshot_row
from tests.inventory.facts import NOW, Fact, accounts
from tests.inventory.folding import inventory_of
from tests.metrics.readings import CREDENTIAL, NIGHTLY, exposition, failed, up

OWN = [one for one in exposition().families(()) if one.name.startswith("gcore_")]


def every_sample(*, selections: bool) -> list[Metric]:
    """Return families with a sample in each row of the contract."""
    api = ApiMetrics()
    api.answered("snapshots", "200", 0.1)
    api.retried("snapshots")
    rows = [snapshot_row(1, tags=[{"key": "env", "value": "prod"}])]
    readings = (
        up(inventory_of(rows)),
        failed(Reason.AUTH, Target(1, 9, NIGHTLY if selections else None, credential=CREDENTIAL)),
    )
    return list(exposition(api=api, selections=selections).families(readings))


@pytest.mark.parametrize("family", OWN, ids=lambda family: family.name)
def test_family_obeys_the_house_rules(family: Metric) -> None:
    """A legal name without a misleading end, and a HELP text that is a sentence with the unit."""
    assert re.fullmatch(r"gcore_[a-z]+(_[a-z]+)*", family.name)
    assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_created"))
    assert re.fullmatch(r"[A-Z0-9].*\.", family.documentation)
    assert "\n" not in family.documentation
    for unit in ("seconds", "bytes"):
        if family.name.endswith(f"_{unit}"):
            assert unit in family.documentation.lower()


def test_each_family_is_written_once() -> None:
    """A name twice would write HELP and TYPE twice, which Prometheus refuses."""
    names = [one.name for one in exposition().families(())]
    assert len(names) == len(set(names))
    helps = [one.documentation for one in OWN]
    assert len(helps) == len(set(helps))


def test_counters_are_the_ones_of_the_contract() -> None:
    """All else that a target has is a gauge."""
    kinds = Counter(one.type for one in OWN)
    assert [one.name for one in OWN if one.type == "counter"] == [
        "gcore_scrape_errors",
        "gcore_api_requests",
        "gcore_api_retries",
    ]
    assert set(kinds) == {"counter", "gauge", "gaugehistogram", "histogram"}


@pytest.mark.parametrize("selections", [False, True])
def test_samples_of_a_family_have_the_same_labels(*, selections: bool) -> None:
    """Names and order; the histograms' buckets have `le` besides."""
    families = every_sample(selections=selections)
    assert [one.name for one in families if one.name.startswith("gcore_") and not one.samples] == []
    for family in families:
        shapes = {(one.name, tuple(one.labels)) for one in family.samples}
        assert len(shapes) == len({name for name, _ in shapes})
        assert all(isinstance(text, str) for one in family.samples for text in one.labels.values())


def test_there_are_no_created_series() -> None:
    """They would double the counters' series; prometheus_client makes them unless told not to."""
    assert metrics._use_created  # noqa: SLF001 - else this would prove nothing
    names = [sample.name for one in every_sample(selections=True) for sample in one.samples]
    assert "gcore_api_requests_total" in names
    assert [name for name in names if name.endswith("_created")] == []


TARGETS = [
    Target(project, region, selection, credential=CREDENTIAL)
    for project, region, selection in (
        (1, 7, None),
        (1, 8, None),
        (2, 7, None),
        (1, 7, NIGHTLY),
        (1, None, None),
    )
]

OPTIONS = SeriesOptions(volumes=3, snapshots=2, tags=TagOptions(limit=3, keys=("env", "team")))


@given(
    accounts=st.lists(st.none() | accounts(most=10), min_size=len(TARGETS), max_size=len(TARGETS)),
    options=st.sampled_from((SeriesOptions(), OPTIONS)),
)
def test_no_two_samples_share_their_labels(
    accounts: list[list[Fact] | None], options: SeriesOptions
) -> None:
    """Prometheus drops a scrape's doubles without a word, and prometheus_client writes them."""
    readings = []
    for target, facts in zip(TARGETS, accounts, strict=True):
        if facts is None or target.region_id is None:
            readings.append(failed(Reason.SERVER, target))
            continue
        tally = Tally(options, NOW)
        tally.add([fact.row for fact in facts])
        readings.append(up(tally.finish(len(facts)), target))
    for family in exposition(selections=True).families(readings):
        keys = Counter((one.name, tuple(sorted(one.labels.items()))) for one in family.samples)
        assert [key for key, times in keys.items() if times > 1] == []
