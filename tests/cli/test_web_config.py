"""`--web.config.file`: given, checked, told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.identities import HASH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.support import Run, Served


@pytest.fixture
def web_file(tmp_path: Path) -> Path:
    """Return a good web configuration file."""
    path = tmp_path / "web.yaml"
    path.write_text(f"basic_auth_users: {{alice: '{HASH}'}}")
    return path


@pytest.mark.parametrize("demo", [False, True])
def test_it_is_served_with(
    *, demo: bool, served: list[Served], config_file: Path, web_file: Path, run: Run
) -> None:
    """The file reaches what is served, the sample account's metrics too."""
    run("--demo" if demo else f"--config.file={config_file}", f"--web.config.file={web_file}")
    (one,) = served
    assert one.web.file is not None
    assert one.web.file.path == web_file


def test_the_environment_is_heard(
    served: list[Served],
    config_file: Path,
    web_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> None:
    """The variable stands for the flag; an empty one is none."""
    for value in (str(web_file), ""):
        monkeypatch.setenv("GCORE_EXPORTER_WEB_CONFIG_FILE", value)
        run(f"--config.file={config_file}")
    assert [one.web.file is None for one in served] == [False, True]


def test_a_good_one_is_told_of(config_file: Path, web_file: Path, run: Run) -> None:
    """`--config.check` says what protects the port."""
    ended = run("--config.check", f"--config.file={config_file}", f"--web.config.file={web_file}")
    assert ended.status == 0
    assert ended.out == (
        "configuration is valid: 2 targets\nweb configuration is valid: passwords of 1 user\n"
    )


def test_one_that_asks_for_nothing_is_told_of(config_file: Path, web_file: Path, run: Run) -> None:
    """That a file protects nothing can be seen."""
    web_file.write_text("")
    ended = run("--config.check", f"--config.file={config_file}", f"--web.config.file={web_file}")
    assert ended.out.endswith("web configuration is valid: neither TLS nor passwords\n")


def test_both_files_problems_are_told(config_file: Path, web_file: Path, run: Run) -> None:
    """Mistakes in either file come in one message, with exit status 1."""
    config_file.write_text("targets: []")
    web_file.write_text("nonsense: 1\ntls_server_config: {cert_file: a, key_file: b}")
    ended = run("--config.check", f"--config.file={config_file}", f"--web.config.file={web_file}")
    assert ended.status == 1
    lines = ended.err.splitlines()
    assert lines[0].startswith(f"{config_file}: targets: ")
    assert lines[-1].startswith(f"{web_file}: nonsense: unknown key")


def test_a_bad_one_is_not_served_with(
    served: list[Served], web_file: Path, run: Run, tmp_path: Path
) -> None:
    """Nothing is served by a file that cannot be used, or is not there."""
    web_file.write_text("tls_server_config: {cert_file: a, key_file: b}")
    ended = run("--demo", f"--web.config.file={web_file}")
    absent = run("--demo", f"--web.config.file={tmp_path / 'no.yaml'}")
    assert (ended.status, absent.status, served) == (1, 1, [])
    assert ended.err.splitlines() == [
        f"{web_file}: tls_server_config.{key}_file: there is no such file; a relative path begins "
        f"at {tmp_path}"
        for key in ("cert", "key")
    ]
    assert absent.err == f"{tmp_path / 'no.yaml'}: there is no such file\n"
