"""Runs the dashboard's queries against a Prometheus as Grafana does: the variables' values put in.

Only what this dashboard uses is understood: https://grafana.com/docs/grafana/latest/dashboards/variables/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

Series = dict[str, Any]
"""One series of an answer: ``metric``, and ``value`` or ``values``."""

_VARIABLE: Final = re.compile(r"\$([a-z_]\w*)")
_LABEL_VALUES: Final = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


@dataclass(frozen=True)
class View:
    """What the dashboard is looked at with.

    Attributes:
        start: of the time range, in Unix seconds.
        end: of the time range; also the moment of what is asked for now.
        step: seconds between the points of a graph.
        values: of the variables, by name; those that are missing have their defaults.
    """

    start: float
    end: float
    step: float
    values: Mapping[str, str] = field(default_factory=dict)

    def put_in(self, text: str, defaults: Mapping[str, str]) -> str:
        """Return a text with the variables' values in it.

        Raises:
            KeyError: there is no such variable.
        """
        # As of Grafana for a data source whose scrape interval is the step.
        of_grafana = {
            "__range": f"{self.end - self.start:.0f}s",
            "__rate_interval": f"{4 * self.step:.0f}s",
        }
        values = {**defaults, **self.values, **of_grafana}
        return _VARIABLE.sub(lambda found: values[found[1]], text)


def defaults(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that the dashboard's variables have at first, but for the data source."""
    found = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "textbox":
            found[variable["name"]] = variable["query"]
        elif "allValue" in variable:
            found[variable["name"]] = variable["allValue"]
    return found


class Questions:
    """The queries of a dashboard, and a Prometheus that answers them.

    Args:
        url: of the Prometheus.
        dashboard: its decoded JSON.
    """

    def __init__(self, url: str, dashboard: Mapping[str, Any]) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=60.0)
        self._defaults = defaults(dashboard)

    async def values(self, variable: Mapping[str, Any], view: View) -> list[str]:
        """Return what a variable can be set to, in the time range.

        Raises:
            ValueError: its query is none for the values of a label, or Prometheus refused it.
        """
        found = _LABEL_VALUES.fullmatch(variable["query"])
        if found is None:
            message = f"{variable['query']!r} does not ask for the values of a label"
            raise ValueError(message)
        selector = view.put_in(found["selector"], self._defaults)
        span = {"start": view.start, "end": view.end}
        data = await self._ask(f"label/{found['label']}/values", {"match[]": selector, **span})
        return [str(value) for value in data]

    async def series(self, target: Mapping[str, Any], view: View) -> list[Series]:
        """Return what a panel's query finds.

        Raises:
            ValueError: Prometheus refused it.
        """
        query = view.put_in(target["expr"], self._defaults)
        if target.get("instant"):
            data = await self._ask("query", {"query": query, "time": view.end})
        else:
            span = {"start": view.start, "end": view.end, "step": view.step}
            data = await self._ask("query_range", {"query": query, **span})
        found: list[Series] = data["result"]
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, path: str, parameters: Mapping[str, str | float]) -> Any:  # noqa: ANN401 - the API's JSON
        answer = (await self._client.get(f"/api/v1/{path}", params=dict(parameters))).json()
        if answer["status"] != "success":
            message = f"{answer['error']}: {parameters}"
            raise ValueError(message)
        return answer["data"]
