"""Flags and their environment variables, and words for wrong ones."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from exporter import __version__, cli
from exporter.listener import Address
from exporter.wiring import WebOptions
from tests.cli.support import GOOD, Served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.support import Run

FLAGS = {
    "--config.file": "GCORE_EXPORTER_CONFIG_FILE",
    "--config.check": "GCORE_EXPORTER_CONFIG_CHECK",
    "--web.config.file": "GCORE_EXPORTER_WEB_CONFIG_FILE",
    "--web.listen-address": "GCORE_EXPORTER_WEB_LISTEN_ADDRESS",
    "--web.telemetry-path": "GCORE_EXPORTER_WEB_TELEMETRY_PATH",
    "--log.level": "GCORE_EXPORTER_LOG_LEVEL",
    "--log.format": "GCORE_EXPORTER_LOG_FORMAT",
    "--demo": "GCORE_EXPORTER_DEMO",
}


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_flag_and_variable(flag: str, run: Run) -> None:
    """Each flag is there with its environment variable, and the defaults are shown."""
    ended = run(flag)

    words = re.sub(r"\s+", " ", ended.out)
    assert ended.status == 0
    assert words.startswith("Usage: gcore-snapshot-exporter [OPTIONS]")
    for name, variable in FLAGS.items():
        assert f" {name} " in words
        assert f"env var: {variable}" in words
    for default in ("config.yaml", ":10048", "/metrics", "info", "logfmt"):
        assert f"default: {default}]" in words


def test_the_version_is_told(run: Run) -> None:
    """`--version` names the program and its version."""
    ended = run("--version")

    assert (ended.status, ended.out) == (0, f"gcore-snapshot-exporter, version {__version__}\n")


def test_the_module_is_the_command() -> None:
    """`python -m exporter` shows the command's name and hands its status on."""
    ended = subprocess.run(
        [sys.executable, "-m", "exporter", "--nonsense"],
        cwd=cli.__file__.removesuffix("exporter/cli.py"),
        check=False,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("Usage: gcore-snapshot-exporter [OPTIONS]")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "--nonsense"),
        (["--config.chec"], "--config.chec"),
        (["--dem"], "--dem"),
        (["argument"], "(argument)"),
        (["--config.file"], "--config.file"),
        (["--log.level=trace"], "'trace' is not one of 'debug', 'info', 'warn', 'error'"),
        (["--log.format=xml"], "'xml' is not one of 'logfmt', 'json'"),
        (["--web.listen-address=10048"], "'10048' has no port; write :PORT, host:port or [v6]"),
        (["--web.listen-address="], "'' has no port"),
        (["--web.listen-address=:1", "--web.listen-address=:x"], "':x': the port must be a number"),
        (["--web.telemetry-path=metrics"], "'metrics': write a path such as /metrics"),
        (["--web.telemetry-path="], "'': write a path such as /metrics"),
        (["--web.telemetry-path=/"], "'/': write a path"),
        (["--web.telemetry-path=/metrics/"], "'/metrics/': write a path"),
        (["--web.telemetry-path=/-/ready"], "'/-/ready': write a path"),
        (["--web.telemetry-path=/-/healthy"], "'/-/healthy': write a path"),
        (["--web.telemetry-path=/-"], "'/-': write a path"),
        (["--web.telemetry-path=/config"], "'/config': write a path"),
        (["--web.telemetry-path=/probe"], "'/probe': write a path"),
        (["--web.telemetry-path=/a/../b"], "'/a/../b': write a path"),
        (["--web.telemetry-path=/{path}"], "'/{path}': write a path"),
        (["--web.telemetry-path=/m?a=b"], "'/m?a=b': write a path"),
        (["--demo", "--config.check"], "--demo has no configuration that --config.check could"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], words: str, run: Run) -> None:
    """An unknown or shortened flag and a bad value end with 2 and words that name them."""
    ended = run(*arguments)

    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err[ended.err.index("Error: ") :]


def test_the_defaults(served: list[Served], tmp_path: Path, run: Run) -> None:
    """Without a flag the file is config.yaml, the port 10048 and the path /metrics."""
    (tmp_path / "config.yaml").write_text(GOOD)

    assert run().status == 0
    assert served == [Served((1,), WebOptions((Address("", 10048),), "/metrics"))]


def test_flags_are_heard(served: list[Served], config_file: Path, run: Run) -> None:
    """The flags' values reach what is served; addresses repeat."""
    addresses = ["--web.listen-address", "[::1]:1", "--web.listen-address=localhost:2"]
    run(f"--config.file={config_file}", *addresses, "--web.telemetry-path=/a-b/c.d")

    web = WebOptions((Address("::1", 1), Address("localhost", 2)), "/a-b/c.d")
    assert served == [Served((1,), web)]


def test_the_environment_is_heard(
    served: list[Served], config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Each variable stands for its flag; addresses are a list with blanks or commas."""
    monkeypatch.setenv("GCORE_EXPORTER_CONFIG_FILE", str(config_file))
    monkeypatch.setenv("GCORE_EXPORTER_WEB_LISTEN_ADDRESS", " :1, [::1]:2 :3,")
    monkeypatch.setenv("GCORE_EXPORTER_WEB_TELEMETRY_PATH", "/m")

    assert run().status == 0
    web = WebOptions((Address("", 1), Address("::1", 2), Address("", 3)), "/m")
    assert served == [Served((1,), web)]


def test_flags_beat_the_environment(
    served: list[Served], config_file: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """Where both are given, the flag counts."""
    monkeypatch.setenv("GCORE_EXPORTER_CONFIG_FILE", "nowhere.yaml")
    monkeypatch.setenv("GCORE_EXPORTER_WEB_LISTEN_ADDRESS", ":1")

    run(f"--config.file={config_file}", "--web.listen-address=:2")

    assert served == [Served((1,), WebOptions((Address("", 2),), "/metrics"))]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GCORE_EXPORTER_WEB_LISTEN_ADDRESS", ","),
        ("GCORE_EXPORTER_WEB_LISTEN_ADDRESS", "10048"),
        ("GCORE_EXPORTER_LOG_LEVEL", "loud"),
        ("GCORE_EXPORTER_DEMO", "perhaps"),
    ],
)
def test_a_bad_variable_is_wrong_usage(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """What would be wrong as a flag is wrong in the environment."""
    monkeypatch.setenv(variable, value)

    assert run().status == 2


def test_the_demo_needs_nothing(
    served: list[Served], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """`--demo` is served without a file or a key, by flag or variable."""
    assert run("--demo").status == 0
    monkeypatch.setenv("GCORE_EXPORTER_DEMO", "1")
    assert run().status == 0

    assert served == [Served((), WebOptions((Address("", 10048),), "/metrics"))] * 2
