"""Each guard is there once, and when it is taken out a test fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.mutation.guards import GUARDS, Guard
from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOUND_BY_TESTS = 1
"""pytest's exit status when tests failed, and not when none was found or it broke down."""

PATIENCE = 100
"""Seconds: many times what the tests of any guard take."""


def name_of(guard: Guard) -> str:
    """Return how a guard is told from the others."""
    return f"{guard.module}: {guard.code}"


@pytest.mark.parametrize("guard", GUARDS, ids=name_of)
def test_guard_is_there(guard: Guard) -> None:
    """The table is true of the code as it is: a guard that moved is looked for again."""
    code = (ROOT / "exporter" / guard.module).read_text(encoding="utf-8")
    assert code.count(guard.code) == 1
    assert all((ROOT / "tests" / name).exists() for name in guard.tests.split())


@pytest.mark.long
@pytest.mark.parametrize("guard", GUARDS, ids=name_of)
def test_guard_is_missed(guard: Guard, tmp_path: Path) -> None:
    """Without it, in a copy of the project, one of its tests fails."""
    for name in ("exporter", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "mutation")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "config.example.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    module = tmp_path / "exporter" / guard.module
    code = module.read_text(encoding="utf-8")
    module.write_text(code.replace(guard.code, guard.without), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    tests = [f"tests/{name}" for name in guard.tests.split()]
    try:
        run = subprocess.run(
            [*command, *tests],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return  # A test that never ends does not pass.
    assert run.returncode == FOUND_BY_TESTS, run.stdout[-2000:]
