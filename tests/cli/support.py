"""How a command line ends, and what it would have served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.wiring import WebOptions

GOOD = """
api: {key: "1234$abcdef"}
targets:
  - {project_id: 1, regions: [7, 12]}
"""


@dataclass
class Ended:
    """How a command line ended."""

    status: object
    out: str
    err: str


@dataclass
class Served:
    """What would have been served."""

    projects: tuple[int, ...]
    web: WebOptions


Run = Callable[..., Ended]
"""Runs a command line in this process."""
