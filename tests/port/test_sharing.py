"""Which scrapes are shown as one, so that they are rendered once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import Reason
from exporter.metrics import ApiMetrics, ExporterState, Exposition
from tests.collector.fakes import inventory
from tests.metrics.readings import TARGET, failed, up

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

OTHER = replace(TARGET, region_id=8)
LITTLE, MUCH = inventory(snapshots=1), inventory(snapshots=2)


def _exposition() -> Exposition:
    state = ExporterState(reload_successful=True, reload_success_at=0.0)
    return Exposition(ApiMetrics(), state, lambda: 0.0, has_selections=False, age_buckets=(1.0,))


def _snapshots(registry: CollectorRegistry) -> float:
    return sum(
        sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "gcore_snapshots_reported"
    )


def test_the_same_readings_are_one_scrape() -> None:
    """They stay one even while it is rendered."""
    tested = _exposition()
    first = tested.registry((up(LITTLE),), 1.0)
    _snapshots(first)

    assert tested.registry((up(LITTLE),), 2.0) is first


def test_the_later_readings_serve_both() -> None:
    """What the later scrape read was read while both clients waited, so both can see it."""
    tested = _exposition()
    first = tested.registry((up(LITTLE),), 1.0)
    second = tested.registry((up(MUCH),), 2.0)

    assert second is first
    assert _snapshots(first) == 2


def test_an_earlier_scrape_that_ends_later_shows_the_later_one() -> None:
    """Its own readings may be from before the other client asked."""
    tested = _exposition()
    first = tested.registry((up(MUCH),), 2.0)
    second = tested.registry((up(LITTLE),), 1.0)

    assert second is first
    assert _snapshots(first) == 2


def test_what_is_being_rendered_does_not_change() -> None:
    """A scrape that comes after that is another one."""
    tested = _exposition()
    first = tested.registry((up(LITTLE),), 1.0)
    _snapshots(first)
    second = tested.registry((up(MUCH),), 2.0)

    assert second is not first
    assert (_snapshots(first), _snapshots(second)) == (1, 2)


def test_a_failure_takes_nothing_from_another_scrape() -> None:
    """One with a short timeout, that read less, neither replaces the other nor is hidden by it."""
    tested = _exposition()
    whole = tested.registry((up(LITTLE), up(LITTLE, OTHER)), 1.0)
    partial = tested.registry((up(MUCH), failed(Reason.TIMEOUT, OTHER)), 2.0)

    assert partial is not whole
    assert (_snapshots(whole), _snapshots(partial)) == (2, 2)


def test_a_failure_may_be_replaced_by_a_success() -> None:
    """Who waited when another scrape could read more is shown more."""
    tested = _exposition()
    partial = tested.registry((failed(Reason.TIMEOUT),), 1.0)

    assert tested.registry((up(MUCH),), 2.0) is partial
    assert _snapshots(partial) == 2
