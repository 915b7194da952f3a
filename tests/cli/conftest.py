"""An empty folder to run in, and what stands in for serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter import cli
from tests.cli.support import GOOD, Ended, Run, Served
from tests.kept_logging import kept_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from exporter.config import Config
    from exporter.wiring import WebOptions


@pytest.fixture(autouse=True)
def _restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run in an empty folder, and give the process its logging back."""
    monkeypatch.chdir(tmp_path)
    with kept_logging():
        yield


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command line in this process."""

    def ended(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        return Ended(caught.value.code, *capfd.readouterr())

    return ended


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    """Return what is served from now on, since nothing is."""
    calls: list[Served] = []

    async def serve(config: Config, web: WebOptions, _load: Callable[[], Config]) -> None:
        calls.append(Served(tuple(project.project_id for project in config.projects), web))

    async def serve_demo(web: WebOptions) -> None:
        calls.append(Served((), web))

    monkeypatch.setattr(cli, "serve", serve)
    monkeypatch.setattr(cli, "serve_demo", serve_demo)
    return calls


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """Return a good configuration file, which is not at the default place."""
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path
