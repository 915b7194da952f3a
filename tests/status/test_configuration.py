"""`/config`: the configuration in force, without a key."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.config import parse
from exporter.status.configuration import configuration_yaml
from tests.config.reading import KEY, read
from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "9753$canary+0123/456789"

DEFAULTS = """\
api:
  url: "https://api.gcore.com"
  key: <secret>
  request_timeout: 10s
  page_size: 1000
  max_concurrency: 8
  max_retries: 2
scrape:
  timeout: 10s
  timeout_offset: 500ms
  cache_ttl: 0s
targets:
- project_id: 1
  regions:
  - 7
series:
  volumes: 2000
  snapshots: 500
  tags:
    limit: 200
    read_only: true
  age_buckets:
  - 1d
  - 7d
  - 30d
  - 90d
  - 180d
  - 365d
"""

EVERYTHING = """
api: {url: "http://127.0.0.1:8080/x", key: "1234$abcdef", request_timeout: 1m30s, page_size: 7,
      max_concurrency: 9, max_retries: 0}
scrape: {timeout: 1m1s5ms, timeout_offset: 0s, cache_ttl: 10m}
targets:
  - {project_id: 1, regions: [7, {id: 12, name: "1e3"}], key: "5678$other"}
  - {project_id: 2, regions: all, exclude_regions: [9, 8]}
  - project_id: 3
    regions: all
    selection: {name: nightly, lifecycle_policy_id: 3, instance_id: "7", schedule_id: "0x1",
                volume_id: "no"}
series:
  volumes: unlimited
  snapshots: 0
  tags: {limit: unlimited, keys: [env, "12:30"], read_only: false}
  age_buckets: [1ms, 1d]
"""


def test_defaults_are_shown() -> None:
    """What is not written is in force too."""
    assert configuration_yaml(read("targets: [{project_id: 1, regions: [7]}]")) == DEFAULTS


def test_the_example_is_shown_as_it_is_written() -> None:
    """The example file, which shows every key with its default, is what it says."""
    text = (ROOT / "config.example.yaml").read_text("utf-8")
    shown = yaml.safe_load(configuration_yaml(read(text)))
    assert shown["api"].pop("key") == "<secret>"
    assert shown == yaml.safe_load(text)


def test_every_key_is_shown_with_its_value() -> None:
    """A document with every key comes back key by key."""
    shown = yaml.safe_load(configuration_yaml(parse(EVERYTHING, "c.yaml", {})))
    written = yaml.safe_load(EVERYTHING)
    written["api"]["key"] = written["targets"][0]["key"] = "<secret>"
    written["targets"][1]["exclude_regions"].sort()
    assert shown == written


def test_no_form_of_a_key_is_shown(tmp_path: Path) -> None:
    """Keys of the environment, the file, a target and a key file are `<secret>` or a path."""
    (tmp_path / "key").write_text(f"apikey {CANARY}\n")
    targets = (
        f"targets: [{{project_id: 1, regions: [7], key: '{CANARY}1'}}, "
        f"{{project_id: 2, regions: [7], key_file: {tmp_path / 'key'}}}]"
    )
    written = parse(f"api: {{key: 'APIKey {CANARY}'}}\n{targets}", "c.yaml", {})
    surrounding = parse(targets, "c.yaml", {"GCORE_API_KEY": CANARY})
    in_a_file = parse(targets, "c.yaml", {"GCORE_API_KEY_FILE": str(tmp_path / "key")})

    shown = [configuration_yaml(config) for config in (written, surrounding, in_a_file)]
    forms = [CANARY, "canary", quote(CANARY), quote(CANARY, safe="")]
    forms += [base64.b64encode(CANARY.encode()).decode()[:16], CANARY.encode().hex(), "APIKey"]
    assert [text.count("key: <secret>\n") for text in shown] == [2, 2, 1]
    assert [text.count(f'key_file: "{tmp_path / "key"}"') for text in shown] == [1, 1, 1]
    assert not [form for form in forms for text in shown if form in text]


def test_no_key_is_shown_where_there_is_none() -> None:
    """Without a key of ``api`` each target shows its own."""
    targets = "targets: [{project_id: 1, regions: [7], key: '1234$abcdef'}]"
    shown = yaml.safe_load(configuration_yaml(parse(targets, "c.yaml", {})))
    assert "key" not in shown["api"]
    assert shown["targets"][0]["key"] == "<secret>"


_names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
_limits = st.integers(0, 1_000_000) | st.just("unlimited")
_milliseconds = st.integers(1, 600_000)
_buckets = st.sets(_milliseconds, min_size=1, max_size=5).map(
    lambda bounds: [f"{bound}ms" for bound in sorted(bounds)]
)
_regions = st.dictionaries(st.integers(1, 10**20), _names, min_size=1, max_size=5).map(
    lambda names: [{"id": number, "name": name} for number, name in names.items()]
)
_target = st.fixed_dictionaries(
    {"regions": st.just("all") | _regions},
    optional={"selection": st.fixed_dictionaries({"name": _names, "volume_id": _names})},
)
_targets = st.dictionaries(st.integers(1, 10**20), _target, min_size=1, max_size=5).map(
    lambda targets: [{"project_id": number, **target} for number, target in targets.items()]
)


@given(request_timeout=_milliseconds, targets=_targets, volumes=_limits, buckets=_buckets)
def test_what_is_shown_means_the_same(
    request_timeout: int, targets: list[object], volumes: object, buckets: list[str]
) -> None:
    """With the key put in again, it is a file of the same configuration."""
    document = {
        "api": {"request_timeout": f"{request_timeout}ms"},
        "targets": targets,
        "series": {"volumes": volumes, "age_buckets": buckets},
    }
    config = read(json.dumps(document, ensure_ascii=False))
    shown = configuration_yaml(config)
    again = parse(shown.replace("key: <secret>", f"key: {KEY}"), "config.yaml", {})
    assert repr(again) == repr(config)
    assert again == config
