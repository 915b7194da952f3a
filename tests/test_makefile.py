"""Which Python the project is set up with, and what is said when there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("python3.13", "python3.12", "python3.11", "python3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder where each name of Python only fails, like a shim with nothing behind it."""
    for name in NAMES:
        put(tmp_path / name, "echo 'command not found' >&2; exit 127")
    return tmp_path


def put(script: Path, line: str) -> None:
    """Write a shell script of one line."""
    script.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    script.chmod(0o755)


def chosen(folder: Path, *arguments: str) -> str:
    """Return how make would call `create-venv` with the programs in `folder` first on the PATH."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))
    }
    environment["PATH"] = os.pathsep.join((str(folder), environment["PATH"]))
    dry_run = ("make", "--dry-run", "demo", f"VENV={folder / 'venv'}", *arguments)
    printed = subprocess.check_output(dry_run, cwd=ROOT, env=environment, text=True)
    return next(line for line in printed.splitlines() if line.startswith("scripts/create-venv"))


@pytest.mark.parametrize("name", NAMES)
def test_the_first_python_that_runs_is_taken(folder: Path, name: str) -> None:
    """A name that is on the PATH and only fails is passed over."""
    put(folder / name, f'exec {sys.executable} "$@"')
    assert f"'{name}'" in chosen(folder)


def test_a_named_python_is_taken(folder: Path) -> None:
    """PYTHON= has the last word, whatever is on the PATH."""
    assert "'/opt/python'" in chosen(folder, "PYTHON=/opt/python")


@pytest.mark.parametrize(
    ("python", "message"),
    [("", "No Python 3.11 or newer found"), ("false", "false does not run, or is older")],
)
def test_without_a_python_it_is_said_what_to_do(folder: Path, python: str, message: str) -> None:
    """Set-up ends with words, before anything is made."""
    command = (str(ROOT / "scripts" / "create-venv"), python, str(folder / "venv"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (folder / "venv").exists()
