"""A table panel: rows with the same labels joined, columns named and ordered, worst first."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from grafana.preview.cells import COLOURS, Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grafana.preview.asking import Series

Cells = dict[str, float | str]
"""A row: values by the names of Grafana's fields."""

_VALUE: Final = "Value"
_ONE_LINE: Final = 60
"""Characters; a longer text is broken into lines."""


class Grid:
    """What a table panel shows: its transformations applied to what its queries found."""

    def __init__(self, panel: Mapping[str, Any], found: Mapping[str, list[Series]]) -> None:
        [self._order] = [t["options"] for t in panel["transformations"] if t["id"] == "organize"]
        self._formats = {
            override["matcher"]["options"]: _format(override["properties"])
            for override in panel["fieldConfig"]["overrides"]
        }
        self._backgrounds = {
            override["matcher"]["options"]
            for override in panel["fieldConfig"]["overrides"]
            if any(p["id"] == "custom.cellOptions" for p in override["properties"])
        }
        self.rows = self._sorted(_merged(found), panel["options"]["sortBy"][0])

    @property
    def columns(self) -> list[str]:
        """Return the titles, from left to right: of the fields that some row has."""
        present = {name for row in self.rows for name in row}
        return [title for title in self._titles() if title in present]

    def html(self) -> str:
        """Return the table."""
        columns = self.columns
        numbers = {c for c in columns if any(isinstance(r.get(c), float) for r in self.rows)}
        head = "".join(_cell("th", escape(c), number=c in numbers) for c in columns)
        body = "".join(
            "<tr>" + "".join(self._cell(row, c, number=c in numbers) for c in columns) + "</tr>"
            for row in self.rows
        )
        return f"<table><tr>{head}</tr>{body}</table>"

    def _titles(self) -> list[str]:
        places = self._order["indexByName"]
        names: dict[str, str] = self._order["renameByName"]
        return list(dict.fromkeys(names[field] for field in sorted(names, key=places.__getitem__)))

    def _sorted(self, rows: list[Cells], by: Mapping[str, Any]) -> list[Cells]:
        names = self._order["renameByName"]
        hidden = self._order["excludeByName"]
        named = [
            {names.get(field, field): value for field, value in row.items() if field not in hidden}
            for row in rows
        ]
        title = by["displayName"]
        return sorted(named, key=lambda row: _rank(row.get(title)), reverse=bool(by["desc"]))

    def _cell(self, row: Cells, column: str, *, number: bool) -> str:
        value = row.get(column)
        shape = self._formats[column]
        text, colour = shape.show(value)
        style = ""
        if column in self._backgrounds and isinstance(value, float):
            background = COLOURS[colour] if colour else shape.colour(value)
            style = f"background:{background};color:#fff"
        long = len(text) > _ONE_LINE
        return _cell("td", escape(text), number=number, style=style, long=long)


def _format(properties: list[Mapping[str, Any]]) -> Format:
    return Format.of({p["id"]: p["value"] for p in properties})


def _cell(tag: str, text: str, *, number: bool, style: str = "", long: bool = False) -> str:
    kind = "number" if number else "text" if long else ""
    return f'<{tag} class="{kind}" style="{style}">{text}</{tag}>'


def _rank(value: float | str | None) -> tuple[bool, float]:
    return isinstance(value, float), value if isinstance(value, float) else 0.0


def _merged(found: Mapping[str, list[Series]]) -> list[Cells]:
    """Join rows that agree in the labels that all queries have."""
    several = len(found) > 1
    tables = {ref: series for ref, series in found.items() if series}
    shared = set.intersection(*(set(one["metric"]) for series in tables.values() for one in series))
    rows: dict[tuple[str, ...], Cells] = {}
    for ref, series in tables.items():
        for one in series:
            key = tuple(one["metric"][label] for label in sorted(shared))
            if len(tables) == 1:
                key = tuple(f"{k}={v}" for k, v in sorted(one["metric"].items()))
            row = rows.setdefault(key, {})
            row.update(one["metric"])
            row[f"{_VALUE} #{ref}" if several else _VALUE] = float(one["value"][1])
    return list(rows.values())
