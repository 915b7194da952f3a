"""The flags of our own port's limits and of reloading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter import cli
from exporter.port import MOST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.support import Run, Served


def test_the_defaults(config_file: Path, served: list[Served], run: Run) -> None:
    """Two hundred scrapes at once, and no reloading by HTTP."""
    run(f"--config.file={config_file}")

    assert (served[0].web.max_requests, served[0].web.enable_lifecycle) == (200, False)
    assert served[0].web.connections == MOST == 512


def test_they_are_heard(config_file: Path, served: list[Served], run: Run) -> None:
    """Both reach the port; more scrapes have room for more connections."""
    run(f"--config.file={config_file}", "--web.max-requests=1000", "--web.enable-lifecycle")

    assert (served[0].web.max_requests, served[0].web.enable_lifecycle) == (1000, True)
    assert served[0].web.connections == 2000


@pytest.mark.parametrize("number", ["0", "-1", "many", "10001"])
def test_what_is_no_limit_is_refused(number: str, run: Run) -> None:
    """It ends with 2 and words about the flag."""
    ended = run(f"--web.max-requests={number}")

    assert ended.status == 2
    assert "--web.max-requests" in ended.err


def test_the_file_is_what_is_loaded_again(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """The loader that serving gets reads the same file once more."""
    loaded: list[object] = []

    async def serve(config: object, _web: object, load: object) -> None:
        assert callable(load)
        loaded.append(load() == config)

    monkeypatch.setattr(cli, "serve", serve)
    run(f"--config.file={config_file}")

    assert loaded == [True]
