"""The figures of a target, computed as plainly as the metric contract says them.

No running totals, no heaps, no pruning: each figure looks at the whole list again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exporter.inventory import Inventory
    from exporter.models import SeriesOptions, TagOptions
    from tests.inventory.facts import Fact

T = TypeVar("T")

KNOWN: Final = (
    "available",
    "backing-up",
    "creating",
    "deleted",
    "deleting",
    "error",
    "error_deleting",
    "restoring",
    "unmanaging",
)

StatusRow = tuple[int, int]
"""Number, bytes."""

VolumeRow = tuple[str, int, int, int | None, float | None, float | None]
"""Id, number, bytes, largest in bytes, newest usable, oldest."""

SnapshotRow = tuple[str, str, str, int | None, float | None, str | None]
"""Id, name, status, bytes, created, volume."""

TagRow = tuple[str, str, int, int, float | None]
"""Key, value, number, bytes, newest usable."""


@dataclass(frozen=True)
class Figures:
    """All figures, as values that compare; the three `omitted` are volumes, snapshots, tags."""

    statuses: dict[str, StatusRow]
    largest: int | None
    oldest: float | None
    newest: float | None
    age_counts: list[int]
    age_total: float
    number_of_ages: int
    incomplete: int
    reported: int
    region: str | None
    volumes: list[VolumeRow]
    snapshots: list[SnapshotRow]
    tags: list[TagRow]
    omitted: tuple[int, int, int]


def figures_of(inventory: Inventory, bounds: Sequence[float], now: float) -> Figures:
    """Return the figures that an inventory gives at the moment `now`."""
    return Figures(
        statuses={name: (one.snapshots, one.size) for name, one in inventory.statuses.items()},
        largest=inventory.largest,
        oldest=inventory.ages.oldest(),
        newest=inventory.newest,
        age_counts=inventory.ages.buckets(bounds, now),
        age_total=inventory.ages.total(now),
        number_of_ages=len(inventory.ages),
        incomplete=inventory.incomplete,
        reported=inventory.reported,
        region=inventory.region,
        volumes=[
            (one.volume_id, one.snapshots, one.size, one.largest, one.newest, one.oldest)
            for one in inventory.volumes
        ],
        snapshots=[
            (one.id, one.name, one.status, one.size, one.created, one.volume_id)
            for one in inventory.snapshots
        ],
        tags=[(one.key, one.value, one.snapshots, one.size, one.newest) for one in inventory.tags],
        omitted=(inventory.omitted_volumes, inventory.omitted_snapshots, inventory.omitted_tags),
    )


def naive_figures(
    facts: Sequence[Fact], options: SeriesOptions, reported: int, now: float
) -> Figures:
    """Return the figures of these snapshots at the moment `now` in Unix seconds."""
    ages = [max(0.0, now - fact.created) for fact in facts if fact.created is not None]
    volumes, omitted_volumes = _volumes(facts, options.volumes)
    snapshots, omitted_snapshots = _snapshots(facts, options.snapshots)
    tags, omitted_tags = _tags(facts, options.tags)
    return Figures(
        statuses=_statuses(facts),
        largest=_largest(facts),
        oldest=_oldest(facts),
        newest=_newest(facts),
        age_counts=[sum(age <= bound for age in ages) for bound in options.age_buckets],
        age_total=sum(ages),
        number_of_ages=len(ages),
        incomplete=sum(fact.created is None or fact.size is None for fact in facts),
        reported=reported,
        region=next((fact.row.region for fact in facts if fact.row.region), None),
        volumes=volumes,
        snapshots=snapshots,
        tags=tags,
        omitted=(omitted_volumes, omitted_snapshots, omitted_tags),
    )


def _size(facts: Iterable[Fact]) -> int:
    return sum(fact.size or 0 for fact in facts)


def _largest(facts: Iterable[Fact]) -> int | None:
    return max((fact.size for fact in facts if fact.size is not None), default=None)


def _oldest(facts: Iterable[Fact]) -> float | None:
    return min((fact.created for fact in facts if fact.created is not None), default=None)


def _newest(facts: Iterable[Fact]) -> float | None:
    usable = (fact.created for fact in facts if fact.usable and fact.created is not None)
    return max(usable, default=None)


def _statuses(facts: Sequence[Fact]) -> dict[str, StatusRow]:
    names = {*KNOWN, *(fact.status for fact in facts)}
    groups = {name: [fact for fact in facts if fact.status == name] for name in names}
    return {name: (len(group), _size(group)) for name, group in groups.items()}


def _first(items: Iterable[T], limit: int | None, key: Callable[[T], object]) -> list[T]:
    return sorted(items, key=key)[:limit]  # type: ignore[arg-type] # the keys are tuples


def _volumes(facts: Sequence[Fact], limit: int | None) -> tuple[list[VolumeRow], int]:
    if limit == 0:
        return [], 0
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.volume_id is not None:
            groups[fact.volume_id].append(fact)
    rows: list[VolumeRow] = [
        (name, len(group), _size(group), _largest(group), _newest(group), _oldest(group))
        for name, group in groups.items()
    ]
    stalest = _first(rows, limit, lambda row: (row[4] is not None, row[4] or 0, row[0]))
    biggest = _first(rows, limit, lambda row: (-row[2], row[0]))
    chosen = sorted({*stalest, *biggest}, key=lambda row: row[0])
    return chosen, len(rows) - len(chosen)


def _snapshots(facts: Sequence[Fact], limit: int | None) -> tuple[list[SnapshotRow], int]:
    if limit == 0:
        return [], 0

    def age(fact: Fact) -> tuple[bool, float, str]:
        return fact.created is None, fact.created or 0, fact.row.id

    def size(fact: Fact) -> tuple[bool, int, str]:
        return fact.size is None, -(fact.size or 0), fact.row.id

    unavailable = [fact for fact in facts if fact.status != "available"]
    chosen = {
        *_first(facts, limit, age),
        *_first(facts, limit, size),
        *_first(unavailable, limit, age),
    }
    rows: list[SnapshotRow] = [
        (f.row.id, f.row.name or "", f.status, f.size, f.created, f.volume_id) for f in chosen
    ]
    return sorted(rows, key=lambda row: row[0]), len(facts) - len(chosen)


def _tags(facts: Sequence[Fact], options: TagOptions) -> tuple[list[TagRow], int]:
    if options.limit == 0:
        return [], 0
    borne = {fact: _borne(fact, options) for fact in facts}
    pairs = {(key, "") for key in options.keys or ()}.union(*borne.values())
    rows: list[TagRow] = []
    for key, value in pairs:
        bearers = [fact for fact in facts if (key, value) in borne[fact]]
        rows.append((key, value, len(bearers), _size(bearers), _newest(bearers)))
    chosen = _first(rows, options.limit, lambda row: (-row[2], row[0], row[1]))
    return sorted(chosen, key=lambda row: row[:2]), len(rows) - len(chosen)


def _borne(fact: Fact, options: TagOptions) -> set[tuple[str, str]]:
    pairs = {
        (key, value)
        for key, value, read_only in fact.tags
        if (options.read_only or not read_only) and (options.keys is None or key in options.keys)
    }
    lacking = {key for key in options.keys or () if key not in {name for name, _ in pairs}}
    return pairs | {(key, "") for key in lacking}
