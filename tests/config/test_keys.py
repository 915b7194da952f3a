"""API keys: which one counts, and what is said of one that cannot be used."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exporter.config import parse
from tests.config.reading import KEY, TARGETS, WITH_KEY, read, refusal, refusal_beside

if TYPE_CHECKING:
    from exporter.config import Config

NO_KEY = "has no key; set GCORE_API_KEY, `api.key_file` or a `key_file` of its own"
HINT = "write it as Gcore shows it, such as `1234$abcdef`"
ONLY_KEY = "it has to hold the key and nothing else"
BESIDE = "stands beside `key_file`; keep one of the two"


def keys(config: Config) -> list[str]:
    """Return the keys that the projects are read with."""
    return [project.credential.read().reveal() for project in config.projects]


@pytest.mark.parametrize(
    "written", [f"'{KEY}'", KEY, f"apikey {KEY}", f"'  APIKey  {KEY} '", f"|\n    {KEY}\n"]
)
def test_key_is_taken_as_people_paste_it(written: str) -> None:
    """With or without the scheme's word, blanks and a newline; the `$` is not expanded."""
    config = read(f"{TARGETS}api:\n  key: {written}\n", {"abcdef": "x"})
    assert keys(config) == [KEY]
    assert config.regions_credential.read().reveal() == KEY


@pytest.mark.parametrize("place", ["key-file", "folder/key-file", "absolute"])
def test_key_file_lies_beside_the_configuration(tmp_path: Path, place: str) -> None:
    """A relative path begins at the configuration's folder, an absolute one at the root."""
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"apikey {KEY}\n")
    written = str(file) if place == "absolute" else place
    config = parse(f"{TARGETS}api: {{key_file: {written}}}", str(tmp_path / "c.yaml"), {})
    assert keys(config) == [KEY]


def test_target_has_its_own_key(tmp_path: Path) -> None:
    """A target's key or key file counts instead of api's, and for it alone."""
    (tmp_path / "own").write_text("own-file")
    text = """
        api: {key: of-api}
        targets:
          - {project_id: 1, regions: [7]}
          - {project_id: 2, regions: [7], key: own-key}
          - {project_id: 3, regions: all, key_file: own}
    """
    config = parse(text, str(tmp_path / "config.yaml"), {})
    assert keys(config) == ["of-api", "own-key", "own-file"]
    assert config.regions_credential.read().reveal() == "of-api"


def test_every_target_with_its_own_key_needs_no_other() -> None:
    """Without api's key, the list of regions is read with the first target's."""
    text = "targets: [{project_id: 1, regions: all, key: a}, {project_id: 2, regions: [7], key: b}]"
    config = read(text, {})
    assert config.api_credential is None
    assert config.regions_credential.read().reveal() == "a"


@pytest.mark.parametrize("written", ["key: of-api", "key_file: of-api", "key: ''", "key_file: ''"])
def test_environment_beats_the_key_of_api(written: str) -> None:
    """With GCORE_API_KEY set, api's key is not looked at, nor its file opened."""
    text = f"api: {{{written}}}\ntargets: [{{project_id: 1, regions: [7]}}]"
    assert keys(read(text, WITH_KEY)) == [KEY]


def test_environment_leaves_a_target_its_own_key() -> None:
    """What beats api's key does not beat a target's."""
    assert keys(read("targets: [{project_id: 1, regions: [7], key: own}]")) == ["own"]


def test_environment_names_a_key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GCORE_API_KEY_FILE begins at the working folder, whatever the configuration's is."""
    (tmp_path / "key").write_text(KEY)
    monkeypatch.chdir(tmp_path)
    config = parse(f"{TARGETS}api: {{key: a}}", "/etc/c.yaml", {"GCORE_API_KEY_FILE": "key"})
    assert keys(config) == [KEY]


def test_empty_variables_count_as_unset() -> None:
    """A variable that is there and empty, as Compose sets it, changes nothing."""
    names = ("KEY_FILE", "CLOUD_PROJECT_ID", "CLOUD_REGION_ID")
    environment = dict.fromkeys(("GCORE_API_KEY", "GCORE_BASE_URL"), "")
    environment |= {f"GCORE_{name}": "" for name in names} | {"GCORE_API_KEY_FILE": ""}
    config = read(f"{TARGETS}api: {{key: a, url: 'https://example.com'}}", environment)
    assert keys(config) == ["a"]
    assert config.api.url == "https://example.com"


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        (TARGETS, {}, f"config.yaml: targets[0]: {NO_KEY}"),
        (
            "targets: [{project_id: 1, regions: [7], key: a}, {project_id: 2, regions: all}]",
            {},
            f"config.yaml: targets[1]: {NO_KEY}",
        ),
        (f"{TARGETS}api: {{key: ''}}", {}, f"config.yaml: api.key: the key is empty; {HINT}"),
        (f"{TARGETS}api: {{key: apikey}}", {}, f"config.yaml: api.key: the key is empty; {HINT}"),
        (
            f"{TARGETS}api: {{key: a b}}",
            {},
            (
                "config.yaml: api.key: the key has a blank or a character that is not printable "
                f"ASCII; {HINT}"
            ),
        ),
        (f"{TARGETS}api: {{key: a, key_file: b}}", {}, f"config.yaml: api.key: {BESIDE}"),
        (f"{TARGETS}api: {{key: a, key_file: b}}", WITH_KEY, f"config.yaml: api.key: {BESIDE}"),
        (
            TARGETS,
            {"GCORE_API_KEY": "a", "GCORE_API_KEY_FILE": "b"},
            "GCORE_API_KEY: is set beside GCORE_API_KEY_FILE; unset one of the two",
        ),
        (TARGETS, {"GCORE_API_KEY": " "}, f"GCORE_API_KEY: the key is empty; {HINT}"),
        (
            TARGETS,
            {"GCORE_API_KEY_FILE": "absent"},
            f"GCORE_API_KEY_FILE: there is no such file; a relative path begins at {Path.cwd()}",
        ),
        (
            "",
            {"GCORE_CLOUD_PROJECT_ID": "1", "GCORE_CLOUD_REGION_ID": "7"},
            f"config.yaml: api: {NO_KEY}",
        ),
    ],
)
def test_key_that_cannot_be_used(text: str, environment: dict[str, str], words: str) -> None:
    """No key, an empty or a garbled one, two in one place: each has its words."""
    assert refusal(text, environment) == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", f"the file holds no key (the key is empty); {ONLY_KEY}"),
        (b" \n", f"the file holds no key (the key is empty); {ONLY_KEY}"),
        (b"\xff\xfe", f"the file is no text in UTF-8; {ONLY_KEY}"),
        (
            b"a\nb\n",
            (
                "the file holds no key (the key has a blank or a character that is not printable "
                f"ASCII); {ONLY_KEY}"
            ),
        ),
    ],
)
def test_file_without_a_key(tmp_path: Path, content: bytes, words: str) -> None:
    """A key file that holds something else is refused at load, without its text."""
    (tmp_path / "key").write_bytes(content)
    text = "targets: [{project_id: 1, regions: [7], key_file: key}]"
    assert refusal_beside(tmp_path, text) == f"targets[0].key_file: {words}"


def test_place_without_a_file(tmp_path: Path) -> None:
    """An absent file, a folder and an empty path are told apart."""
    text = """
        targets:
          - {project_id: 1, regions: [7], key_file: absent}
          - {project_id: 2, regions: [7], key_file: .}
          - {project_id: 3, regions: [7], key_file: ''}
    """
    assert refusal_beside(tmp_path, text).splitlines() == [
        "targets[0].key_file: there is no such file; a relative path begins at " + str(tmp_path),
        "targets[1].key_file: is a folder; write the path of the file in it that holds the key",
        "targets[2].key_file: is empty; write the path of a file that holds the key",
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "the file may not be read; give the exporter's user the right to read it",
        ),
        (
            OSError(errno.EIO, "Input/output error"),
            "the file cannot be read (Input/output error)",
        ),
    ],
)
def test_file_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    """The system's refusal is put into plain words (raised by hand: root may read anything)."""

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(f"{TARGETS}api: {{key_file: a}}", {}) == f"config.yaml: api.key_file: {words}"
