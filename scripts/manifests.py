"""Write what Kubernetes takes from the rules and the dashboard: ``python -m scripts.manifests``.

The Prometheus Operator wants rules inside a PrometheusRule and Grafana's sidecar a dashboard inside
a ConfigMap, and a Helm chart can only read files of its own folder.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
RULES: Final = Path("prometheus/rules/gcore-snapshots.yml")
DASHBOARD: Final = Path("grafana/gcore-snapshots.json")
OBSERVABILITY: Final = Path("deploy/kubernetes/observability")
CHART: Final = Path("deploy/helm/gcore-snapshot-exporter")

_PROMETHEUS_RULE: Final = """\
# Written by `make manifests` from prometheus/rules/gcore-snapshots.yml; change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: gcore-snapshot-exporter
spec:
"""

_CONFIG_MAP: Final = """\
# Written by `make manifests` from grafana/gcore-snapshots.json; change what writes that file.
apiVersion: v1
kind: ConfigMap
metadata:
  name: gcore-snapshot-exporter-dashboard
  labels:
    grafana_dashboard: "1"
data:
  gcore-snapshots.json: |
"""


def manifests(root: Path) -> Iterator[tuple[Path, str]]:
    """Give the path, below `root`, and the text of each file that is made from rules or dashboard.

    Args:
        root: the checkout.
    """
    rules = (root / RULES).read_text("utf-8")
    dashboard = (root / DASHBOARD).read_text("utf-8")
    yield OBSERVABILITY / "prometheusrule.yaml", _PROMETHEUS_RULE + indent(rules, "  ")
    yield OBSERVABILITY / "dashboard.yaml", _CONFIG_MAP + indent(dashboard, "    ")
    yield CHART / "files" / RULES.name, rules
    yield CHART / "files" / DASHBOARD.name, dashboard


if __name__ == "__main__":
    for path, text in manifests(ROOT):
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
