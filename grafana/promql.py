"""The parts that the dashboard's queries are made of.

Every query must stay right when the same thing is seen more than once: two Prometheus servers
behind one data source, two exporters that read the same account, or a `selection` beside the whole
region. So nothing is summed or counted before `once` made one series of each thing, whose labels
are those that tell it from others, and no label that an observer adds. `region` is a name, which
two exporters may know differently: it is put on last, by `with_region`.
"""

from __future__ import annotations

from typing import Final

from grafana.contract import checked

SCOPE: Final = ('job=~"$job"', 'instance=~"$instance"')
PLACE: Final = ('project_id=~"$project_id"', 'region=~"$region"')
SELECTION: Final = ('selection="$selection"',)

REGION: Final = ("project_id", "region_id")
TARGET: Final = (*REGION, "selection")
VOLUME: Final = (*REGION, "volume_id")
SNAPSHOT: Final = (*REGION, "volume_id", "snapshot_id")

DAY: Final = 86400
"""Seconds."""

NEVER_SECONDS: Final = 10_000_000_000
"""The age of what has no time, 317 years: sorts above every age and is shown as a word.

Infinity would be truer, but Grafana's value mappings miss it.
"""


def of_exporter(metric: str, *matchers: str) -> str:
    """Select a metric about the exporter itself."""
    return checked(metric, SCOPE + matchers)


def of_target(metric: str, *matchers: str) -> str:
    """Select a metric about reading a target: those with a selection, too."""
    return checked(metric, SCOPE + PLACE + matchers)


def of_region(metric: str, *matchers: str) -> str:
    """Select a metric about snapshots: of whole regions, or of the one selection that is chosen."""
    return checked(metric, SCOPE + PLACE + SELECTION + matchers)


def once(vector: str, *labels: str) -> str:
    """Make one series for each value of the labels, however many observers there are."""
    return f"max by ({', '.join(labels)}) ({vector})"


def per_region(metric: str, *labels: str) -> str:
    """Add up a metric of a region over its own labels, in each region."""
    return f"sum by ({', '.join(REGION)}) ({once(of_region(metric), *REGION, *labels)})"


def with_region(vector: str) -> str:
    """Add the label `region`, a name; where exporters disagree, that of one that can read it."""
    names = once(of_target("gcore_up"), *REGION, "region")
    one_name = f"topk by ({', '.join(REGION)}) (1, {names}) >= bool 0"
    return f"({vector}) * on ({', '.join(REGION)}) group_left (region) ({one_name})"


def with_name(vector: str) -> str:
    """Add the label `snapshot_name` to series of snapshots."""
    keys = ", ".join((*REGION, "snapshot_id"))
    names = once(of_region("gcore_snapshot_info"), *REGION, "snapshot_id", "snapshot_name")
    return f"({vector}) * on ({keys}) group_left (snapshot_name) topk by ({keys}) (1, {names})"


def only(vector: str, those: str, *labels: str) -> str:
    """Keep the series of `vector` that have a like one in `those`."""
    return f"{vector} and on ({', '.join(labels)}) ({those})"


def age(metric: str, *labels: str) -> str:
    """Return seconds since a time of snapshots or volumes."""
    return f"time() - {once(of_region(metric), *labels)}"


def or_zero(count: str, known: str) -> str:
    """Give 0 where there is nothing to count, but only while something is known at all.

    A plain ``or vector(0)`` would show a green 0 while nothing can be read.

    Args:
        count: a vector without labels.
        known: has series as long as the answer is known.
    """
    return f"{count} or 0 * count({known})"


def read_time_used() -> str:
    """Return the part of its time limit that each read took."""
    took = of_target("gcore_scrape_duration_seconds")
    return f"{took} / {of_target('gcore_scrape_timeout_seconds')}"


def listed(metric: str) -> str:
    """Select the single objects of a family, or else the fact that there is no snapshot at all.

    Nothing is selected where a limit of 0 switches the family off: how many are in trouble is then
    unknown.
    """
    counts = once(of_region("gcore_snapshots"), *REGION, "status")
    return f"{of_region(metric)} or sum({counts}) == 0"
