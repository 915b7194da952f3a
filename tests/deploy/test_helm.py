"""The chart: linted, rendered for each set of values in its folder ``ci``, and read again.

After a change that is meant, write the files anew with ``GOLDEN=write`` in the environment and
read the difference.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from exporter import __version__
from exporter.config import parse
from tests.deploy.documents import (
    OLDEST_AND_NEWEST,
    check_flags,
    check_restricted,
    check_schema,
    documents,
    loaded,
    pod_of,
)
from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.deploy.documents import Document

if sys.platform == "darwin" and os.uname().machine == "x86_64":
    pytest.skip("helm-python-sdk has no wheel for Macs with Intel's CPU", allow_module_level=True)

import helm_python

CHART: Final = ROOT / "deploy" / "helm" / "gcore-snapshot-exporter"
CASES: Final = sorted(path.stem.removesuffix("-values") for path in (CHART / "ci").iterdir())
EXPECTED: Final = Path(__file__).parent / "expected"
RULES_AND_DASHBOARD: Final = {
    "prometheusRule": {"enabled": True, "additionalLabels": {"release": "stack"}},
    "grafanaDashboard": {"enabled": True, "annotations": {"grafana_folder": "Storage"}},
}


def values(case: str) -> dict[str, Any]:
    """Return the values of a case."""
    return loaded(CHART / "ci" / f"{case}-values.yaml")


def rendered(chosen: Mapping[str, Any]) -> str:
    """Return what ``helm template`` prints for a release called `snap` in the namespace `mon`."""
    made = helm_python.Chart.load(CHART).render(dict(chosen), name="snap", namespace="mon")
    texts = (text.strip() for path, text in sorted(made.items()) if path.endswith(".yaml"))
    return "".join(f"---\n{text.removeprefix('---').strip()}\n" for text in texts if text)


def by_kind(text: str) -> dict[str, Document]:
    """Return the manifests by kind; of several ConfigMaps that of the configuration."""
    return {document["kind"]: document for document in reversed(documents(text))}


@pytest.mark.parametrize("case", CASES)
def test_the_chart_is_linted(case: str) -> None:
    """Helm's own linter finds nothing for the oldest and newest Kubernetes, strictly."""
    for version in OLDEST_AND_NEWEST:
        found = helm_python.lint(CHART, values(case), strict=True, kube_version=f"v{version}.0")
        assert found["errors"] == []
        assert [message["error"] for message in found["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("case", CASES)
def test_the_manifests_are_as_expected(case: str) -> None:
    """The values of the case give the text in its file, and Kubernetes knows each field of it."""
    text = rendered(values(case))
    path = EXPECTED / f"helm-{case}.yaml"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()
    for document in documents(text):
        check_schema(document)


@pytest.mark.parametrize("case", CASES)
def test_the_pods_are_confined(case: str) -> None:
    """With the chart's own security contexts they meet the restricted standard."""
    pod = pod_of(by_kind(rendered(values(case)))["Deployment"])
    check_restricted(pod)
    check_flags(argument for container in pod["containers"] for argument in container["args"])


@pytest.mark.parametrize("case", CASES)
def test_mounts_have_volumes(case: str) -> None:
    """Each mount has its volume and each volume its mount, in each case."""
    pod = pod_of(by_kind(rendered(values(case)))["Deployment"])
    [container] = pod["containers"]
    mounted = {mount["name"] for mount in container["volumeMounts"] or ()}
    assert mounted == {volume["name"] for volume in pod["volumes"] or ()}


@pytest.mark.parametrize("case", ["default", "full"])
def test_the_configuration_is_taken(case: str) -> None:
    """What stands under `config` reaches the exporter as a configuration that it takes."""
    text = by_kind(rendered(values(case)))["ConfigMap"]["data"]["config.yaml"]
    assert yaml.safe_load(text) == values(case)["config"]
    assert parse(text, "config.yaml", {"GCORE_API_KEY": "1234$abcdef"}).projects


def test_without_targets_it_is_said_what_to_do() -> None:
    """A release that could only crash is refused before it is installed."""
    with pytest.raises(helm_python.HelmError, match=r"config\.targets is missing: write there"):
        rendered({})


def test_a_changed_configuration_makes_new_pods() -> None:
    """The pods bear a checksum of it."""

    def annotations(project: int) -> object:
        config = {"targets": [{"project_id": project, "regions": "all"}]}
        deployment = by_kind(rendered({"config": config}))["Deployment"]
        return deployment["spec"]["template"]["metadata"]["annotations"]

    assert annotations(1) == annotations(1)
    assert annotations(1) != annotations(2)


def test_services_and_monitors_find_the_pods() -> None:
    """Service, monitor, policy and budget select what the deployment makes, by the port's name."""
    made = by_kind(rendered(values("full")))
    deployment = made["Deployment"]["spec"]
    labels = deployment["selector"]["matchLabels"]
    assert labels.items() <= deployment["template"]["metadata"]["labels"].items()
    assert made["Service"]["spec"]["selector"] == labels
    assert labels.items() <= made["Service"]["metadata"]["labels"].items()
    for kind in ("ServiceMonitor", "PodDisruptionBudget"):
        assert made[kind]["spec"]["selector"]["matchLabels"] == labels
    assert made["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    [port] = deployment["template"]["spec"]["containers"][0]["ports"]
    [exposed] = made["Service"]["spec"]["ports"]
    [endpoint] = made["ServiceMonitor"]["spec"]["endpoints"]
    assert exposed["targetPort"] == exposed["name"] == endpoint["port"] == port["name"]


def test_rules_and_dashboard_arrive_whole() -> None:
    """No template changes an expression, a text in braces or the dashboard."""
    made = by_kind(rendered(values("demo") | RULES_AND_DASHBOARD))
    rules = loaded(ROOT / "prometheus" / "rules" / "gcore-snapshots.yml")
    assert made["PrometheusRule"]["spec"] == rules
    assert made["PrometheusRule"]["metadata"]["labels"]["release"] == "stack"
    dashboard = (ROOT / "grafana" / "gcore-snapshots.json").read_text("utf-8")
    assert made["ConfigMap"]["data"]["gcore-snapshots.json"].strip() == dashboard.strip()
    assert made["ConfigMap"]["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_the_chart_is_this_version() -> None:
    """Chart and image bear the version of the checkout."""
    chart = loaded(CHART / "Chart.yaml")
    assert chart["version"] == chart["appVersion"] == __version__
