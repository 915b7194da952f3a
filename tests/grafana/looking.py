"""Looks at the dashboard through a real Prometheus that holds the scenes."""

from __future__ import annotations

import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grafana.dashboard import FILE
from grafana.preview.asking import Questions, Series, View
from grafana.preview.history import load, write
from tests.grafana.scenes import EXPORTERS
from tests.processes import prometheus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

KEEP_FOR_EVER = "--storage.tsdb.retention.time=100y"


def dashboard() -> dict[str, Any]:
    """Return the committed dashboard."""
    board = json.loads(FILE.read_text(encoding="utf-8"))
    assert isinstance(board, dict)
    return board


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the panels that show something."""
    return (panel for panel in board["panels"] if panel["type"] != "row")


async def fill(folder: Path, promtool: Path) -> None:
    """Make the database of the scenes in an empty folder."""
    await write(folder / "scenes.om", EXPORTERS)
    await load(promtool, folder / "scenes.om", folder / "data")


@dataclass(frozen=True)
class Look:
    """The dashboard, with the answers to its queries."""

    board: Mapping[str, Any]
    questions: Questions

    async def at(self, view: View) -> dict[tuple[str, str], list[Series]]:
        """Return what each query finds, by its panel's title and its own letter."""
        return {
            (panel["title"], target["refId"]): await self.questions.series(target, view)
            for panel in panels(self.board)
            for target in panel["targets"]
        }

    async def number(self, title: str, view: View) -> float | None:
        """Return the one number that a panel shows; None when it has none."""
        [panel] = [panel for panel in panels(self.board) if panel["title"] == title]
        [target] = panel["targets"]
        found = await self.questions.series(target, view)
        assert len(found) <= 1, (title, found)
        return float(found[0]["value"][1]) if found else None


@asynccontextmanager
async def looking(tool: Callable[[str], Path], database: Path, folder: Path) -> AsyncIterator[Look]:
    """Yield the dashboard over the scenes.

    Args:
        tool: finds programs.
        database: a folder that tests share; the first one fills it.
        folder: for this Prometheus alone.
    """
    program, promtool = tool("prometheus"), tool("promtool")
    if not (database / "data").exists():
        await fill(database, promtool)
    shutil.copytree(database / "data", folder / "data")
    async with prometheus(program, folder, "global: {}\n", KEEP_FOR_EVER) as api:
        board = dashboard()
        questions = Questions(api.url, board)
        yield Look(board, questions)
        await questions.close()
