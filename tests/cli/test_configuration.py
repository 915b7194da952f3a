"""What the command does with a configuration: checks it, serves it, or says what is wrong."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import structlog

from exporter import cli
from exporter.errors import ConfigError
from tests.cli.support import GOOD, Served

if TYPE_CHECKING:
    from pathlib import Path

    from exporter.config import Config
    from exporter.wiring import WebOptions
    from tests.cli.support import Run


def test_the_environment_alone_is_a_configuration(
    served: list[Served], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Without a file at the default place, the variables of Gcore's own tools are enough."""
    monkeypatch.setenv("GCORE_API_KEY", "1234$abcdef")
    monkeypatch.setenv("GCORE_CLOUD_PROJECT_ID", "5")
    monkeypatch.setenv("GCORE_CLOUD_REGION_ID", "7")

    assert run().status == 0
    assert [one.projects for one in served] == [(5,)]
    assert run("--config.file=config.yaml").status == 1


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        ("[7]", "1 target"),
        ("[7, 12]", "2 targets"),
        ("all", "all regions of 1 project"),
    ],
)
def test_a_good_configuration_is_called_valid(
    regions: str, words: str, tmp_path: Path, served: list[Served], run: Run
) -> None:
    """`--config.check` counts what would be read, ends with 0 and serves nothing."""
    path = tmp_path / "config.yaml"
    path.write_text(f'api: {{key: "1$a"}}\ntargets:\n  - {{project_id: 1, regions: {regions}}}\n')

    ended = run("--config.check")

    assert (ended.status, ended.out, ended.err) == (0, f"configuration is valid: {words}\n", "")
    assert served == []


def test_mixed_targets_are_both_counted(tmp_path: Path, run: Run) -> None:
    """Targets with ids and projects with all regions are told apart."""
    two = "  - {project_id: 2, regions: all}\n  - {project_id: 3, regions: all}\n"
    (tmp_path / "config.yaml").write_text(f"{GOOD}{two}")

    ended = run("--config.check")

    assert ended.out == "configuration is valid: 2 targets and all regions of 2 projects\n"


@pytest.mark.parametrize("check", [["--config.check"], []])
def test_a_bad_configuration_is_told_in_full(
    check: list[str], tmp_path: Path, served: list[Served], run: Run
) -> None:
    """Checked or at start: status 1, each problem a line of its own, nothing is served."""
    path = tmp_path / "bad.yaml"
    path.write_text("api: {key: a, page_size: 0}\ntargets: []\nnonsense: 1\n")

    ended = run(f"--config.file={path}", *check)

    lines = ended.err.splitlines()
    assert (ended.status, ended.out) == (1, "")
    assert len(lines) >= 2
    assert all(line.startswith(f"{path}: ") for line in lines)
    assert served == []


def test_an_address_that_cannot_be_listened_on_is_told(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """A port in use ends the start with 1 and its words."""

    async def serve(_config: Config, _web: WebOptions, _load: object) -> None:
        raise ConfigError(["--web.listen-address: taken"])

    monkeypatch.setattr(cli, "serve", serve)
    ended = run(f"--config.file={config_file}")

    assert (ended.status, ended.err) == (1, "--web.listen-address: taken\n")


def test_a_fault_of_ours_shows_no_text(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """An exception that nobody expected ends with 1 and a log line without its words."""

    async def serve(_config: Config, _web: WebOptions, _load: object) -> None:
        await asyncio.sleep(0)
        message = "secret"
        raise RuntimeError(message)

    monkeypatch.setattr(cli, "serve", serve)
    ended = run(f"--config.file={config_file}")

    assert ended.status == 1
    assert 'level=error event="ended by a fault of the exporter"' in ended.err
    assert "builtins.RuntimeError" in ended.err
    assert "secret" not in ended.err


def test_the_log_flags_are_heard(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Level and format of the log are set before anything is served."""

    async def serve(_config: Config, _web: WebOptions, _load: object) -> None:
        structlog.get_logger().info("quiet")
        structlog.get_logger().warning("loud")

    monkeypatch.setattr(cli, "serve", serve)
    ended = run(f"--config.file={config_file}", "--log.level=warn", "--log.format=json")

    assert re.fullmatch(r'\{"ts": "[^"]+", "level": "warn", "event": "loud"\}\n', ended.err)
