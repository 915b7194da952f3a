"""A page that looks about as the dashboard does, drawn from what its queries found."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from grafana.preview.cells import COLOURS, Format
from grafana.preview.charts import heatmap, lines
from grafana.preview.grid import Grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grafana.preview.asking import Series

    Answers = Mapping[tuple[int, str], list[Series]]
    """What was found, by a panel's id and a query's letter."""

WIDTH: Final = 1600
"""Pixels."""

_CELL: Final = 36
_HEAD: Final = 92
_SHORT: Final = 6
"""Characters that fit into a stat in large type."""


def plotly() -> str:
    """Return the source of the library that draws the graphs."""
    return files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")


def page(
    board: Mapping[str, Any],
    answers: Answers,
    values: Mapping[str, str],
    note: str,
    *,
    library: str,
) -> str:
    """Return the page.

    Args:
        board: the dashboard's JSON, or a part of its panels.
        answers: to the queries of all of its panels.
        values: of the variables, by their labels, for the line at the top.
        note: what the picture is and is not.
        library: the source of Plotly.
    """
    panels = board["panels"]
    top = min(panel["gridPos"]["y"] for panel in panels)
    body = "".join(_placed(panel, top, answers, values) for panel in panels)
    chips = "".join(
        f"<span class=chip><b>{escape(name)}</b>{escape(value)}</span>"
        for name, value in values.items()
    )
    style = files("grafana.preview").joinpath("style.css").read_text(encoding="utf-8")
    return (
        f"<!doctype html><meta charset=utf-8><style>{style}</style><script>{library}</script>"
        f"<header><h1>{escape(board['title'])} <small>{escape(note)}</small></h1>{chips}</header>"
        f"{body}"
    )


def height(board: Mapping[str, Any]) -> int:
    """Return the height of the page in pixels."""
    places = [panel["gridPos"] for panel in board["panels"]]
    rows: int = max(p["y"] + p["h"] for p in places) - min(p["y"] for p in places)
    return _HEAD + rows * _CELL + 12


def _placed(panel: Mapping[str, Any], top: int, answers: Answers, values: Mapping[str, str]) -> str:
    place = panel["gridPos"]
    y = _HEAD + (place["y"] - top) * _CELL
    title = escape(panel["title"].replace("$tag_key", values["Tag key"]))
    if panel["type"] == "row":
        return f'<div class=row style="top:{y - 6}px">⌄ {title}</div>'
    unit = (WIDTH - 16) / 24
    style = (
        f"left:{8 + place['x'] * unit:.0f}px;top:{y}px;"
        f"width:{place['w'] * unit - 8:.0f}px;height:{place['h'] * _CELL - 8}px;"
    )
    found = {t["refId"]: answers[panel["id"], t["refId"]] for t in panel["targets"]}
    drawn, extra = _drawn(panel, found)
    return (
        f'<div class="panel {"filled" if extra else ""}" style="{style}{extra}">'
        f"<h2>{title}</h2>{drawn}</div>"
    )


def _drawn(panel: Mapping[str, Any], found: Mapping[str, list[Series]]) -> tuple[str, str]:
    """Return what is in a panel, and the style of the panel itself."""
    if not any(found.values()):
        return f"<div class=none>{escape(panel['fieldConfig']['defaults']['noValue'])}</div>", ""
    match panel["type"]:
        case "stat":
            return _stat(panel, found)
        case "table":
            return Grid(panel, found).html(), ""
        case "timeseries":
            return _plot(panel, lines(panel, found)), ""
        case "heatmap":
            return _plot(panel, heatmap(panel, found)), ""
        case other:
            raise ValueError(other)


def _stat(panel: Mapping[str, Any], found: Mapping[str, list[Series]]) -> tuple[str, str]:
    shape = Format.of(panel["fieldConfig"]["defaults"])
    shown = []
    for target in panel["targets"]:
        for series in found[target["refId"]]:
            value = float(series["value"][1])
            name = escape(target.get("legendFormat", ""))
            shown.append((f"<div>{escape(shape.show(value)[0])}<i>{name}</i></div>", value))
    is_long = len(shown) == 1 and len(shape.show(shown[0][1])[0]) > _SHORT
    long = "long" if is_long else ""
    boxes = "".join(box for box, _ in shown)
    if panel["options"]["colorMode"] != "background":
        return f'<div class="stat {long}" style="color:{COLOURS["blue"]}">{boxes}</div>', ""
    colour = shape.colour(shown[0][1])
    return f'<div class="stat {long}">{boxes}</div>', f"background:{colour};"


def _plot(panel: Mapping[str, Any], figure: Mapping[str, Sequence[Any] | Mapping[str, Any]]) -> str:
    name = f"plot{panel['id']}"
    data = json.dumps(figure).replace("</", "<\\/")
    return (
        f"<div class=plot id={name}></div><script>Plotly.newPlot('{name}', "
        f"Object.assign({data}, {{config: {{staticPlot: true, responsive: true}}}}))</script>"
    )
