"""Programs that tests use and pip cannot bring: skipped for want of them, but never in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
"""The checkout."""

_FETCHED: Final = ROOT / ".tools" / "usr" / "bin"
"""Where ``scripts/fetch-prometheus`` leaves programs."""


class Toolbox:
    """Finds programs by name and remembers which were missing."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._path = os.pathsep.join((environment.get("PATH", os.defpath), str(_FETCHED)))
        self._in_ci = bool(environment.get("CI"))
        self.missing: set[str] = set()

    def find(self, name: str) -> Path:
        """Return the path of the program `name`; without it skip the test, or fail it in CI."""
        found = shutil.which(name, path=self._path)
        if found is not None:
            return Path(found)
        if self._in_ci:
            pytest.fail(f"{name} is not on the PATH, and CI is set: no test may be skipped")
        self.missing.add(name)
        pytest.skip(f"{name} is not on the PATH")
