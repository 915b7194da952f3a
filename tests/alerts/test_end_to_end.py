"""From the sample cloud to a person's pager: exporter, Prometheus, Alertmanager and a webhook."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from exporter.listener import Address, bind, running
from tests.alerts.notifications import Inbox, alertmanager
from tests.alerts.rules import FOLDER, RULES, load, rules
from tests.processes import metrics_url, prometheus, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.processes import Prometheus

MONTHLY = {
    "record": "gcore:threshold:override",
    "expr": "35 * 86400 * group by (project_id, region_id) (last_over_time(gcore_up[10m]))",
    "labels": {"alert": "GcoreVolumeSnapshotStale"},
}
"""Some volumes of the sample cloud are kept by hand, once a month."""


def impatient_rules(folder: Path) -> str:
    """Write our rules, made to fire at once, beside a user's threshold; return their path."""
    document = load(RULES)
    for rule in rules(document):
        rule.pop("for", None)
    document["groups"].insert(0, {"name": "my-thresholds", "rules": [MONTHLY]})
    (folder / "rules.yml").write_text(yaml.safe_dump(document, sort_keys=False))
    return str(folder / "rules.yml")


def impatient_alertmanager(webhook: str) -> dict[str, Any]:
    """Return the example for Alertmanager, made to tell at once."""
    document = load(FOLDER / "alertmanager.example.yml")
    document["route"] |= {"group_wait": "4s", "group_interval": "1s"}
    for receiver in document["receivers"]:
        for hook in receiver.get("webhook_configs", ()):
            hook["url"] = hook["url"].replace("http://localhost:8080", webhook)
    return document


def impatient_prometheus(exporter: str, alertmanager_address: str, rule_file: str) -> str:
    """Return the example for Prometheus, scraping and evaluating all the time."""
    document = load(FOLDER / "prometheus.example.yml")
    document["global"]["evaluation_interval"] = "1s"
    document["rule_files"] = [rule_file]
    [job] = document["scrape_configs"]
    job |= {"scrape_interval": "5s", "scrape_timeout": "5s"}
    job["static_configs"] = [{"targets": [exporter]}]
    static = [{"targets": [alertmanager_address]}]
    document["alerting"]["alertmanagers"] = [{"static_configs": static}]
    return yaml.safe_dump(document)


@asynccontextmanager
async def watched_sample_cloud(
    folder: Path, tool: Callable[[str], Path]
) -> AsyncIterator[tuple[Prometheus, Inbox]]:
    """Run everything from the sample cloud to the webhook; give what can be asked."""
    inbox = Inbox()
    loopback = bind([Address("127.0.0.1", 0)])
    webhook = f"http://127.0.0.1:{loopback[0].getsockname()[1]}"
    settings = impatient_alertmanager(webhook)
    async with (
        running(inbox.app, loopback),
        started("--demo", "--web.listen-address=127.0.0.1:0") as exporter,
        alertmanager(tool("prometheus-alertmanager"), folder, settings) as told,
    ):
        scraped = urlsplit(await metrics_url(exporter)).netloc
        configuration = impatient_prometheus(scraped, told, impatient_rules(folder))
        async with prometheus(tool("prometheus"), folder, configuration) as api:
            yield api, inbox


async def test_faults_of_the_sample_cloud_arrive(
    tmp_path: Path, tool: Callable[[str], Path]
) -> None:
    """The stale volume, the oversized snapshot and the unreadable region, each with its text.

    The region is told once: what its refused key explains is inhibited.
    """
    async with watched_sample_cloud(tmp_path, tool) as (api, inbox):
        stale = await inbox.wait_for("pager", alertname="GcoreVolumeSnapshotStale")
        refused = await inbox.wait_for("pager", alertname="GcoreKeyRejected")
        large = await inbox.wait_for("chat", alertname="GcoreSnapshotOversized")
        unreadable = await api.query('ALERTS{alertname="GcoreTargetNotReadable"}')
        [info] = await api.query(
            "last_over_time(gcore_snapshot_info{snapshot_id="
            f'"{large["labels"]["snapshot_id"]}"}}[5m])'
        )
    volume, name = stale["labels"]["volume_id"], info["metric"]["snapshot_name"]
    age = "has had no new usable snapshot for 43d"
    assert f"Volume {volume} {age}" in stale["annotations"]["summary"]
    assert "in project 1337, region Luxembourg-2 (76) is 43d" in stale["annotations"]["description"]
    assert large["annotations"]["summary"] == f"Snapshot {name} is 6TiB large"
    assert refused["annotations"]["summary"] == (
        "Gcore refuses the API key in project 2024, region Amsterdam (26)"
    )
    assert "(forbidden)" in refused["annotations"]["description"]
    assert [row["metric"]["region"] for row in unreadable] == ["Amsterdam"]
    assert inbox.named("chat", "GcoreTargetNotReadable") == []
    for receiver, alert in (("pager", stale), ("pager", refused), ("chat", large)):
        same = inbox.named(receiver, alert["labels"]["alertname"])
        assert {one["fingerprint"] for one in same} == {alert["fingerprint"]}
        assert alert["labels"].keys().isdisjoint({"job", "instance", "replica"})
