"""Where the configuration comes from: a file, or the environment alone."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from exporter.config import load
from exporter.errors import ConfigError
from exporter.models import ApiOptions, ScrapeOptions, SeriesOptions
from tests.config.reading import KEY, TARGETS, WITH_KEY

ALONE = {"GCORE_API_KEY": KEY, "GCORE_CLOUD_PROJECT_ID": "1337", "GCORE_CLOUD_REGION_ID": "7"}
VARIABLES = (
    "GCORE_API_KEY (or GCORE_API_KEY_FILE), GCORE_CLOUD_PROJECT_ID and GCORE_CLOUD_REGION_ID"
)


def failure(path: Path, environment: dict[str, str], *, required: bool = True) -> str:
    """Return the words with which the file is refused."""
    with pytest.raises(ConfigError) as caught:
        load(path, environment, required=required)
    return str(caught.value)


@pytest.mark.parametrize("required", [True, False])
def test_file_is_read(tmp_path: Path, required: bool) -> None:  # noqa: FBT001 -- a case of the table
    """A file that is there is the configuration, and its targets are not the environment's."""
    file = tmp_path / "config.yaml"
    file.write_text(TARGETS)
    config = load(file, ALONE, required=required)
    assert [project.project_id for project in config.projects] == [1]


@pytest.mark.parametrize("text", ["", "targets:", "targets: []", "# nothing", "api: {}"])
def test_environment_fills_in_the_target(tmp_path: Path, text: str) -> None:
    """A file without targets takes the environment's project and region."""
    file = tmp_path / "config.yaml"
    file.write_text(text)
    (project,) = load(file, ALONE).projects
    assert isinstance(project.regions, tuple)
    assert [(target.project_id, target.region_id) for target in project.regions] == [(1337, 7)]


def test_environment_alone_is_a_configuration(tmp_path: Path) -> None:
    """Without a file at the default place, the variables give a target and the rest is default."""
    config = load(tmp_path / "config.yaml", ALONE, required=False)
    assert config.api_credential is not None
    assert config.api_credential.read().reveal() == KEY
    assert (config.api, config.scrape, config.series) == (
        ApiOptions(),
        ScrapeOptions(),
        SeriesOptions(),
    )
    assert not config.has_selections


def test_environment_alone_with_key_file_and_url(tmp_path: Path) -> None:
    """The key may be in a file, and the URL another one."""
    (tmp_path / "key").write_text(KEY)
    environment = {**ALONE, "GCORE_API_KEY": "", "GCORE_API_KEY_FILE": str(tmp_path / "key")}
    environment["GCORE_BASE_URL"] = "http://127.0.0.1:8080/"
    config = load(tmp_path / "config.yaml", environment, required=False)
    assert config.regions_credential.read().reveal() == KEY
    assert config.api.url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("unset", [(), *((name,) for name in ALONE), tuple(ALONE)])
def test_no_file_and_no_whole_environment(tmp_path: Path, unset: tuple[str, ...]) -> None:
    """The message says what to do: create the file, or set the three variables."""
    file = tmp_path / "config.yaml"
    environment = {name: "" if name in unset else value for name, value in ALONE.items()}
    words = f"{file}: there is no such file; create it from config.example.yaml, or"
    if unset:
        assert failure(file, environment, required=False) == f"{words} set {VARIABLES} instead"
    assert failure(file, environment) == f"{words} name another one"


def test_variables_that_are_wrong(tmp_path: Path) -> None:
    """Every variable that cannot be used is named; there is no file to blame."""
    environment = {
        "GCORE_API_KEY": "a b",
        "GCORE_BASE_URL": "http://example.com",
        "GCORE_CLOUD_PROJECT_ID": "0",
        "GCORE_CLOUD_REGION_ID": "Luxembourg",
    }
    assert failure(tmp_path / "config.yaml", environment, required=False).splitlines() == [
        (
            "GCORE_API_KEY: the key has a blank or a character that is not printable ASCII; "
            "write it as Gcore shows it, such as `1234$abcdef`"
        ),
        "GCORE_BASE_URL: must begin with https:// (plain http would show the key to the network)",
        "GCORE_CLOUD_PROJECT_ID: must be a whole number of at least 1",
        "GCORE_CLOUD_REGION_ID: must be a whole number of at least 1",
    ]


def test_half_a_target_in_the_environment(tmp_path: Path) -> None:
    """A project without a region is a mistake where the file has no targets, and only there."""
    file = tmp_path / "config.yaml"
    file.write_text("")
    half = {**WITH_KEY, "GCORE_CLOUD_PROJECT_ID": "1"}
    words = "GCORE_CLOUD_REGION_ID: is not set, and its twin is; set both or none"
    assert failure(file, half) == words
    file.write_text(TARGETS)
    assert load(file, half).projects


def test_file_that_is_no_text(tmp_path: Path) -> None:
    """Another encoding than UTF-8 is refused."""
    file = tmp_path / "config.yaml"
    file.write_bytes("api: {}".encode("utf-16"))
    assert failure(file, WITH_KEY) == f"{file}: is no text in UTF-8; save it as UTF-8"


@pytest.mark.parametrize("sign", ["#", "\u20ac"])
def test_file_that_is_too_large(tmp_path: Path, sign: str) -> None:
    """More than 256 kB is refused, also where the limit lies inside a character."""
    file = tmp_path / "config.yaml"
    file.write_text(f"# {sign * 300_000}", encoding="utf-8")
    assert failure(file, WITH_KEY) == f"{file}: larger than 256 kB, which is the limit"


def test_folder_is_no_file(tmp_path: Path) -> None:
    """A folder in the file's place, as a failed Docker mount leaves it, is told apart."""
    assert (
        failure(tmp_path, ALONE, required=False) == f"{tmp_path}: is a folder; name the file in it"
    )


def test_path_below_a_file(tmp_path: Path) -> None:
    """Any other refusal of the system is told in its words, also at the default place."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "config.yaml"
    assert failure(path, ALONE, required=False) == f"{path}: cannot be read (Not a directory)"


def test_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lack of rights is told plainly (raised by hand: root may read anything)."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    words = "config.yaml: may not be read; give the exporter's user the right to read it"
    assert failure(Path("config.yaml"), ALONE, required=False) == words
