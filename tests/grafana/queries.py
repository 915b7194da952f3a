"""The dashboard's queries as syntax trees of promql-parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import promql_parser as promql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LABEL_VALUES: Final = re.compile(r"label_values\((.+), (\w+)\)")
_DURATIONS: Final = {"$__rate_interval": "31h", "$__range": "37h"}
"""Stand-ins that are no one's own choice, so that they can be told from fixed durations."""


@dataclass(frozen=True)
class Query:
    """A query.

    Attributes:
        place: the panel's title and the query's letter.
        text: as it stands in the dashboard.
        expression: its tree, or what the parser says is wrong with it.
    """

    place: str
    text: str
    expression: promql.Expr | str


def parsed(board: Mapping[str, Any], text: str) -> promql.Expr | str:
    """Return the tree of a query, or what is wrong with it.

    Variables in strings stay as they are, as in the linter; others get a value.
    """
    boxes = {
        f"${v['name']}": v["query"] for v in board["templating"]["list"] if v["type"] == "textbox"
    }
    parts = text.split('"')
    for index in range(0, len(parts), 2):
        for name, value in (_DURATIONS | boxes).items():
            parts[index] = parts[index].replace(name, value)
    try:
        return promql.parse('"'.join(parts))
    except ValueError as error:
        return str(error)


def queries(board: Mapping[str, Any]) -> Iterator[Query]:
    """Give the queries of all panels."""
    for panel in board["panels"]:
        for target in panel.get("targets") or ():
            place = f"{panel['title']} {target['refId']}"
            yield Query(place, target["expr"], parsed(board, target["expr"]))


def variable_query(variable: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the selector and the label that a variable asks for, if it asks for labels."""
    found = _LABEL_VALUES.fullmatch(variable["query"])
    return None if found is None else (found[1], found[2])


def nodes(expression: promql.Expr | str) -> list[promql.Expr]:
    """Return every node of a tree; none if it is not one."""
    found: list[promql.Expr] = []
    if not isinstance(expression, str):
        promql.walk(expression, found.append)
    return found


def selectors(query: Query) -> list[promql.VectorSelector]:
    """Return the selectors of a query, those with a range too."""
    return [n for n in nodes(query.expression) if isinstance(n, promql.VectorSelector)]


def calls(query: Query, names: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Give the calls of functions, each with the ranges of its arguments as written."""
    written = {promql.parse_duration(value): name for name, value in _DURATIONS.items()}
    for node in nodes(query.expression):
        if isinstance(node, promql.Call) and node.func.name in names:
            ranges = [arg.range for arg in node.args if isinstance(arg, promql.MatrixSelector)]
            yield node.func.name, [written.get(one, str(one)) for one in ranges]
