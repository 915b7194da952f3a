"""``python -m benchmarks [--rounds N] [--scale F] [--only NAME] [--json FILE] [--plot FILE]``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from benchmarks.cases import CASES, SWEEP, first_steps, health_meanwhile, run, scaled
from benchmarks.memory import readable
from benchmarks.plot import draw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.cases import Case, Figures

_MILLION: Final = 1_000_000


class Outcome(NamedTuple):
    """What came of a part: for people, in Markdown, and for programs."""

    text: str
    figures: Mapping[str, Any]


def table(figures: Mapping[str, Figures]) -> str:
    """Return the figures of subjects as Markdown."""
    lines = [
        "| subject | median s | slowest s | of ours | peak MiB | samples |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in figures.items():
        if one.skipped is not None:
            lines.append(f"| {name} | skipped: {one.skipped} | | | | |")
            continue
        cells = (
            f"{one.median:.3f}",
            f"{max(one.seconds):.3f}",
            f"{one.of_ours:.2f}",
            f"{one.megabytes:.0f}",
            "" if one.samples is None else f"{one.samples:,}",
        )
        lines.append(f"| {' | '.join((name, *cells))} |")
    return "\n".join(lines)


def _case(case: Case, options: argparse.Namespace) -> Outcome:
    case = scaled(case, options.scale)
    figures = run(case, options.rounds)
    regions = "1 region" if case.regions == 1 else f"{case.regions} regions"
    title = f"{case.name}: {case.snapshots:,} snapshots in {regions}"
    return Outcome(f"{title}\n\n{table(figures)}", _plain(figures))


def _sweep(options: argparse.Namespace) -> Outcome:
    """Run the cases of all sizes, and draw them if a picture is named."""
    found = {
        case.snapshots: run(case, options.rounds)
        for case in (scaled(case, options.scale) for case in SWEEP)
    }
    if options.plot:
        draw(found, options.plot)
    text = table(
        {
            f"{name}, {number:,} snapshots": one
            for number, figures in found.items()
            for name, one in figures.items()
        }
    )
    plain = {str(number): _plain(figures) for number, figures in found.items()}
    return Outcome(f"sweep: cost over the number of snapshots\n\n{text}", plain)


def _start(options: argparse.Namespace) -> Outcome:
    figures = first_steps(options.rounds)
    return Outcome("start: " + ", ".join(f"{k} {v:.3f}" for k, v in figures.items()), figures)


def _health(options: argparse.Namespace) -> Outcome:
    number = int(_MILLION * options.scale)
    figures = health_meanwhile(number)
    lines = [
        f"health during a scrape: of {number:,} snapshots\n",
        "| path | answers | median ms | slowest ms |\n|---|---|---|---|",
    ]
    for path, one in figures.items():
        slowest = max(one.seconds) * 1000
        lines.append(f"| {path} | {len(one.seconds):,} | {one.median * 1000:.1f} | {slowest:.1f} |")
    return Outcome("\n".join(lines), _plain(figures))


def _plain(figures: Mapping[str, Figures]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in figures.items()}


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with what is wrong, before anything is measured for minutes."""
    if not readable():
        parser.error("memory is read from /proc, which this system has not: run it on Linux")
    if options.rounds < 1 or not options.scale > 0:
        parser.error("--rounds must be at least 1, and --scale more than 0")
    if options.plot and find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib: pip install matplotlib, or run make bench")


def main(arguments: list[str]) -> None:
    """Run all parts or one of them, print, and write what files are named."""
    parts: dict[str, Callable[[argparse.Namespace], Outcome]] = {
        **{case.name: partial(_case, case) for case in CASES},
        "sweep": _sweep,
        "start": _start,
        "health during a scrape": _health,
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of snapshots")
    parser.add_argument("--only", choices=parts, action="append", help="one part; may be repeated")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument("--plot", type=Path, help="where to draw the sweep (needs matplotlib)")
    options = parser.parse_args(arguments)
    _check(parser, options)
    results: dict[str, Mapping[str, Any]] = {}
    for name in options.only or parts:
        outcome = parts[name](options)
        results[name] = outcome.figures
        sys.stdout.write(f"\n{outcome.text}\n")
        sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
