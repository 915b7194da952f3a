"""What needs a person now: one number for each kind of trouble, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exporter.errors import REMEDIES
from grafana.panels import (
    ANY_IS_ORANGE,
    ANY_IS_RED,
    GREEN,
    OF_LIMIT,
    ORANGE,
    RED,
    YELLOW,
    Facts,
    alarm,
    link_to,
)
from grafana.promql import (
    DAY,
    NEVER_SECONDS,
    REGION,
    SNAPSHOT,
    TARGET,
    VOLUME,
    age,
    listed,
    of_exporter,
    of_region,
    of_target,
    once,
    only,
    or_zero,
    read_time_used,
    with_name,
    with_region,
)
from grafana.rows.numbers import EXPORTERS, LARGEST, LEAST_FRESH, WALK_TIME
from grafana.tables import Column, Table, age_column, make, named, when_empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "What needs a person now"

_UNREADABLE: Final = 19
_IN_ERROR: Final = 20
_NOT_READ: Final = "No whole region is read"
_NO_VOLUMES: Final = "Unknown: no region is read, or series.volumes is 0"
_NO_SNAPSHOTS: Final = "Unknown: no region is read, or series.snapshots is 0"
_BROKEN: Final = 'status=~"error|error_deleting"'


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _exporters_down()
    yield _regions_not_readable()
    yield _stale_volumes()
    yield _volumes_without()
    yield _oversized()
    yield _in_error()
    yield _data_age()
    yield _slowest_read()
    yield _unreadable_regions()
    yield _snapshots_in_error()


def _facts(number: int, title: str, unit: str, none: str, description: str) -> Facts:
    return Facts(number, title, description, unit, none, width=3, height=4, decimals=0)


def _exporters_down() -> Builder[Panel]:
    down = f"({once(of_exporter('up'), 'job', 'instance')} == 0)"
    seen = f"last_over_time({of_exporter('gcore_exporter_build_info')}[$__range])"
    expression = or_zero(
        f"count({only(down, seen, 'job', 'instance')})", of_exporter("gcore_exporter_build_info")
    )
    facts = _facts(
        11,
        "Exporters down",
        "locale",
        "Nothing is scraped",
        "Exporters that Prometheus knows and that do not answer it. Everything below lacks their "
        "regions. Look at Prometheus's page Status / Targets for the reason, then at the "
        "exporter's log. If this says that nothing is scraped, Prometheus has no job for the "
        "exporter at all, or the data source above is the wrong one.",
    )
    return alarm(facts, expression, ANY_IS_RED, link_to(EXPORTERS, "The exporters"))


def _regions_not_readable() -> Builder[Panel]:
    by_target = once(of_target("gcore_up"), *TARGET)
    expression = or_zero(
        f"count(min by ({', '.join(REGION)}) ({by_target}) == 0)", of_target("gcore_up")
    )
    facts = _facts(
        12,
        "Regions not readable",
        "locale",
        "No exporter answers",
        "Regions (of a project) whose snapshots no exporter could read in its last scrape, whole "
        "or in one of its selections. Their numbers are missing everywhere else: nothing is known "
        "of them. The table below has the reason and what to do about it.",
    )
    return alarm(facts, expression, ANY_IS_RED, link_to(_UNREADABLE, "Which, and why"))


def _stale_volumes() -> Builder[Panel]:
    newest = age("gcore_volume_snapshots_newest_timestamp_seconds", *VOLUME)
    expression = or_zero(
        f"count({newest} > $stale_after_days * {DAY})", listed("gcore_volume_snapshots")
    )
    facts = _facts(
        13,
        "Stale volumes",
        "locale",
        _NO_VOLUMES,
        "Volumes whose newest usable snapshot is older than *Stale after (days)* above: a restore "
        "would lose more than that. See which they are, then whether their schedule is paused, "
        "its snapshots end in error, or the volume is no longer in a policy. A volume that never "
        "had a snapshot is not known here.",
    )
    return alarm(facts, expression, ANY_IS_RED, link_to(LEAST_FRESH, "Which volumes"))


def _volumes_without() -> Builder[Panel]:
    volumes = once(of_region("gcore_volume_snapshots"), *VOLUME)
    usable = once(of_region("gcore_volume_snapshots_newest_timestamp_seconds"), *VOLUME)
    facts = _facts(
        14,
        "Nothing to restore",
        "locale",
        _NO_VOLUMES,
        "Volumes that have snapshots of which none is usable (in error, being made or deleted): "
        "nothing can be restored. Unless its first snapshot is being made right now, make one by "
        "hand and see why the others failed.",
    )
    expression = or_zero(f"count({volumes} unless {usable})", listed("gcore_volume_snapshots"))
    return alarm(facts, expression, ANY_IS_RED, link_to(LEAST_FRESH, "Which volumes"))


def _oversized() -> Builder[Panel]:
    sizes = once(of_region("gcore_snapshot_size_bytes"), *SNAPSHOT)
    expression = or_zero(
        f"count({sizes} > $oversized_above_gib * 1024 ^ 3)", listed("gcore_snapshot_size_bytes")
    )
    facts = _facts(
        15,
        "Oversized snapshots",
        "locale",
        _NO_SNAPSHOTS,
        "Snapshots above *Oversized above (GiB)*, by the nominal size of their volume. Usually a "
        "volume was enlarged, or one is snapshotted that should not be. They cost most: check "
        "that each is wanted.",
    )
    return alarm(facts, expression, ANY_IS_ORANGE, link_to(LARGEST, "Which snapshots"))


def _in_error() -> Builder[Panel]:
    counts = once(of_region("gcore_snapshots", _BROKEN), *REGION, "status")
    facts = _facts(
        16,
        "Snapshots in error",
        "locale",
        _NOT_READ,
        "Snapshots with the status error or error_deleting. They cannot be restored from, and "
        "those that failed to be deleted may still cost. Delete them; if that fails, or new ones "
        "keep coming, ask Gcore's support with their ids.",
    )
    return alarm(facts, f"sum({counts})", ANY_IS_ORANGE, link_to(_IN_ERROR, "Which"))


def _last_read() -> str:
    """Return the last time each target was read, also of those whose exporter is gone."""
    time = of_target("gcore_scrape_last_success_timestamp_seconds")
    before = f"last_over_time({time}[$__range])"
    down = f"{before} and on (job, instance) ({of_exporter('up')} == 0)"
    gone = f"{before} unless on () {of_exporter('gcore_exporter_build_info')}"
    return once(f"{time} or ({down}) or ({gone})", *TARGET)


def _data_age() -> Builder[Panel]:
    facts = _facts(
        17,
        "Oldest data",
        "dtdurations",
        "Never read",
        "How long ago the region that waits longest was last read in full; it goes on growing "
        "while an exporter is down. Above a few scrape intervals something is wrong: see which "
        "region is not readable, or which exporter is down. Regions never read since their "
        "exporter started are not in it.",
    )
    steps = ((None, GREEN), (600, YELLOW), (1800, RED))
    expression = f"max(time() - {_last_read()})"
    return alarm(facts, expression, steps, link_to(_UNREADABLE, "Which regions"))


def _slowest_read() -> Builder[Panel]:
    facts = _facts(
        18,
        "Slowest read",
        "percentunit",
        "No exporter answers",
        "The part of its time limit that the slowest region took. At 100 % it fails. Raise "
        "scrape_timeout in Prometheus (and scrape_interval with it) before it gets there.",
    )
    return alarm(facts, f"max({read_time_used()})", OF_LIMIT, link_to(WALK_TIME, "Over time"))


def _unreadable_regions() -> Builder[Panel]:
    on_target = f"on ({', '.join(TARGET)})"
    failed = once(of_target("gcore_scrape_failed"), *TARGET, "reason")
    down = f"({once(of_target('gcore_up'), *TARGET)} == 0)"
    since = f"(time() - {once(of_target('gcore_scrape_last_success_timestamp_seconds'), *TARGET)})"
    not_read = f"({only(failed, down, *TARGET)})"
    waiting = f"{not_read} * {on_target} group_left () {since} or {not_read} * {NEVER_SECONDS}"
    query = f'label_replace({with_region(waiting)}, "what_to_do", "$1", "reason", "(.*)")'
    reasons = named({reason.value: text.replace("`", "") for reason, text in REMEDIES.items()})
    facts = Facts(
        _UNREADABLE,
        "Regions that cannot be read",
        "Each region that no exporter could read, for how long, and what to do. The exporter's "
        "log has a line for each with more, among it the API's request_id.",
        "dtdurations",
        "None: every region that an exporter answers for was read",
        width=12,
        height=7,
    )
    columns = (
        Column("Region", "region", mappings=(when_empty("all"),), width=120),
        Column("Project", "project_id", width=80),
        Column("Selection", "selection", width=80),
        Column("Reason", "reason", width=100),
        age_column("Last read", "A", colours=((None, ORANGE), (1800, RED))),
        Column("What to do", "what_to_do", mappings=(reasons,)),
    )
    return make(facts, Table({"A": query}, columns, "Last read", hidden=("Time", "region_id")))


def _snapshots_in_error() -> Builder[Panel]:
    broken = once(of_region("gcore_snapshot_status", _BROKEN), *SNAPSHOT, "status")
    created = age("gcore_snapshot_created_timestamp_seconds", *SNAPSHOT)
    on = f"on ({', '.join(SNAPSHOT)})"
    ages = f"({broken}) * {on} group_left () ({created}) or ({broken}) * NaN"
    facts = Facts(
        _IN_ERROR,
        "Snapshots in error, by name",
        "The snapshots with the status error or error_deleting, the oldest first. Delete them in "
        "Gcore's portal or through its API; the volume needs a new one if it has no other.",
        "dtdurations",
        "None is in error",
        width=12,
        height=7,
    )
    columns = (
        Column("Snapshot", "snapshot_name"),
        Column("Status", "status", width=110),
        age_column("Age", "A"),
        Column("Region", "region", width=120),
        Column("Project", "project_id", width=80),
        Column("Volume", "volume_id"),
        Column("Snapshot id", "snapshot_id"),
    )
    query = with_region(with_name(f"topk(50, {ages})"))
    return make(facts, Table({"A": query}, columns, "Age", hidden=("Time", "region_id")))
