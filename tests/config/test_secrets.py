"""The key is in no message and in no text of the configuration."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from exporter.config import load, parse
from exporter.errors import ConfigError
from tests.config.reading import TARGETS, read

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "9753$canary0123456789"

MISPLACED = [
    f"api: {{key: {CANARY} b}}",
    f"api: {{key: [{CANARY}]}}",
    f"api: {{key: {{{CANARY}}}}}",
    f"api: {{key: {{{CANARY}: 1, {CANARY}: 2}}}}",
    f"api: {{key: !!str {CANARY}}}",
    f"api: {{key: !{CANARY} a}}",
    f"api: {{key: &a {CANARY}, url: *a}}",
    f"api: {{key: *{CANARY}}}",
    f"api: {{key: &{CANARY} a}}",
    f"api: {{key: {CANARY}, key: {CANARY}}}",
    f"api: {{key: {CANARY}, key_file: {CANARY}}}",
    f"api: {{key_file: {CANARY}}}",
    f"api: {{key_file: [{CANARY}]}}",
    f"api: {{url: {CANARY}}}",
    f"api: {{url: 'https://user:{CANARY}@api.gcore.com'}}",
    f"api: {{url: 'https://api.gcore.com/?apikey={CANARY}'}}",
    f"api: {{page_size: {CANARY}, request_timeout: {CANARY}}}",
    f"api: {{{CANARY}: 1}}",
    f"api: {{'apikey {CANARY}': 1}}",
    f"api: {CANARY}",
    f"{CANARY}: api",
    f"{CANARY}",
    f"api:\n  key: {CANARY}: x",
    f"api:\n  key: '{CANARY}",
    f'api:\n  key: "\\q{CANARY}"',
    f'api:\n  key: "\\UFFFFFFFF{CANARY}"',
    f"api:\n  key {CANARY}\n",
    f"api:\n\tkey: {CANARY}\n",
    f"api:\n  key: @{CANARY}\n",
    f"api:\n  key: {CANARY}\x00\n",
    f"%TAG {CANARY} x\n---\n",
    f"%{CANARY}",
    f"--- {CANARY}\n--- {CANARY}",
    f"series: {{age_buckets: [{CANARY}], tags: {{keys: ['{CANARY}=']}}}}",
    f"targets: [{CANARY}, {{project_id: {CANARY}, regions: [{CANARY}], key_file: {CANARY}}}]",
    f"targets: [{{project_id: 1, regions: {CANARY}, selection: {{name: {CANARY}}}}}]",
]
ENVIRONMENTS = [
    {"GCORE_API_KEY": f"{CANARY} b"},
    {"GCORE_API_KEY": CANARY, "GCORE_API_KEY_FILE": CANARY},
    {"GCORE_API_KEY_FILE": CANARY},
    {"GCORE_API_KEY": "a", "GCORE_BASE_URL": f"https://{CANARY}@api.gcore.com"},
]


def texts(error: BaseException) -> str:
    """Return everything that a log of the error could show."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


@pytest.mark.parametrize("text", MISPLACED)
def test_key_is_in_no_message(text: str) -> None:
    """Wherever the key was written by mistake, the refusal does not quote it."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "config.yaml", {"GCORE_API_KEY": ""})
    assert CANARY not in texts(caught.value)
    assert "canary" not in texts(caught.value)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_key_of_the_environment_is_in_no_message(environment: dict[str, str]) -> None:
    """The same for what the environment holds."""
    with pytest.raises(ConfigError) as caught:
        parse(TARGETS, "config.yaml", environment)
    assert "canary" not in texts(caught.value)


def test_key_file_is_in_no_message(tmp_path: Path) -> None:
    """A key file with something more in it is not quoted either."""
    (tmp_path / "key").write_text(f"{CANARY} and more")
    (tmp_path / "config.yaml").write_text(f"{TARGETS}api: {{key_file: key}}")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.yaml", {})
    assert "canary" not in texts(caught.value)


def test_key_is_in_no_text_of_the_configuration(tmp_path: Path) -> None:
    """repr, str, format and pickle of a whole Config show no key, from whichever source."""
    (tmp_path / "key").write_text(CANARY)
    text = (
        f"targets: [{{project_id: 1, regions: [7]}}, {{project_id: 2, regions: all, key: {CANARY}}}"
    )
    from_file = f"{text}, {{project_id: 3, regions: [7], key_file: {tmp_path / 'key'}}}]"
    config = read(from_file, {"GCORE_API_KEY": CANARY})
    for shown in (repr(config), str(config), f"{config}", repr(config.projects)):
        assert "canary" not in shown
        assert "<secret>" in shown
    assert b"canary" not in pickle.dumps(config.projects[1])
