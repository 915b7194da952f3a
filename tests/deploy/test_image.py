"""The Dockerfile, as far as it can be read; ``make image-test`` builds and runs the image."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from exporter.healthcheck import FLAG
from tests.test_packaging import pins
from tests.tools import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def instructions(name: str) -> list[str]:
    """Return the arguments of all instructions of a kind, continued lines joined."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^ *{name} +(.*)$", joined, re.MULTILINE)


def test_hadolint_finds_nothing() -> None:
    """Neither in the instructions nor in the shell inside them."""
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent)
    assert hadolint is not None
    done = subprocess.run(
        [hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_both_stages_stand_on_one_base() -> None:
    """The environment's interpreter is a link to the base's."""
    first, second = instructions("FROM")
    assert first == f"{second} AS build" == "python:${PYTHON}-slim AS build"


def test_nothing_is_installed_without_its_hash() -> None:
    """Each pip that downloads takes wheels alone, with hashes; the others have no index."""
    [text] = [run for run in instructions("RUN") if "venv" in run]
    installs = [part for part in text.split("&&") if " pip " in f" {part} "]
    assert len(installs) == 2
    assert all("--only-binary :all: --require-hashes" in " ".join(one.split()) for one in installs)
    [own] = [run for run in instructions("RUN") if "wheel" in run]
    assert own.count("--no-index") == own.count("-m pip") == 2


def test_the_build_backend_is_pinned() -> None:
    """`requirements-build.txt` has what pyproject.toml builds with, at the tests' versions."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    pinned = pins("requirements-build.txt")
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[requirement.name])
    assert pinned.items() <= pins("requirements-dev.txt").items()


def test_the_final_stage_gets_the_environment_alone() -> None:
    """One COPY, from the build; the build's own are let through by .dockerignore."""
    *sources, last = instructions("COPY")
    assert last == "--from=build /opt/exporter /opt/exporter"
    names = {name for source in sources for name in source.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert {f"!{name}" for name in names} == {line for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in names)


def test_it_runs_as_a_number_and_starts_without_a_shell() -> None:
    """Kubernetes can tell that it is not root, and signals reach the exporter as process 1."""
    assert instructions("USER") == ["65532:65532"]
    [command] = instructions("ENTRYPOINT")
    assert command.startswith('["/opt/exporter/bin/')
    [check] = instructions("HEALTHCHECK")
    assert check.partition(" CMD ")[2] == command.replace("]", f', "{FLAG}"]')
