"""README says what the code says."""

from __future__ import annotations

import re
import time

import pytest

from exporter.cli import main
from exporter.demo import sample_account
from exporter.errors import REMEDIES
from exporter.metrics import objects, read, snapshots
from tests.tools import ROOT

README = (ROOT / "README.md").read_text()


def test_troubleshooting_has_every_reason() -> None:
    """The table says of each reason what the exporter itself would say."""
    for reason, remedy in REMEDIES.items():
        assert f"| `{reason.value}` | {remedy} |\n" in README


def test_flags_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Every flag with its environment variable is in the table, and none that does not exist."""
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    flags = set(re.findall(r"^  (?:-h, )?--([a-z.-]+)", text, re.MULTILINE))
    variables = set(re.findall(r"envvar:(GCORE_EXPORTER_[A-Z_]+)", "".join(text.split())))
    rows = [row.split("|") for row in README.splitlines() if row.startswith("| `--")]
    assert {name for row in rows for name in re.findall(r"`--([a-z.-]+)`", row[1])} == flags
    assert {
        name for row in rows for name in re.findall(r"GCORE_EXPORTER_[A-Z_]+", row[2])
    } == variables


def test_metrics_that_are_named_exist() -> None:
    """Each metric in the README is one of the table's."""
    rows = (*read.ROWS, *snapshots.rows((1.0,)), *objects.ROWS)
    named = set(re.findall(r"\bgcore_[a-z_]+\b", README))
    assert named <= {row.name for row in rows}


def test_sample_cloud_is_as_described() -> None:
    """Two projects, six regions, some 4,500 snapshots."""
    account = sample_account(time.time())
    assert len(account.projects) == 2
    assert len(account.regions) == 6
    assert sum(len(site.snapshots) for site in account.sites.values()) == pytest.approx(
        4500, abs=50
    )
