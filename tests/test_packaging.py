"""What a user installs: the wheel, its command, and pins that fit the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from exporter import __version__
from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RUNTIME = tuple(PROJECT["dependencies"])
DEV = tuple(PROJECT["optional-dependencies"]["dev"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the installed hatchling, so without the network."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT))
    (built,) = folder.iterdir()
    return built


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    """Run `command` and return what it printed; what it printed is in the error, too.

    The environment is ours less coverage's, which would count a copy of the package as the package.
    """
    inherited = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def pins(name: str) -> dict[str, str]:
    """Return the versions that a file of pins names, by canonical project name."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(project): version for project, version in found}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """No test, script or lock is installed at a user's; the type marker and the licence are."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (licence,) = (name for name in names if name.endswith(".dist-info/licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    metadata = f"gcore_snapshot_exporter-{__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"exporter", metadata}
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "exporter").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if name.startswith("exporter/")} == modules
    assert "exporter/py.typed" in modules


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    """Version, licence and the oldest Python come from where they are written once."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_installed_command_runs_anywhere(wheel: Path, tmp_path: Path) -> None:
    """The console script starts from another folder, with the wheel's modules alone."""
    site = tmp_path / "site"
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-index", "--no-deps", "--target", str(site), str(wheel)),
    )
    command = str(site / "bin" / "gcore-snapshot-exporter")
    assert __version__ in run(command, "--version", cwd=tmp_path, PYTHONPATH=str(site))


@pytest.mark.parametrize(
    ("name", "requirements"),
    [("requirements.txt", RUNTIME), ("requirements-dev.txt", RUNTIME + DEV)],
)
def test_the_pins_fit_the_project(name: str, requirements: tuple[str, ...]) -> None:
    """A dependency added or raised in pyproject.toml is not forgotten in the pins."""
    pinned = pins(name)
    for requirement in map(Requirement, requirements):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name}: run make requirements"
        assert requirement.specifier.contains(version), f"{requirement}: run make requirements"


def test_tests_run_on_what_users_get() -> None:
    """Each version that users are told to install is the one that the tests ran on."""
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_pins_name_no_place(name: str) -> None:
    """They hold on every machine and mirror: names, versions and hashes, no host and no path."""
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert re.findall(r"^\s*(--(?!hash=sha256:).*)", text, re.MULTILINE) == []
    assert re.findall(r"(?:^|\s)/\w.*", text) == []
