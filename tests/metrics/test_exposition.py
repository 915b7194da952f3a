"""The exposition as text: any label survives it, and each name can be asked for alone."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from exporter import __version__
from exporter.errors import Reason
from exporter.inventory import clean_text
from exporter.metrics import ApiMetrics, ExporterState, Exposition
from exporter.negotiation import OPENMETRICS_1_0_0, TEXT_0_0_4, Format
from tests.factories import snapshot_row
from tests.inventory.facts import NOW
from tests.inventory.folding import inventory_of
from tests.metrics.readings import IDENTITY, by_name, exposition, failed, up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client import Metric

ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20).map(
    lambda text: str(json.loads(json.dumps(text)))
)
"""Whatever JSON can carry, lone surrogates and control characters included."""

READINGS = (
    up(inventory_of([snapshot_row(tags=[{"key": "a", "value": "b"}])])),
    failed(Reason.AUTH),
)

TARGET_LABELS = dict(zip(("project_id", "region_id", "region"), IDENTITY, strict=True))

FORMATS: tuple[tuple[Format, Callable[[str], Iterable[Metric]]], ...] = (
    (TEXT_0_0_4, text_string_to_metric_families),
    (OPENMETRICS_1_0_0, openmetrics.text_string_to_metric_families),
)


def labelled(families: Iterable[Metric]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return the value of each sample by its name and its labels in no order."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize(("form", "parse"), FORMATS)
@given(name=ANY_TEXT | ANY_TEXT.map(lambda text: text * 999), identifier=ANY_TEXT, value=ANY_TEXT)
def test_any_label_survives_exposition_and_parsing(
    form: Format,
    parse: Callable[[str], Iterable[Metric]],
    name: str,
    identifier: str,
    value: str,
) -> None:
    """After the cleaning, every text comes back as it went in."""
    row = snapshot_row(name=name, volume_id=value, tags=[{"key": name, "value": value}])
    inventory = inventory_of([row | {"id": identifier}])
    wanted = ["gcore_snapshot_info", "gcore_snapshots_tagged"]
    registry = exposition().registry([up(inventory)]).restricted_registry(wanted)
    encode, _ = form.encoder()
    info = {
        "snapshot_id": clean_text(identifier),
        "snapshot_name": clean_text(name),
        "volume_id": clean_text(value),
    }
    tag = {"tag_key": clean_text(name), "tag_value": clean_text(value)}
    assert labelled(parse(encode(registry).decode())) == {
        ("gcore_snapshot_info", frozenset({**TARGET_LABELS, **info}.items())): 1,
        ("gcore_snapshots_tagged", frozenset({**TARGET_LABELS, **tag}.items())): 1,
    }


@pytest.mark.parametrize(("form", "parse"), FORMATS)
def test_both_formats_tell_the_same(form: Format, parse: Callable[[str], Iterable[Metric]]) -> None:
    """The samples of our families, whatever they are written as, are those of the readings."""
    encode, _ = form.encoder()
    exposed = exposition()
    parsed = labelled(parse(encode(exposed.registry(READINGS)).decode()))
    own = {
        key: value
        for key, value in labelled(exposed.families(READINGS)).items()
        if not key[0].startswith("process_")
    }
    assert {key: parsed[key] for key in own} == own


NAMES = {sample.name for one in exposition().families(READINGS) for sample in one.samples}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_can_be_asked_for_alone(name: str) -> None:
    """`name[]` finds it, and nothing else, since the collector describes itself."""
    registry = exposition().registry(READINGS).restricted_registry([name])
    assert {one.name for family in registry.collect() for one in family.samples} == {name}


def test_unknown_name_finds_nothing() -> None:
    """And is no error."""
    registry = exposition().registry(()).restricted_registry(["gcore_absent"])
    assert list(registry.collect()) == []


def test_gauge_histogram_is_a_histogram_and_two_gauges_in_the_text_format() -> None:
    """So writes prometheus_client, and so the docs say."""
    registry = exposition().registry(READINGS)
    encode, _ = TEXT_0_0_4.encoder()
    lines = encode(registry).decode().splitlines()
    assert "# TYPE gcore_snapshots_age_seconds histogram" in lines
    assert "# TYPE gcore_snapshots_age_seconds_gcount gauge" in lines
    assert "# TYPE gcore_snapshots_age_seconds_gsum gauge" in lines
    encode, _ = OPENMETRICS_1_0_0.encoder()
    assert "# TYPE gcore_snapshots_age_seconds gaugehistogram" in encode(registry).decode()


def test_one_moment_counts_for_a_whole_exposition() -> None:
    """Ages of all targets are taken at the same time, which is that of exposition."""
    ticks = iter((NOW, NOW + 100))
    moving = Exposition(
        ApiMetrics(),
        ExporterState(reload_successful=True, reload_success_at=NOW),
        lambda: next(ticks),
        has_selections=False,
        age_buckets=(),
    )
    reading = up(inventory_of([snapshot_row(created_at="2025-06-15T15:06:40Z")]))
    first, second = (by_name(moving.families([reading])) for _ in range(2))
    assert first["gcore_snapshots_oldest_age_seconds"] == {IDENTITY: 0}
    assert first["gcore_snapshots_newest_age_seconds"] == {IDENTITY: 0}
    assert second["gcore_snapshots_oldest_age_seconds"] == {IDENTITY: 100}


@pytest.mark.parametrize("successful", [True, False])
def test_exporter_tells_of_itself(*, successful: bool) -> None:
    """Version, and how the last reload went; also when no target is configured."""
    state = ExporterState(reload_successful=successful, reload_success_at=NOW - 5)
    tested = Exposition(ApiMetrics(), state, lambda: NOW, has_selections=False, age_buckets=())
    found = by_name(tested.families(()))
    build = (__version__, platform.python_version())
    assert found["gcore_exporter_build_info"] == {build: 1}
    assert found["gcore_exporter_config_last_reload_successful"] == {(): float(successful)}
    name = "gcore_exporter_config_last_reload_success_timestamp_seconds"
    assert found[name] == {(): NOW - 5}
    assert "python_info" in found


def test_state_is_told_as_it_is_at_the_exposition() -> None:
    """A reload shows in the next scrape."""
    state = ExporterState(reload_successful=True, reload_success_at=NOW)
    tested = Exposition(ApiMetrics(), state, lambda: NOW, has_selections=False, age_buckets=())
    state.reload_successful = False
    found = by_name(tested.families(()))
    assert found["gcore_exporter_config_last_reload_successful"] == {(): 0}
