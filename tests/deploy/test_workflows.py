"""What runs at GitHub, as far as it can be read."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.tools import ROOT

if TYPE_CHECKING:
    from tests.deploy.documents import Document

FOLDER = ROOT / ".github" / "workflows"
NAMES = ("test.yml", "release.yml")
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n")


def workflow(name: str) -> Document:
    """Return a workflow; its `on` is a text, not YAML 1.1's true."""
    found = yaml.load((FOLDER / name).read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - it makes texts alone
    assert isinstance(found, dict)
    return found


def test_every_workflow_is_tested_here() -> None:
    """None is forgotten below."""
    assert {path.name for path in FOLDER.iterdir()} == set(NAMES)


def test_they_fit_the_schema() -> None:
    """GitHub knows each key, in the workflows and in Dependabot's file."""
    for kind, paths in {
        "github-workflows": [FOLDER / name for name in NAMES],
        "dependabot": [ROOT / ".github" / "dependabot.yml"],
    }.items():
        done = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", f"--builtin-schema=vendor.{kind}", *paths],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned(name: str) -> None:
    """Each is named by commit, with its version for people beside it."""
    text = (FOLDER / name).read_text("utf-8")
    assert len(PINNED.findall(text)) == text.count("uses:") > 0


@pytest.mark.parametrize("name", NAMES)
def test_rights_are_few(name: str) -> None:
    """Reading is all, but where a job says more; a job ends; no job keeps git's credentials."""
    found = workflow(name)
    assert found["permissions"] == {"contents": "read"}
    for job in found["jobs"].values():
        assert int(job["timeout-minutes"]) <= 60
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize("name", NAMES)
def test_no_script_is_put_together_from_expressions(name: str) -> None:
    """What others can choose (branches, titles) reaches a shell only as a variable."""
    for job in workflow(name)["jobs"].values():
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_every_supported_python_is_tested() -> None:
    """The matrix is the list of Pythons that the package is told to run on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    prefix = "Programming Language :: Python :: "
    supported = [one.removeprefix(prefix) for one in project["classifiers"] if prefix in one]
    assert workflow("test.yml")["jobs"]["checks"]["strategy"]["matrix"]["python"] == supported
