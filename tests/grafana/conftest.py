"""What the tests of the dashboard share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.grafana.looking import Look, looking

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


@pytest.fixture(scope="session")
def scenes_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the first test with `scenes` fills for all."""
    return tmp_path_factory.mktemp("scenes")


@pytest.fixture
def scenes(
    tool: Callable[[str], Path], scenes_database: Path, tmp_path: Path
) -> AbstractAsyncContextManager[Look]:
    """Return what opens the dashboard over all scenes; a view says which of them is looked at."""
    return looking(tool, scenes_database, tmp_path)
