"""The source distribution: what those build from who don't take the wheel."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from exporter import __version__
from tests.test_packaging import run
from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAME = f"gcore_snapshot_exporter-{__version__}"
BUILD = (sys.executable, "-m", "build", "--no-isolation", "--outdir")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution and return the folder that is unpacked from it."""
    folder = tmp_path_factory.mktemp("sdist")
    run(*BUILD, str(folder), "--sdist", str(ROOT))
    with tarfile.open(folder / f"{NAME}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


def test_it_holds_what_a_packager_needs(sources: Path) -> None:
    """Licence, documents, pins, deployment and tests are in it; nothing that a run left behind."""
    for name in ("LICENSE", "README.md", "requirements.txt", "deploy", "tests", "PKG-INFO"):
        assert (sources / name).exists(), name
    left = ("__pycache__", ".venv", ".tools", ".coverage", ".hypothesis", "dist")
    assert [path for path in sources.rglob("*") if path.name in left] == []


def test_the_wheel_from_it_is_the_same(sources: Path, tmp_path: Path) -> None:
    """A wheel that is built from it has the files of one that is built from the checkout."""
    run(*BUILD, str(tmp_path / "sdist"), "--wheel", str(sources))
    run(*BUILD, str(tmp_path / "checkout"), "--wheel", str(ROOT))
    [first, second] = sorted(tmp_path.glob("*/*.whl"))
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        assert set(one.namelist()) == set(other.namelist())
