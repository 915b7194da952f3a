"""Whether the rules' tests would notice a changed number."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from tests.alerts.mutants import mutants, unchanged
from tests.alerts.rules import RULES, THRESHOLDS, alerts, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.alerts.mutants import Mutant


async def survives(mutant: Mutant, promtool: Path, folder: Path) -> bool:
    """Tell whether all tests still pass; `folder` is one that nobody else uses.

    JSON is YAML, and written much faster.
    """
    for name in ("rules", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "rules" / RULES.name).write_text(json.dumps(mutant.rules))
    (folder / THRESHOLDS.name).write_text(THRESHOLDS.read_text())
    for number, document in enumerate(mutant.tests):
        test = folder / "tests" / f"{number}.yml"
        test.write_text(json.dumps(document))
        status, _ = await run(promtool, "test", "rules", test, cwd=folder)
        if status != 0:
            return False
    return True


async def survivors(changed: Iterable[Mutant], promtool: Path, folder: Path) -> list[str]:
    """Return what was changed without any test noticing."""
    processors = asyncio.Semaphore(os.cpu_count() or 1)

    async def survivor(number: int, mutant: Mutant) -> str | None:
        async with processors:
            alive = await survives(mutant, promtool, folder / str(number))
        return f"{mutant.rule}: {mutant.change}" if alive else None

    found = await asyncio.gather(*(survivor(*numbered) for numbered in enumerate(changed)))
    assert found
    return [text for text in found if text]


async def test_no_changed_threshold_goes_unnoticed(
    tmp_path: Path, tool: Callable[[str], Path]
) -> None:
    """Each default, comparison, number and waiting time is held from above and from below."""
    assert await survivors(mutants(), tool("promtool"), tmp_path) == []


async def test_each_alert_passes_with_what_it_depends_on(
    tmp_path: Path, tool: Callable[[str], Path]
) -> None:
    """What is cut away for the test above does not fail it: without a change all tests pass."""
    passed = await survivors(unchanged(), tool("promtool"), tmp_path)
    assert len(passed) == len(alerts())
