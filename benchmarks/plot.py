"""Draws what a scrape costs over the number of snapshots."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.cases import Figures

_OURS: Final = {"color": "#1f6feb", "marker": "o", "label": "a scrape of the exporter"}
_FLOOR: Final = {"color": "#8c959f", "marker": "s", "label": "reading the same bytes, no more"}
_LINEAR: Final = {
    "color": "#bc4c00",
    "linestyle": "--",
    "linewidth": 1,
    "label": "in proportion to their number",
}
_LOOK: Final = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "svg.hashsalt": "gcore-snapshot-exporter",  # else every drawing has other ids
}


def draw(swept: Mapping[int, Mapping[str, Figures]], file: Path) -> None:
    """Draw seconds and memory, both axes logarithmic, as SVG or what else the name ends with.

    Args:
        swept: the figures by number of snapshots, ascending; those of our exporter come first,
            and `floor` is among them.
        file: where to.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    sizes = list(swept)
    ours = [next(iter(figures.values())) for figures in swept.values()]
    floor = [figures["floor"].median for figures in swept.values()]
    with importlib.import_module("matplotlib").rc_context(_LOOK):
        picture = importlib.import_module("matplotlib.figure").Figure((9, 4), layout="constrained")
        time, memory = picture.subplots(1, 2)
        time.plot(sizes, [one.median for one in ours], **_OURS)
        time.plot(sizes, floor, **_FLOOR)
        _finish(time, "Time of a scrape", "seconds")
        memory.plot(sizes, [one.megabytes for one in ours], **_OURS)
        _finish(memory, "Peak memory of the process", "MiB")
        time.legend(loc="upper left")
        picture.savefig(file, metadata={"Date": None})


def _finish(axes: Any, title: str, unit: str) -> None:  # noqa: ANN401 - matplotlib's
    """Add scales, words, and the line of a cost in proportion through the last point of ours."""
    ticker = importlib.import_module("matplotlib.ticker")
    axes.set(title=title, xlabel="snapshots", ylabel=unit, xscale="log", yscale="log")
    axes.margins(y=0.15)
    bottom, top = axes.get_ylim()
    sizes, values = axes.lines[0].get_data()
    axes.plot(sizes, values[-1] * sizes / sizes[-1], **_LINEAR, zorder=1)
    axes.set_ylim(bottom, top)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(color="#d0d7de", linewidth=0.5)
