"""What there is: number, size and age of the snapshots, by region and by status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders import heatmap
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.panels import (
    Facts,
    dressed,
    numbers,
    over_time,
    stacked,
    wide_ranged,
)
from grafana.promql import (
    REGION,
    VOLUME,
    listed,
    of_region,
    once,
    or_zero,
    per_region,
    with_region,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "Snapshots by region and by status"

_NOT_READ: Final = "No whole region is read"
_REGION_LEGEND: Final = "{{region}} ({{project_id}})"


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _total()
    yield _total_size()
    yield _volumes()
    yield _newest()
    yield _oldest()
    yield _by_region()
    yield _size_by_region()
    yield _by_status()
    yield _size_by_status()
    yield _ages()


def _by(status_metric: str) -> str:
    return f"sum by (status) ({once(of_region(status_metric), *REGION, 'status')})"


def _small(number: int, title: str, unit: str, description: str, width: int = 5) -> Facts:
    return Facts(number, title, description, unit, _NOT_READ, width, height=4)


def _graph(number: int, title: str, unit: str, description: str) -> Facts:
    return Facts(number, title, description, unit, _NOT_READ, width=12, height=9)


def _total() -> Builder[Panel]:
    facts = _small(
        41,
        "Snapshots",
        "locale",
        "All snapshots, of any status. A sudden drop means that someone deleted many, or that a "
        "region is not read: look at the first row before you worry.",
    )
    counts = once(of_region("gcore_snapshots"), *REGION, "status")
    return numbers(facts, {"": f"sum({counts})"})


def _total_size() -> Builder[Panel]:
    facts = _small(
        42,
        "Total size",
        "bytes",
        "The sum of the nominal sizes, those of the volumes: neither the space used nor what is "
        "billed. If it grows faster than expected, the growth by region below says where.",
    )
    sizes = once(of_region("gcore_snapshots_size_bytes"), *REGION, "status")
    return numbers(facts, {"": f"sum({sizes})"})


def _volumes() -> Builder[Panel]:
    shown = f"count by ({', '.join(REGION)}) ({once(of_region('gcore_volume_snapshots'), *VOLUME)})"
    left_out = once(of_region("gcore_scrape_omitted_objects", 'kind="volume"'), *REGION)
    facts = _small(
        43,
        "Volumes with snapshots",
        "locale",
        "Volumes that have at least one snapshot, also those that a limit leaves without series "
        "of their own. A volume that should have some and is not among them is in no table here: "
        "compare this number with that of your volumes.",
    )
    expression = or_zero(f"sum({shown} + {left_out})", listed("gcore_volume_snapshots"))
    return numbers(facts, {"": expression})


def _newest() -> Builder[Panel]:
    newest = once(of_region("gcore_snapshots_newest_timestamp_seconds"), *REGION)
    facts = _small(
        44,
        "Age of the newest",
        "dtdurations",
        "How long ago the newest usable snapshot of all was made. Above the shortest schedule "
        "that you have, none of the schedules runs: check them and Gcore's status page.",
    )
    return numbers(facts, {"": f"min(time() - {newest})"})


def _oldest() -> Builder[Panel]:
    oldest = (
        f"min by ({', '.join(REGION)}) ({of_region('gcore_snapshots_oldest_timestamp_seconds')})"
    )
    facts = _small(
        45,
        "Age of the oldest",
        "dtdurations",
        "How long ago the oldest snapshot of all was made. If that is beyond what you mean to "
        "keep, the table of the oldest snapshots names those to delete.",
        width=4,
    )
    return numbers(facts, {"": f"max(time() - {oldest})"})


def _by_region() -> Builder[Panel]:
    facts = _graph(
        46,
        "Number by region",
        "short",
        "Snapshots of each region and project. A gap is a time when the region was not read; a "
        "drop is a deletion; a line that never falls is a schedule without retention.",
    )
    return stacked(facts, {_REGION_LEGEND: with_region(per_region("gcore_snapshots", "status"))})


def _size_by_region() -> Builder[Panel]:
    facts = _graph(
        47,
        "Size by region",
        "bytes",
        "Nominal size of the snapshots of each region and project. A step up is a volume that was "
        "enlarged or added to a schedule: see the largest snapshots.",
    )
    sizes = with_region(per_region("gcore_snapshots_size_bytes", "status"))
    return stacked(facts, {_REGION_LEGEND: sizes})


def _by_status() -> Builder[Panel]:
    facts = _graph(
        48,
        "Number by status",
        "short",
        "Snapshots by status, on a scale that shows few beside many. `creating` or `deleting` "
        "that does not come down is stuck, and `error` that goes up is a schedule that fails: see "
        "the snapshots in error above.",
    )
    return wide_ranged(facts, {"{{status}}": _by("gcore_snapshots")})


def _size_by_status() -> Builder[Panel]:
    facts = _graph(
        49,
        "Size by status",
        "bytes",
        "Nominal size of the snapshots by status. What is not available may cost without being "
        "of use: delete it.",
    )
    return stacked(facts, {"{{status}}": _by("gcore_snapshots_size_bytes")})


def _ages() -> Builder[Panel]:
    buckets = once(of_region("gcore_snapshots_age_seconds_bucket"), *REGION, "le")
    facts = Facts(
        50,
        "Ages",
        "How many snapshots are how old: each row is the ages up to its label and above the one "
        "below it (series.age_buckets in the configuration). The lowest row pales when snapshots "
        "are no longer made, the highest fills when they are no longer deleted.",
        "short",
        _NOT_READ,
        width=24,
        height=8,
    )
    query = over_time(f"sum by (le) ({buckets})", "{{le}}").format(PromQueryFormat.HEATMAP)
    return (
        dressed(heatmap.Panel(), facts)
        .with_target(query)
        .calculate(calculate=False)
        .color(
            heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(64)
        )
        .y_axis(heatmap.YAxisConfig().unit("dtdurations").decimals(0))
        .cell_values(heatmap.CellValues().unit("short").decimals(0))
        .tooltip(heatmap.HeatmapTooltip().show_color_scale(show_color_scale=True))
    )
