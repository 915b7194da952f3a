"""The unit: valid, confined, and in step with the exporter."""

from __future__ import annotations

import configparser
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = ROOT / "deploy" / "systemd"
UNIT = FOLDER / "gcore-snapshot-exporter.service"
PROGRAM = "/opt/gcore-snapshot-exporter/bin/gcore-snapshot-exporter"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return a copy whose program is one that this machine has."""
    copy = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8")
    assert text.count(PROGRAM) == 1
    copy.write_text(text.replace(PROGRAM, "/bin/sh"))
    return copy


def analyzed(program: Path, *arguments: str) -> str:
    """Return what ``systemd-analyze`` printed; it has to end with 0."""
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_finds_nothing(unit: Path, tool: Callable[[str], Path]) -> None:
    """Each setting is known and has a value that systemd takes."""
    assert analyzed(tool("systemd-analyze"), "verify", "--man=no", str(unit)) == ""


def test_the_exposure_is_low(unit: Path, tool: Callable[[str], Path]) -> None:
    """On systemd's scale from 0 (confined) to 10 it has at most 1.5."""
    check = ("security", "--offline=true", "--threshold=15", "--no-pager", str(unit))
    said = analyzed(tool("systemd-analyze"), *check)
    [level] = re.findall(r"Overall exposure level for .*: ([0-9.]+)", said)
    assert float(level) <= 1.5


def test_process_metrics_stay() -> None:
    """`/proc/stat` is left in sight: without it there is no process_start_time_seconds."""
    assert not re.search(r"^ProcSubset", UNIT.read_text("utf-8"), re.MULTILINE)


def test_the_key_comes_as_a_credential() -> None:
    """The variable names the file that systemd makes of the credential; no secret is written."""
    text = UNIT.read_text("utf-8")
    [credential] = re.findall(r"^LoadCredential=([^:\n]+):/", text, re.MULTILINE)
    assert f"\nEnvironment=GCORE_API_KEY_FILE=%d/{credential}\n" in text


def test_the_environment_file_is_one() -> None:
    """Each line is a comment or, behind one, a variable with the exporter's prefix."""
    lines = (FOLDER / "gcore-snapshot-exporter.env").read_text("utf-8").splitlines()
    assert all(line.startswith("#") for line in lines)
    variables = [line[1:] for line in lines if re.match(r"#\w+=", line)]
    assert variables
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("\n".join(["[variables]", *variables]))
    assert all(name.startswith("gcore_") for name in parser["variables"])
