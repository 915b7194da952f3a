"""What we show of sharding agrees: the example, the overlay for Kubernetes, the documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from exporter.demo import SampleCloud
from exporter.probing import PROBE_PATH, TARGETS_PATH
from tests.factories import account_of, snapshot_rows
from tests.scaling.support import exporting, walks
from tests.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "prometheus" / "prometheus.sharding.example.yml"
OVERLAY = ROOT / "deploy" / "kubernetes" / "replicas"
DOCUMENT = ROOT / "docs" / "scaling.md"

NONE = {"targets": ["none"]}


def loaded(path: Path) -> Any:  # noqa: ANN401 - a document of any shape
    """Return a YAML document."""
    return yaml.safe_load(path.read_text("utf-8"))


def test_the_overlay_does_what_the_example_does() -> None:
    """The same list, the same names for targets, and each exporter's own metrics alone."""
    probes, own = loaded(EXAMPLE)["scrape_configs"]
    spec = loaded(OVERLAY / "scrapeconfig.yaml")["spec"]
    name, _ = spec["relabelings"]
    named = probes["relabel_configs"][0]
    assert (name["sourceLabels"], name["separator"], name["targetLabel"]) == (
        named["source_labels"],
        named["separator"],
        named["target_label"],
    )
    assert spec["jobName"] == probes["job_name"]
    for url in (spec["httpSDConfigs"][0]["url"], probes["http_sd_configs"][0]["url"]):
        assert urlsplit(url).path == TARGETS_PATH
    [pods] = loaded(OVERLAY / "podmonitor.yaml")["spec"]["podMetricsEndpoints"]
    assert pods["params"] == own["params"] == NONE


def test_the_operator_shards_by_target() -> None:
    """It hashes the address unless it is told otherwise, and all targets have the same one."""
    _, shard = loaded(OVERLAY / "scrapeconfig.yaml")["spec"]["relabelings"]
    assert shard == {"sourceLabels": ["instance"], "targetLabel": "__tmp_hash"}


def test_the_documentation_names_what_there_is() -> None:
    """Each path, and each file that it links to."""
    text = DOCUMENT.read_text("utf-8")
    for path in (TARGETS_PATH, f"{PROBE_PATH}?project_id=", "/metrics?targets=none"):
        assert f"`{path}" in text
    links = re.findall(r"\]\(([^)#]+)", text)
    assert links
    assert [link for link in links if not (DOCUMENT.parent / link).exists()] == []


async def test_the_requests_of_a_target_are_as_computed() -> None:
    """10,000 snapshots take 11 requests, as the example says; 1,000 take one, and 1,001 two."""
    sizes = {1: (10_000, 11), 2: (1_000, 1), 3: (1_001, 2)}
    targets = "targets: [{project_id: 1337, regions: [1, 2, 3]}]\n"
    rows = {(1337, region): snapshot_rows(size) for region, (size, _) in sizes.items()}
    cloud = SampleCloud(account_of(rows))
    async with exporting(cloud, targets) as client:
        for region in sizes:
            await client.get(f"/probe?project_id=1337&region_id={region}")
    counted = walks(cloud)
    assert {region: counted.count(f"1337/{region}") for region in sizes} == {
        region: requests for region, (_, requests) in sizes.items()
    }
    assert "rounded up" in DOCUMENT.read_text("utf-8")
