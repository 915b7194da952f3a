"""``python -m benchmarks [--rounds N] [--scale F] [--only NAME] [--json FILE]``: tables."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases import CASES, first_steps, health_meanwhile, run

if TYPE_CHECKING:
    from benchmarks.cases import Case, Figures


def table(case: Case, figures: dict[str, Figures]) -> str:
    """Return the figures of a case as Markdown; ratios are to our exporter with its default."""
    ours = next(iter(figures.values())).median or 0.0
    lines = [
        f"\n{case.name}: {case.snapshots:,} snapshots in {case.regions} regions\n",
        "| subject | median s | slowest s | of ours | peak MB |\n|---|---|---|---|---|",
    ]
    for name, one in figures.items():
        if one.median is None:
            lines.append(f"| {name} | skipped: {one.skipped} | | | |")
            continue
        ratio = one.median / ours if ours else 0.0
        memory = "" if one.megabytes is None else f"{one.megabytes:.0f}"
        lines.append(
            f"| {name} | {one.median:.3f} | {max(one.seconds):.3f} | {ratio:.2f} | {memory} |"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Run, print, and write the JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of snapshots")
    parser.add_argument("--only", help="the name of one case")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    options = parser.parse_args(arguments)
    results: dict[str, Any] = {}
    for case in CASES:
        if options.only in {None, case.name}:
            scaled = replace(case, snapshots=max(case.regions, int(case.snapshots * options.scale)))
            figures = run(scaled, options.rounds)
            results[case.name] = {name: asdict(one) for name, one in figures.items()}
            _say(table(scaled, figures))
    if options.only is None:
        results["start"] = first_steps(options.rounds)
        results["health during a scrape"] = health_meanwhile(int(1_000_000 * options.scale))
        for name in ("start", "health during a scrape"):
            _say(f"\n{name}: " + ", ".join(f"{k} {v:.3f}" for k, v in results[name].items()))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
