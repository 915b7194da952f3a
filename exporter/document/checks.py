"""The checks that several sections share: numbers, texts, durations, lists and mappings."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, TypeVar

from exporter.document.duration import parse_duration
from exporter.document.problems import Check, Findings, Problem, RefusedError, is_plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

_MOST_SERIES: Final = 1_000_000


def describe(value: object) -> str:
    """Name the kind of a value, never the value, which may be a key in the wrong place."""
    kinds: Mapping[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a decimal number",
        str: "a text",
        list: "a list",
        dict: "a mapping",
    }
    return kinds.get(type(value), "an empty value")


def integer(low: int, high: int | None = None, *, wanted: str = "") -> Check[int]:
    """Return the check of a whole number from `low` to `high`; `wanted` are other words for it."""
    bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
    demand = wanted or f"must be a whole number {bounds}"

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise RefusedError(Problem(f"{demand}, not {describe(value)}"))
        if value < low or (high is not None and value > high):
            raise RefusedError(Problem(f"{demand}, not {value}"))
        return value

    return check


def limit(value: object) -> int | None:
    """Check the largest number of objects with series of their own; None for ``unlimited``."""
    wanted = f"must be a whole number from 0 to {_MOST_SERIES}, or `unlimited`"
    return None if value == "unlimited" else integer(0, _MOST_SERIES, wanted=wanted)(value)


def flag(value: object) -> bool:
    """Check a boolean."""
    if not isinstance(value, bool):
        raise RefusedError(Problem(f"must be `true` or `false`, not {describe(value)}"))
    return value


def any_text(value: object) -> str:
    """Check that it is a text, whatever it says."""
    if not isinstance(value, str):
        raise RefusedError(Problem(f"must be a text (in quotes), not {describe(value)}"))
    return value


def printable(longest: int) -> Check[str]:
    """Return the check of a text of 1 to `longest` printable characters, not all of them blanks."""

    def check(value: object) -> str:
        text = any_text(value)
        if not text.strip() or len(text) > longest or not text.isprintable():
            raise RefusedError(Problem(f"must be 1 to {longest} printable characters"))
        return text

    return check


def duration(longest: str, *, zero: bool = False) -> Check[float]:
    """Return the check of a duration in seconds, up to `longest`; only with `zero` can it be 0."""
    most = parse_duration(longest)
    bounds = f"from 0s to {longest}" if zero else f"above 0s and up to {longest}"
    demand = f"must be a duration {bounds}, such as `500ms`, `10s` or `1h30m`"

    def check(value: object) -> float:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            raise RefusedError(Problem(f"has no unit; write `{value}s` if seconds are meant"))
        seconds = _seconds(value, demand)
        if seconds > most or (seconds == 0 and not zero):
            raise RefusedError(Problem(demand))
        return seconds

    return check


def _seconds(value: object, demand: str) -> float:
    if type(value) is int and value == 0:
        return 0.0
    if not isinstance(value, str):
        raise RefusedError(Problem(f"{demand}, not {describe(value)}"))
    try:
        return parse_duration(value)
    except ValueError:
        raise RefusedError(Problem(demand)) from None


def each(check: Check[T], what: str, *, least: int = 0) -> Check[tuple[T, ...]]:
    """Return the check of a list of `what`, each of which passes `check`; `least` is 0 or 1."""
    demand = f"must be a list of {what}" + (" with at least one" if least else "")

    def check_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise RefusedError(Problem(f"{demand}, not {describe(value)}"))
        if len(value) < least:
            raise RefusedError(Problem(f"{demand}, not an empty one"))
        findings, good = Findings(), []
        for index, item in enumerate(value):
            with findings.at(f"[{index}]"):
                good.append(check(item))
        findings.settle()
        return tuple(good)

    return check_all


def distinct(items: tuple[T, ...]) -> tuple[T, ...]:
    """Return the items of a list, which may not repeat."""
    findings = Findings()
    places: dict[T, int] = {}
    for index, item in enumerate(items):
        if (first := places.setdefault(item, index)) < index:
            findings.add(f"repeats [{first}]; remove it", f"[{index}]")
    findings.settle()
    return items


def fields(
    value: object, checks: Mapping[str, Check[Any]], required: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Check a mapping key by key; an empty one may be left out (``scrape:`` and nothing under it).

    Args:
        value: the part of the document.
        checks: what each known key has to pass.
        required: the keys that have to be there, with what to write for each.

    Returns:
        What the keys mean that are there.
    """
    value = {} if value is None else value
    if not isinstance(value, dict):
        words = f"must be a mapping with keys such as `{next(iter(checks))}`, not {describe(value)}"
        raise RefusedError(Problem(words))
    findings, found = Findings(), {}
    for key, item in value.items():
        if key not in checks:
            findings.problems.append(_unknown(key, checks))
            continue
        with findings.at(key):
            found[key] = checks[key](item)
    for key, words in (required or {}).items():
        if key not in value:
            findings.add(f"is missing; write {words}", key)
    findings.settle()
    return found


def _unknown(key: str, known: Iterable[str]) -> Problem:
    """Tell of a key that nobody knows, by name only if the name can be no secret."""
    names = ", ".join(f"`{name}`" for name in known)
    if not is_plain_name(key):
        return Problem(f"an unknown key (not shown, it may be a secret); known here: {names}")
    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {names}"
    return Problem(f"unknown key; {hint}", key)
