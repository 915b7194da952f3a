"""The files in ``prometheus/``, read for the tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import yaml

from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = ROOT / "prometheus"
RULES: Final = FOLDER / "rules" / "gcore-snapshots.yml"
THRESHOLDS: Final = FOLDER / "thresholds.example.yml"
RUNBOOK: Final = ROOT / "docs" / "runbook.md"

Rule = dict[str, Any]
"""A rule as the YAML has it."""


def load(path: Path) -> dict[str, Any]:
    """Return the document of a YAML file."""
    document = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def rules(document: dict[str, Any]) -> list[Rule]:
    """Return the rules of all groups of a rules file's document, in order."""
    return [rule for group in document["groups"] for rule in group["rules"]]


def alerts() -> dict[str, Rule]:
    """Return our alerts by name."""
    return {rule["alert"]: rule for rule in rules(load(RULES)) if "alert" in rule}


def default_thresholds() -> dict[str, str]:
    """Return the expression of each default threshold by the alert's name."""
    return {
        rule["labels"]["alert"]: rule["expr"].rpartition("[1h])) * ")[2].strip(" ()\n")
        for rule in rules(load(RULES))
        if rule.get("record") == "region:gcore_threshold:effective"
    }


def rule_tests() -> list[Path]:
    """Return the files that promtool tests the rules with."""
    return sorted((FOLDER / "tests").glob("*_test.yml"))


async def run(*command: str | Path, cwd: Path) -> tuple[int, str]:
    """Run a program to its end; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, printed.decode()
