"""The compose stack: valid by each program's own checker, complete, and confined."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from exporter import __version__
from tests.deploy.documents import Document, check_flags, loaded
from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOLDER = ROOT / "deploy" / "compose"
FILES = ("compose.yaml", "compose.account.yaml")
WRITTEN_BY_THE_USER = {"./config.yaml", "./secrets/gcore-api-key"}


def services(name: str = "compose.yaml") -> dict[str, Document]:
    """Return the services of one of the files."""
    found = loaded(FOLDER / name)["services"]
    assert isinstance(found, dict)
    return found


def mounts(service: Document) -> dict[str, str]:
    """Return what a service mounts, by the place inside."""
    pairs = [volume.split(":")[:2] for volume in service.get("volumes", ())]
    return {inside: outside for outside, inside in pairs}


def checked(*command: str | Path) -> None:
    """Run a checker, which has to find nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_files_are_compose_files() -> None:
    """They fit the published schema of the compose specification."""
    schema = ("--builtin-schema", "vendor.compose-spec")
    checked(sys.executable, "-m", "check_jsonschema", *schema, *FILES)


@pytest.mark.parametrize("name", FILES)
def test_what_is_mounted_is_there(name: str) -> None:
    """Each path outside is in the checkout, is a volume, or is named as the user's to write."""
    document = loaded(FOLDER / name)
    files = {secret["file"] for secret in document.get("secrets", {}).values()}
    for service in document["services"].values():
        files |= set(mounts(service).values()) - set(document.get("volumes", {}))
    for path in files - WRITTEN_BY_THE_USER:
        assert (FOLDER / path).exists(), path


def test_what_the_user_writes_is_not_committed() -> None:
    """Git passes over key and configuration, and the file says how to write them."""
    ignored = (FOLDER / ".gitignore").read_text("utf-8").split()
    told = (FOLDER / "compose.account.yaml").read_text("utf-8")
    for path in WRITTEN_BY_THE_USER:
        assert any(path.removeprefix("./").startswith(name) for name in ignored)
        assert told.count(path.removeprefix("./")) >= 2


def test_every_service_is_confined() -> None:
    """Read-only, without capabilities, pinned, healthy by a check, open to this machine alone."""
    for name, service in services().items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service["image"].endswith(":latest")
        assert ":" in service["image"]
        assert name == "exporter" or service["healthcheck"]["test"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("name", FILES)
def test_the_exporter_knows_its_flags(name: str) -> None:
    """Its command line is one that it takes, and its image is this version's."""
    service = services(name)["exporter"]
    check_flags(service["command"])
    assert service.get("image", f"gcore-snapshot-exporter:{__version__}").endswith(__version__)


def test_prometheus_takes_its_configuration(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    """Configuration and rules pass promtool, with the rules where they are mounted."""
    text = (FOLDER / "prometheus.yml").read_text("utf-8")
    inside = "/etc/prometheus/rules"
    outside = FOLDER / mounts(services()["prometheus"])[inside]
    assert inside in text
    (tmp_path / "prometheus.yml").write_text(text.replace(inside, str(outside)))
    checked(tool("promtool"), "check", "config", tmp_path / "prometheus.yml")


def test_prometheus_asks_the_services() -> None:
    """What it scrapes and where it sends alerts are services of the stack, at their ports."""
    configuration = loaded(FOLDER / "prometheus.yml")
    groups = [*configuration["scrape_configs"], *configuration["alerting"]["alertmanagers"]]
    asked = {
        address
        for group in groups
        for static in group["static_configs"]
        for address in static["targets"]
    }
    assert asked == {"exporter:10048", "localhost:9090", "alertmanager:9093"}
    for address in asked - {"localhost:9090"}:
        name, _, port = address.partition(":")
        assert services()[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_alertmanager_takes_its_configuration(tool: Callable[[str], Path]) -> None:
    """It passes amtool, and keeps quiet about what the rules' own example does."""
    checked(tool("amtool"), "check-config", "alertmanager.yml")
    example = loaded(ROOT / "prometheus" / "alertmanager.example.yml")
    assert loaded(FOLDER / "alertmanager.yml")["inhibit_rules"] == example["inhibit_rules"]


def test_grafana_finds_datasource_and_dashboard() -> None:
    """Provisioning names a datasource of the stack, and where the dashboard is mounted."""
    folder = ROOT / "grafana" / "provisioning"
    provisioned = [yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("*/*.y*ml")]
    sources = [source for one in provisioned for source in one.get("datasources", ())]
    providers = [provider for one in provisioned for provider in one.get("providers", ())]
    inside = mounts(services()["grafana"])
    assert inside["/etc/grafana/provisioning"] == "../../grafana/provisioning"
    assert [source["url"] for source in sources] == ["http://prometheus:9090"]
    [provider] = providers
    assert f"{provider['options']['path']}/gcore-snapshots.json" in inside
