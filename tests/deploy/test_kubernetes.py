"""The kustomizations: whole, valid, confined, and in step with the exporter and each other."""

from __future__ import annotations

import functools
import json
import operator
from typing import TYPE_CHECKING

import pytest
import yaml

from exporter import __version__
from exporter.config import parse
from exporter.server import HEALTHY_PATH, READY_PATH
from scripts.manifests import manifests
from tests.deploy.documents import (
    check_flags,
    check_restricted,
    check_schema,
    documents,
    files_below,
    loaded,
    pod_of,
)
from tests.tools import ROOT

if TYPE_CHECKING:
    from tests.deploy.documents import Document

FOLDER = ROOT / "deploy" / "kubernetes"
BASE = FOLDER / "base"
KUSTOMIZATIONS = ("base", "observability", "single", "replicas")
NAME = {"app.kubernetes.io/name": "gcore-snapshot-exporter"}
ANNOTATION_LIMIT = 262_144


def manifest(path: str) -> Document:
    """Return a manifest of the folder."""
    return loaded(FOLDER / path)


@pytest.mark.parametrize(
    "path", [name for name in files_below(FOLDER) if "kustomization" not in name]
)
def test_each_manifest_is_valid(path: str) -> None:
    """Kubernetes knows each field, and no manifest sets a namespace: that is the operator's."""
    for document in documents((FOLDER / path).read_text("utf-8")):
        if "kind" in document:
            check_schema(document)
            assert "namespace" not in document["metadata"]
            assert document["kind"] != "Secret"


@pytest.mark.parametrize("name", KUSTOMIZATIONS)
def test_a_kustomization_names_its_files(name: str) -> None:
    """Each file that lies beside it is named, and each path that it names is there."""
    own = manifest(f"{name}/kustomization.yaml")
    named = {
        *own["resources"],
        *(file for maker in own.get("configMapGenerator", ()) for file in maker["files"]),
    }
    beside = set(files_below(FOLDER / name)) - {"kustomization.yaml"}
    assert {path for path in named if not path.startswith("../")} == beside
    assert all((FOLDER / name / path).exists() for path in named)


def test_the_patched_deployment_is_there() -> None:
    """Replicas and patches of the overlay are for the deployment that base has."""
    deployment = manifest("base/deployment.yaml")
    name = deployment["metadata"]["name"]
    overlay = manifest("replicas/kustomization.yaml")
    assert [entry["name"] for entry in overlay["replicas"]] == [name]
    [patch] = overlay["patches"]
    assert patch["target"] == {"kind": deployment["kind"], "name": name}
    [operation] = yaml.safe_load(patch["patch"])
    *parents, added = operation["path"].strip("/").split("/")
    place = functools.reduce(operator.getitem, parents, deployment)
    assert added not in place
    place[added] = operation["value"]
    check_schema(deployment)


def test_the_pods_are_confined() -> None:
    """They meet the restricted pod security standard and have requests and a memory limit."""
    pod = pod_of(manifest("base/deployment.yaml"))
    check_restricted(pod)
    [container] = pod["containers"]
    assert container["resources"].keys() == {"requests", "limits"}
    check_flags(container["args"])


def test_the_probes_ask_what_costs_nothing() -> None:
    """Liveness and readiness ask the paths that never touch the API, at the port's name."""
    [container] = pod_of(manifest("base/deployment.yaml"))["containers"]
    [port] = container["ports"]
    assert port == {"name": "http", "containerPort": 10048}
    asked = {name: container[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")}
    assert asked == {
        "livenessProbe": {"path": HEALTHY_PATH, "port": port["name"]},
        "readinessProbe": {"path": READY_PATH, "port": port["name"]},
    }


def test_mounts_and_volumes_fit() -> None:
    """Config file and key file are where the flags and the environment say, all read-only."""
    pod = pod_of(manifest("base/deployment.yaml"))
    [container] = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert set(mounts.values()) == set(volumes)
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    [maker] = manifest("base/kustomization.yaml")["configMapGenerator"]
    assert volumes[mounts["/etc/gcore-snapshot-exporter"]]["configMap"]["name"] == maker["name"]
    [variable] = container["env"]
    assert variable == {"name": "GCORE_API_KEY_FILE", "value": "/run/secrets/gcore/api-key"}
    assert volumes[mounts["/run/secrets/gcore"]]["secret"]["defaultMode"] == 0o440


def test_the_configuration_is_good() -> None:
    """The shipped configuration is taken by the exporter as it is, with a key beside it."""
    text = (BASE / "config.yaml").read_text("utf-8")
    assert parse(text, "config.yaml", {"GCORE_API_KEY": "1234$abcdef"}).projects


def test_everything_selects_the_same_pods() -> None:
    """Service, policy, monitors and budget go by the label that the pods bear."""
    deployment = manifest("base/deployment.yaml")["spec"]
    assert deployment["template"]["metadata"]["labels"] == NAME
    assert manifest("base/service.yaml")["spec"]["selector"] == NAME
    for selector in (
        deployment["selector"],
        manifest("base/networkpolicy.yaml")["spec"]["podSelector"],
        manifest("single/servicemonitor.yaml")["spec"]["selector"],
        manifest("replicas/podmonitor.yaml")["spec"]["selector"],
        manifest("replicas/poddisruptionbudget.yaml")["spec"]["selector"],
    ):
        assert selector == {"matchLabels": NAME}


def test_prometheus_asks_the_service() -> None:
    """Monitors name the port, discovery the service and its port."""
    service = manifest("base/service.yaml")
    [port] = service["spec"]["ports"]
    [endpoint] = manifest("single/servicemonitor.yaml")["spec"]["endpoints"]
    [pods] = manifest("replicas/podmonitor.yaml")["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == pods["port"] == port["name"] == port["targetPort"]
    [discovery] = manifest("replicas/scrapeconfig.yaml")["spec"]["httpSDConfigs"]
    assert discovery["url"] == f"http://{service['metadata']['name']}:{port['port']}/-/targets"


def test_the_image_is_this_version() -> None:
    """Tag and version label are the version of the checkout."""
    own = manifest("base/kustomization.yaml")
    [labels] = own["labels"]
    assert labels["pairs"] == NAME | {"app.kubernetes.io/version": __version__}
    [image] = own["images"]
    [container] = pod_of(manifest("base/deployment.yaml"))["containers"]
    assert image == {"name": container["image"], "newTag": __version__}


def test_rules_and_dashboard_are_the_shipped_ones() -> None:
    """What is made from them is as `make manifests` would write it now."""
    for path, text in manifests(ROOT):
        assert (ROOT / path).read_text("utf-8") == text, f"{path}: run make manifests"


def test_the_operator_gets_the_rules_whole() -> None:
    """Indenting them changed no expression and no text."""
    rules = loaded(ROOT / "prometheus" / "rules" / "gcore-snapshots.yml")
    assert manifest("observability/prometheusrule.yaml")["spec"] == rules


def test_grafana_gets_the_dashboard_whole() -> None:
    """The sidecar's label is there, the JSON is the dashboard's, and kubectl can apply it."""
    made = manifest("observability/dashboard.yaml")
    assert made["metadata"]["labels"] == {"grafana_dashboard": "1"}
    dashboard = (ROOT / "grafana" / "gcore-snapshots.json").read_text("utf-8")
    assert json.loads(made["data"]["gcore-snapshots.json"]) == json.loads(dashboard)
    assert len(json.dumps(made)) < ANNOTATION_LIMIT
