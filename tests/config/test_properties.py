"""Whatever is written, it is a configuration or a configuration error and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.config import Config, parse
from exporter.errors import ConfigError
from tests.config.reading import KEY, WITH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLE: Final = (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
_DOCUMENT: Final = "\n".join(
    line for line in _EXAMPLE.splitlines() if line.strip() and "#" not in line
)
_SIGNS: Final = "[]{}:,&*!|>%@`\"'#?-\n\t \\~<=$01ae\x00\x85\u2028\ufeff\ud800"
_KEYS: Final = [
    *("api", "scrape", "targets", "series", "tags", "selection", "project_id", "regions", "id"),
    *("name", "key", "key_file", "url", "page_size", "timeout", "keys", "age_buckets", "x"),
]


def outcome(text: str, environment: Mapping[str, str] = WITH_KEY) -> Config | ConfigError:
    """Return what comes of the text; any other error goes on to the test."""
    try:
        return parse(text, "config.yaml", environment)
    except ConfigError as error:
        return error


@given(st.text())
@example("\ud800")
@example('"\\UFFFFFFFF"')
@example("%YAML 1." + "9" * 5000 + "\n---\n")
@example("? " * 1000)
def test_any_text(text: str) -> None:
    """No text is a crash."""
    found = outcome(text)
    assert isinstance(found, Config) or found.problems


@given(st.text(_SIGNS, max_size=80))
def test_any_text_of_signs(text: str) -> None:
    """No text of the signs that mean something in YAML is a crash."""
    found = outcome(text)
    assert isinstance(found, Config) or found.problems


@given(
    st.lists(
        st.tuples(st.integers(0, len(_DOCUMENT)), st.integers(0, 6), st.text(_SIGNS, max_size=3)),
        min_size=1,
        max_size=6,
    )
)
def test_any_damage_to_a_good_document(damage: list[tuple[int, int, str]]) -> None:
    """However a good document is bent, it is read or refused."""
    text = _DOCUMENT
    for start, length, inserted in damage:
        text = text[:start] + inserted + text[start + length :]
    found = outcome(text)
    assert isinstance(found, Config) or found.problems


_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["all", "10s", KEY])
)
_trees = st.recursive(
    _scalars | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(_trees)
def test_any_tree(tree: object) -> None:
    """No value in no place is a crash."""
    found = outcome(yaml.safe_dump(tree, allow_unicode=True))
    assert isinstance(found, Config) or found.problems


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "GCORE_API_KEY",
                "GCORE_API_KEY_FILE",
                "GCORE_BASE_URL",
                "GCORE_CLOUD_PROJECT_ID",
                "GCORE_CLOUD_REGION_ID",
            ]
        ),
        st.text(max_size=10) | st.sampled_from(["1", "7", KEY, "https://example.com"]),
    )
)
@example({"GCORE_API_KEY_FILE": "\x00"})
@example({"GCORE_API_KEY_FILE": "\ud800"})
def test_any_environment(environment: dict[str, str]) -> None:
    """No environment is a crash."""
    found = outcome("", environment)
    assert isinstance(found, Config) or found.problems
