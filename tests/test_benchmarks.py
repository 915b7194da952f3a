"""The benchmarks run; what they measure, a test does not judge."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import benchmarks

ROOT = Path(benchmarks.__file__).parents[1]


def test_a_case_at_tiny_size(tmp_path: Path) -> None:
    """The pages are served, ours and the baselines read them, and the figures are written."""
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--rounds=1", "--scale=0.001"]
    printed = subprocess.run(
        [*command, "--only=no delay", f"--json={file}"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert "no delay: 100 snapshots in 10 regions" in printed
    figures = json.loads(file.read_text())["no delay"]
    for subject in ("exporter, 8 in flight", "floor", "loop"):
        [seconds] = figures[subject]["seconds"]
        assert seconds > 0
        assert f"| {subject} | " in printed
