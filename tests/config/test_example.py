"""The example file: complete, true about the defaults, and usable as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from exporter.config import load
from exporter.config.sections import API, SCRAPE, SERIES, TAGS
from exporter.config.targets import REGION, SELECTION, TARGET
from exporter.document.yaml_reader import read_yaml
from exporter.models import AllRegions, ApiOptions, ScrapeOptions, SeriesOptions
from tests.config.reading import KEY, WITH_KEY, read, refusal

FILE: Final = Path(__file__).parents[2] / "config.example.yaml"
TEXT: Final = FILE.read_text(encoding="utf-8")


def uncomment(*starts: str) -> str:
    """Return the example with the commented keys that begin so, and what is under them."""
    lines, inside = [], False
    for line in TEXT.splitlines():
        key = line.lstrip().removeprefix("#")
        is_comment = line.lstrip().startswith("#")
        inside = is_comment and (key.startswith(starts) or (inside and key.startswith("  ")))
        lines.append(line.replace("#", "", 1) if inside else line)
    return "\n".join(lines)


def test_example_is_a_configuration_with_the_defaults() -> None:
    """With a key in the environment it loads, and what it writes is what holds without it."""
    config = load(FILE, WITH_KEY)
    assert (config.api, config.scrape, config.series) == (
        ApiOptions(),
        ScrapeOptions(),
        SeriesOptions(),
    )


def test_example_writes_every_key_that_has_a_default() -> None:
    """In api, scrape and series only the keys without a default are commented out."""
    tree, _ = read_yaml(TEXT)
    assert isinstance(tree, dict)
    assert list(tree) == ["api", "scrape", "targets", "series"]
    assert set(tree["api"]) == set(API) - {"key", "key_file", "ca_file", "proxy"}
    assert set(tree["scrape"]) == set(SCRAPE)
    assert set(tree["series"]) == set(SERIES)
    assert set(tree["series"]["tags"]) == set(TAGS) - {"keys"}


def test_example_shows_every_key() -> None:
    """With all of its comments taken away, each section has all the keys of its schema."""
    without_default = ("key:", "key_file:", "ca_file:", "proxy:", "exclude_regions:", "selection:")
    tree, _ = read_yaml(uncomment(*without_default, "keys:"))
    assert isinstance(tree, dict)
    assert list(tree["api"]) == list(API)
    assert list(tree["scrape"]) == list(SCRAPE)
    assert list(tree["series"]) == list(SERIES)
    assert set(tree["series"]["tags"]) == set(TAGS)
    (target,) = tree["targets"]
    assert set(target) == set(TARGET)
    assert set(target["regions"][1]) == set(REGION)
    assert set(target["selection"]) == set(SELECTION)


def test_example_without_a_key_says_so() -> None:
    """Nobody starts with the example's key by mistake: it is commented out."""
    assert refusal(TEXT, {}).startswith("config.yaml: targets[0]: has no key;")


def test_commented_keys_are_good_as_they_stand() -> None:
    """Who takes a `#` away gets what the comment above it says."""
    config = read(uncomment('key: "1234', 'key: "5678', "keys:", "selection:"), {})
    assert config.api_credential is not None
    assert config.api_credential.read().reveal() == KEY
    (project,) = config.projects
    assert project.credential.read().reveal() == "5678$fedcba"
    assert project.selection is not None
    assert set(project.selection.filters) == set(SELECTION) - {"name"}
    assert config.series.tags.keys == ("env", "team")


def test_commented_regions_are_good_as_they_stand() -> None:
    """`regions: all` goes in the place of the list above it."""
    text = uncomment("regions: all", "exclude_regions:").replace("    regions: [7", "    # [7")
    (project,) = read(text).projects
    assert project.regions == AllRegions(frozenset({9}))


def test_commented_proxy_is_good_as_it_stands() -> None:
    """Who takes the `#` away has a proxy."""
    assert read(uncomment("proxy:")).api.proxy == "http://proxy.example:3128"


def test_commented_ca_file_only_lacks_the_file() -> None:
    """The path is an example."""
    assert refusal(uncomment("ca_file:")).startswith("config.yaml: api.ca_file: there is no such")


@pytest.mark.parametrize("place", ["api.key_file", "targets[0].key_file"])
def test_commented_key_files_only_lack_the_file(place: str) -> None:
    """The paths are examples: the one fault is that there is no such file here."""
    name = "gcore-api-key-of-1337" if place.startswith("targets") else "gcore-api-key"
    text = uncomment(f"key_file: /run/secrets/{name}")
    if name == "gcore-api-key":
        text = text.replace("    key_file: /run/secrets/gcore-api-key-of", "    #")
    assert refusal(text, {}).startswith(f"config.yaml: {place}: there is no such file;")
