"""Graphs over time, as figures of Plotly."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from grafana.preview.cells import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grafana.preview.asking import Series

Figure = dict[str, Any]

_PALETTE: Final = (
    *("#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9"),
    *("#8ab8ff", "#96d98d", "#ffcb7d", "#ca95e5", "#37872d", "#fa6400"),
)
_GRID: Final = "#2a2d33"
_TICKS: Final = 5


def lines(panel: Mapping[str, Any], found: Mapping[str, list[Series]]) -> Figure:
    """Draw lines, or areas that add up, largest first."""
    defaults = panel["fieldConfig"]["defaults"]
    custom = defaults["custom"]
    stacks = custom.get("stacking", {}).get("mode") == "normal"
    flat = custom.get("scaleDistribution", {}).get("type") == "symlog"
    named = [
        (_legend(target["legendFormat"], series["metric"]), series["values"])
        for target in panel["targets"]
        for series in found[target["refId"]]
    ]
    named.sort(key=lambda one: -float(one[1][-1][1]))
    values = [float(value) for _, points in named for _, value in points]
    top = max(_sums(named) if stacks else values, default=1.0) or 1.0
    traces = [
        _trace(name, points, colour, stacks=stacks, flat=flat, fill=custom.get("fillOpacity", 0))
        for (name, points), colour in zip(named, _PALETTE * 9, strict=False)
    ]
    return {"data": traces, "layout": _layout(_ticks(top, flat=flat), defaults["unit"])}


def heatmap(panel: Mapping[str, Any], found: Mapping[str, list[Series]]) -> Figure:
    """Draw the buckets of a histogram over time, each without those below it."""
    unit = panel["options"]["yAxis"]["unit"]
    buckets = sorted(found["A"], key=lambda one: float(one["metric"]["le"]))
    below = [0.0] * len(buckets[0]["values"])
    rows, names = [], []
    for bucket in buckets:
        counts = [float(value) for _, value in bucket["values"]]
        rows.append([count - lower for count, lower in zip(counts, below, strict=True)])
        below = counts
        bound = float(bucket["metric"]["le"])
        names.append("more" if math.isinf(bound) else words(bound, unit))
    layout = _layout([], "short")
    layout["yaxis"] = {"type": "category", "color": "#8e8ea0"}
    colours = [[0, "#181b1f"], [0.25, "#1f3f7a"], [1, "#8ab8ff"]]
    trace = {
        "type": "heatmap",
        "x": [_moment(at) for at, _ in buckets[0]["values"]],
        "y": names,
        "z": rows,
        "colorscale": colours,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": {"color": "#8e8ea0"}},
        "ygap": 1,
    }
    return {"data": [trace], "layout": layout}


def _legend(pattern: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), pattern) or "(none)"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _sums(named: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> list[float]:
    sums: dict[float, float] = {}
    for _, points in named:
        for at, value in points:
            sums[at] = sums.get(at, 0.0) + float(value)
    return list(sums.values())


def _height(value: float, *, flat: bool) -> float:
    return math.log10(1 + value) if flat else value


def _trace(  # noqa: PLR0913 - a series' data and its look
    name: str,
    points: Sequence[Sequence[Any]],
    colour: str,
    *,
    stacks: bool,
    flat: bool,
    fill: float,
) -> Figure:
    trace: Figure = {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [_moment(at) for at, _ in points],
        "y": [_height(float(value), flat=flat) for _, value in points],
        "line": {"color": colour, "width": 1.5},
    }
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    if fill:
        trace["fillcolor"] = f"rgba({red},{green},{blue},{fill / 100})"
    if stacks:
        trace["stackgroup"] = "A"
    elif fill:
        trace["fill"] = "tozeroy"
    return trace


def _ticks(top: float, *, flat: bool) -> list[tuple[float, float]]:
    """Return heights on the axis with the values that they stand for."""
    if flat:
        values = [0.0, *(10.0**power for power in range(math.ceil(math.log10(top)) + 1))]
    else:
        rough = top / _TICKS
        base = 1024.0 ** math.floor(math.log(rough, 1024)) if rough > 1024**3 else 1.0
        power = 10.0 ** math.floor(math.log10(rough / base))
        step = next(s for s in (1, 2, 5, 10) if s * power * base >= rough) * power * base
        values = [step * turn for turn in range(math.ceil(top / step) + 1)]
    return [(_height(value, flat=flat), value) for value in values]


def _layout(ticks: Sequence[tuple[float, float]], unit: str) -> Figure:
    axis = {"gridcolor": _GRID, "zerolinecolor": _GRID, "color": "#8e8ea0", "fixedrange": True}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 11, "color": "#ccccdc"},
        "margin": {"l": 76, "r": 12, "t": 6, "b": 30},
        "xaxis": axis,
        "yaxis": {
            **axis,
            "tickvals": [height for height, _ in ticks],
            "ticktext": [words(value, unit) for _, value in ticks],
            "rangemode": "tozero",
        },
        "legend": {"orientation": "h", "y": -0.16, "traceorder": "normal"},
        "showlegend": True,
    }
