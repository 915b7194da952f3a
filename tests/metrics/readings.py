"""Readings made by hand, and the samples that come of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.credentials import InlineKey, Secret
from exporter.errors import Reason
from exporter.metrics import ApiMetrics, ExporterState, Exposition
from exporter.models import Selection, SeriesOptions, Target
from exporter.reading import Reading
from tests.inventory.facts import DAY, NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from prometheus_client import Metric

    from exporter.inventory import Inventory

    Samples = dict[tuple[str, ...], float]

CREDENTIAL: Final = InlineKey(Secret("1234$abcdef"))

NIGHTLY: Final = Selection("nightly", {"lifecycle_policy_id": "3"})

TARGET: Final = Target(1337, 7, credential=CREDENTIAL)

IDENTITY: Final = ("1337", "7", "Luxembourg 1")
"""Values of the labels of `TARGET`'s readings."""


def errors(**counts: int) -> Mapping[Reason, int]:
    """Return counts of failures, with 0 for every reason that is not named."""
    return dict.fromkeys(Reason, 0) | {Reason(name): count for name, count in counts.items()}


def up(inventory: Inventory, target: Target = TARGET) -> Reading:
    """Return the reading of a target that was read in full."""
    return Reading(
        target=target,
        region="Luxembourg 1",
        duration=0.25,
        timeout=9.5,
        pages=3,
        inventory=inventory,
        reason=None,
        errors=errors(),
        last_success=NOW,
    )


def failed(reason: Reason, target: Target = TARGET, last_success: float | None = None) -> Reading:
    """Return the reading of a target that could not be read, for the second time."""
    return Reading(
        target=target,
        region="" if target.region_id is None else str(target.region_id),
        duration=9.5,
        timeout=9.5,
        pages=1,
        inventory=None,
        reason=reason,
        errors=errors(**{reason.value: 2}),
        last_success=last_success,
    )


def exposition(
    *,
    selections: bool = False,
    age_buckets: Sequence[float] = SeriesOptions().age_buckets,
    api: ApiMetrics | None = None,
    now: float = NOW,
) -> Exposition:
    """Return an exposition whose clock stands still at `now`."""
    return Exposition(
        api or ApiMetrics(),
        ExporterState(reload_successful=True, reload_success_at=NOW - DAY),
        lambda: now,
        has_selections=selections,
        age_buckets=age_buckets,
    )


def by_name(families: Iterable[Metric]) -> dict[str, Samples]:
    """Return the value of each sample by the sample's name and the values of its labels."""
    found: dict[str, Samples] = {}
    for family in families:
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def samples(*readings: Reading, selections: bool = False, now: float = NOW) -> dict[str, Samples]:
    """Return the samples of these readings, without the labels' names."""
    return by_name(exposition(selections=selections, now=now).families(readings))
