"""What is kept of a scrape for the status page: a few figures of each target, no inventory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from exporter.errors import Reason
    from exporter.inventory import Inventory
    from exporter.reading import Reading

    K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Figures:
    """The snapshots of one target, or of several together.

    Attributes:
        size: sum of the readable sizes in bytes.
        newest: creation time of the newest usable one in Unix seconds; None when there is none.
        oldest: creation time of the oldest, any status; None when none is readable.
        incomplete: those without a readable creation time or size.
        omitted: objects without series of their own, by kind; only kinds that lack some.
    """

    snapshots: int
    size: int
    newest: float | None
    oldest: float | None
    incomplete: int
    omitted: Mapping[str, int]


@dataclass(frozen=True)
class Failure:
    """Why a target could not be read.

    Attributes:
        text: what happened, in the log's words, which may quote the API; None if nobody said.
        request_id: the API's own id of the request that failed, if it told one.
    """

    reason: Reason
    text: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class TargetSummary:
    """One target after a scrape.

    Attributes:
        region_id: None for a project whose regions are not known.
        region: its name, or its id as text; empty for a project whose regions are not known.
        selection: the selection's name; None for the whole region.
        read_at: when its last read ended, in Unix seconds.
        duration: seconds that this read took.
        pages: pages that it read.
        last_success: Unix seconds of the last read in full; None until there is one.
        outcome: what the read gave.
    """

    project_id: int
    region_id: int | None
    region: str
    selection: str | None
    read_at: float
    duration: float
    pages: int
    last_success: float | None
    outcome: Figures | Failure

    @property
    def figures(self) -> Figures | None:
        """Its figures; None when it could not be read."""
        return self.outcome if isinstance(self.outcome, Figures) else None

    @property
    def failure(self) -> Failure | None:
        """Why it could not be read; None when it was."""
        return self.outcome if isinstance(self.outcome, Failure) else None


@dataclass(frozen=True)
class ScrapeSummary:
    """One scrape: when it ended in Unix seconds, and its targets in the configuration's order."""

    at: float
    targets: tuple[TargetSummary, ...]

    @property
    def read(self) -> int:
        """How many targets were read in full."""
        return sum(target.figures is not None for target in self.targets)

    @property
    def failed(self) -> Mapping[Reason, Sequence[TargetSummary]]:
        """The targets that could not be read, by reason."""
        failing = ((t.failure.reason, t) for t in self.targets if t.failure is not None)
        return _grouped(failing)

    @property
    def has_selections(self) -> bool:
        """Whether any target is a selection."""
        return any(target.selection is not None for target in self.targets)

    @property
    def is_partial(self) -> bool:
        """Whether `total` leaves a target out."""
        return self.has_selections or self.read < len(self.targets)

    @property
    def projects(self) -> Mapping[int, Sequence[TargetSummary]]:
        """The targets by project."""
        return _grouped((target.project_id, target) for target in self.targets)

    @property
    def total(self) -> Figures | None:
        """The figures of all whole regions together; None when none was read.

        A selection is left out: its snapshots may be those of a whole region, or of another one.
        """
        whole = [t.figures for t in self.targets if t.figures is not None and t.selection is None]
        if not whole:
            return None
        return Figures(
            snapshots=sum(figures.snapshots for figures in whole),
            size=sum(figures.size for figures in whole),
            newest=_best(max, (figures.newest for figures in whole)),
            oldest=_best(min, (figures.oldest for figures in whole)),
            incomplete=sum(figures.incomplete for figures in whole),
            omitted={},
        )


def summarize(readings: Iterable[Reading], now: float) -> ScrapeSummary:
    """Keep what the page shows of a scrape that ends `now`, in Unix seconds."""
    return ScrapeSummary(now, tuple(_target(reading, now) for reading in readings))


def _target(reading: Reading, now: float) -> TargetSummary:
    target, inventory, last_success = reading.target, reading.inventory, reading.last_success
    # A read in full may be served again for a while; one that failed is always this scrape's own.
    read_at = now if inventory is None or last_success is None else last_success
    return TargetSummary(
        project_id=target.project_id,
        region_id=target.region_id,
        region=reading.region,
        selection=target.selection.name if target.selection else None,
        read_at=read_at,
        duration=reading.duration,
        pages=reading.pages,
        last_success=last_success,
        outcome=_failure(reading) if inventory is None else _figures(inventory),
    )


def _figures(inventory: Inventory) -> Figures:
    omitted = {
        "volume": inventory.omitted_volumes,
        "snapshot": inventory.omitted_snapshots,
        "tag": inventory.omitted_tags,
    }
    return Figures(
        snapshots=sum(totals.snapshots for totals in inventory.statuses.values()),
        size=sum(totals.size for totals in inventory.statuses.values()),
        newest=inventory.newest,
        oldest=inventory.ages.oldest(),
        incomplete=inventory.incomplete,
        omitted={kind: number for kind, number in omitted.items() if number},
    )


def _failure(reading: Reading) -> Failure:
    assert reading.reason is not None  # noqa: S101 - for the type checker: a reading has either
    if reading.error is None:
        return Failure(reading.reason)
    return Failure(reading.reason, str(reading.error), reading.error.request_id)


def _grouped(pairs: Iterable[tuple[K, TargetSummary]]) -> Mapping[K, Sequence[TargetSummary]]:
    groups: dict[K, list[TargetSummary]] = {}
    for key, target in pairs:
        groups.setdefault(key, []).append(target)
    return groups


def _best(
    choose: Callable[[Iterable[float]], float], values: Iterable[float | None]
) -> float | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None
