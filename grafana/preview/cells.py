"""Values in words and colours, as Grafana shows them: the units that this dashboard has."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLOURS: Final = {
    "green": "#56a64b",
    "yellow": "#e0b400",
    "orange": "#ff780a",
    "red": "#e02f44",
    "blue": "#5794f2",
}

_PERIODS: Final = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)


def duration(seconds: float, smaller: int = 0) -> str:
    """Return a duration in its largest unit and, if asked for, so many smaller ones."""
    rest = seconds
    parts: list[str] = []
    for name, length in _PERIODS:
        if rest >= length or parts:
            number, rest = divmod(rest, length)
            if number:
                parts.append(f"{number:.0f} {name}{'s' * (number != 1)}")
            smaller -= 1
            if smaller < 0:
                break
    return ", ".join(parts) or "0 seconds"


def scaled(value: float, step: float, suffixes: Sequence[str], decimals: int | None) -> str:
    """Return a number with the suffix of its power of `step`."""
    power = 0
    while abs(value) >= step and power < len(suffixes) - 1:
        value, power = value / step, power + 1
    places = decimals if decimals is not None else (0 if value == round(value) else 2)
    shown = f"{value:.{places if power or value != round(value) else 0}f}"
    return f"{shown} {suffixes[power]}".strip()


def words(value: float, unit: str | None, decimals: int | None = None) -> str:
    """Return a value in a unit of Grafana's.

    Raises:
        ValueError: the unit is none that the dashboard was known to have.
    """
    match unit:
        case "dtdurations":
            return duration(value, decimals or 0)
        case "bytes":
            return scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), decimals)
        case "percentunit":
            return f"{value * 100:.3g} %" if decimals is None else f"{value * 100:.{decimals}f} %"
        case "short" | None:
            return scaled(value, 1000, ("", "K", "Mil"), decimals)
        case "locale":
            return f"{value:,.{decimals or 0}f}"
        case "s" | "reqps":
            return f"{value:.3g} {'s' if unit == 's' else 'req/s'}"
        case _:
            message = f"the unit {unit} has no words here"
            raise ValueError(message)


@dataclass(frozen=True)
class Format:
    """How values of a field are shown: the parts of Grafana's field configuration."""

    unit: str | None = None
    decimals: int | None = None
    steps: Sequence[Mapping[str, Any]] = ()
    mappings: Sequence[Mapping[str, Any]] = field(default=())

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Format:
        """Read it from a dashboard's JSON: the defaults of a panel, or an override as a mapping."""
        steps = config.get("thresholds", {}).get("steps", ())
        return cls(config.get("unit"), config.get("decimals"), steps, config.get("mappings") or ())

    def show(self, value: float | str | None) -> tuple[str, str | None]:
        """Return the words for a value, and a mapping's own colour if it has one."""
        for mapping in self.mappings:
            found = _mapped(mapping, value)
            if found is not None:
                return found.get("text", ""), found.get("color")
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "", None
        if isinstance(value, str):
            return value, None
        return words(value, self.unit, self.decimals), None

    def colour(self, value: float) -> str:
        """Return the colour of the highest threshold that the value reaches."""
        reached = [s["color"] for s in self.steps if s["value"] is None or value >= s["value"]]
        return COLOURS[reached[-1]]


def _mapped(mapping: Mapping[str, Any], value: float | str | None) -> Mapping[str, Any] | None:
    options: Mapping[str, Any] = mapping["options"]
    unknown = value is None or (isinstance(value, float) and math.isnan(value))
    result: Mapping[str, Any] | None
    match mapping["type"]:
        case "value":
            key = f"{value:g}" if isinstance(value, float) else value
            result = options.get(key or "")
        case "range":
            within = isinstance(value, float) and options["from"] <= value <= options["to"]
            result = options["result"] if within else None
        case "special":
            hit = value == "" if options["match"] == "empty" else unknown
            result = options["result"] if hit else None
        case other:
            raise ValueError(other)
    return result
