"""What all panels of a kind share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from grafana_foundation_sdk.builders import common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    ScaleDistribution,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, Threshold, ThresholdsMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.variables import DATASOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping


UID: Final = "gcore-snapshots"

MIN_STEP: Final = "3m"
"""Makes `$__rate_interval` 12 minutes at least: enough for scrapes every 5 minutes, whatever scrape
interval the data source claims."""

GREEN: Final = "green"
YELLOW: Final = "yellow"
ORANGE: Final = "orange"
RED: Final = "red"

Steps = tuple[tuple[float | None, str], ...]
"""Colours, each with the value from which it holds; None is the lowest."""

NEUTRAL: Final[Steps] = ((None, "blue"),)
ANY_IS_RED: Final[Steps] = ((None, GREEN), (1, RED))
ANY_IS_ORANGE: Final[Steps] = ((None, GREEN), (1, ORANGE))
OF_LIMIT: Final[Steps] = ((None, GREEN), (0.5, YELLOW), (0.8, RED))

_Panel = TypeVar("_Panel", stat.Panel, timeseries.Panel, table.Panel, heatmap.Panel)


@dataclass(frozen=True)
class Facts:
    """What every panel has.

    Attributes:
        number: its id, unique and for ever: links to the panel end in it.
        description: what it shows, and what to do when it looks bad.
        unit: one of Grafana's, for the values.
        none: what it says when a query finds nothing.
        width: columns, of 24.
        height: rows of Grafana's grid, 30 pixels each.
        decimals: of the values; None leaves it to Grafana.
    """

    number: int
    title: str
    description: str
    unit: str
    none: str
    width: int
    height: int
    decimals: int | None = None


def dressed(panel: _Panel, facts: Facts) -> _Panel:
    """Give the panel its facts."""
    if facts.decimals is not None:
        panel.decimals(facts.decimals)
    return (
        panel.id(facts.number)
        .title(facts.title)
        .description(facts.description)
        .unit(facts.unit)
        .no_value(facts.none)
        .span(facts.width)
        .height(facts.height)
        .datasource(DATASOURCE)
    )


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Return the colours as Grafana has them."""
    return (
        ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value, colour) for value, colour in steps])
    )


def now(expression: str, ref: str = "A") -> prometheus.Dataquery:
    """Ask for the values of this moment."""
    return _query(expression, ref).instant()


def over_time(expression: str, legend: str, ref: str = "A") -> prometheus.Dataquery:
    """Ask for the values over the dashboard's time range."""
    return _query(expression, ref).range().legend_format(legend).interval(MIN_STEP)


def rows_now(expression: str, ref: str = "A") -> prometheus.Dataquery:
    """Ask for the values of this moment as rows of a table."""
    return now(expression, ref).format(PromQueryFormat.TABLE)


def _query(expression: str, ref: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).ref_id(ref).datasource(DATASOURCE)


def link_to(number: int, title: str) -> DashboardLink:
    """Return a link to the panel of this number, with the variables and the time range kept."""
    url = f"/d/{UID}?viewPanel={number}&${{__url_time_range}}&${{__all_variables}}"
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url)


def alarm(
    facts: Facts,
    expression: str,
    steps: Steps,
    link: DashboardLink,
) -> stat.Panel:
    """Make one number of this moment, on a background in its colour, that links to where it is."""
    panel = _stat(facts, steps).with_target(now(expression))
    return panel.color_mode(BigValueColorMode.BACKGROUND).links([link]).data_links([link])


def numbers(facts: Facts, expressions: Mapping[str, str]) -> stat.Panel:
    """Make numbers of this moment in a quiet colour, each with its name."""
    panel = _stat(facts, NEUTRAL)
    for ref, (name, expression) in zip("ABC", expressions.items(), strict=False):
        panel.with_target(now(expression, ref).legend_format(name))
    return panel


def _stat(facts: Facts, steps: Steps) -> stat.Panel:
    return (
        dressed(stat.Panel(), facts)
        .thresholds(thresholds(steps))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def lines(facts: Facts, queries: Mapping[str, str]) -> timeseries.Panel:
    """Make lines over time.

    Args:
        facts: of the panel.
        queries: expressions by their legends.
    """
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    legend = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .calcs(["lastNotNull"])
        .show_legend(show_legend=True)
        .sort_by("Last *")
        .sort_desc(sort_desc=True)
    )
    panel = (
        dressed(timeseries.Panel(), facts)
        .min(0)
        .fill_opacity(10)
        .show_points(VisibilityMode.NEVER)
        .tooltip(tooltip)
        .legend(legend)
    )
    for ref, (name, expression) in zip("ABCDEFGH", queries.items(), strict=False):
        panel.with_target(over_time(expression, name, ref))
    return panel


def stacked(facts: Facts, queries: Mapping[str, str]) -> timeseries.Panel:
    """Make areas over time that add up."""
    stacking = common.StackingConfig().mode(StackingMode.NORMAL).group("A")
    return lines(facts, queries).stacking(stacking).fill_opacity(40).line_width(1)


def wide_ranged(facts: Facts, queries: Mapping[str, str]) -> timeseries.Panel:
    """Make lines on a scale on which 3 can be seen beside 3,000, and 0 is still 0."""
    scale = (
        common.ScaleDistributionConfig().type(ScaleDistribution.SYMLOG).log(10).linear_threshold(1)
    )
    return lines(facts, queries).scale_distribution(scale).fill_opacity(0)


def against_limit(facts: Facts, queries: Mapping[str, str]) -> timeseries.Panel:
    """Make lines of a part of a limit, with the colours of danger behind them."""
    style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    return lines(facts, queries).thresholds(thresholds(OF_LIMIT)).thresholds_style(style)
