"""The whole dashboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row, TimePicker
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from grafana.panels import UID
from grafana.rows import account, attention, exporter, growth, tags, worst
from grafana.variables import variables

FILE: Final = Path(__file__).parent / f"{UID}.json"
"""Where the dashboard is kept."""

SCHEMA: Final = 39
"""That of Grafana 10.4; later ones migrate it when they load it."""

NOW_DELAY: Final = "1m"
"""Looks at a minute ago: a scrape every 5 minutes leaves nothing to see while the next one runs,
since Prometheus looks back just as far."""


def generate() -> str:
    """Return the dashboard as JSON."""
    board = (
        Dashboard("Gcore Cloud snapshots")
        .uid(UID)
        .description(
            "Block-storage snapshots at Gcore Cloud: what needs a person, the worst by name, what "
            "there is, how it grows. Made by the exporter's own `python -m grafana`."
        )
        .tags(["gcore", "snapshots", "backup"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-7d", "now")
        .timepicker(TimePicker().now_delay(NOW_DELAY))
        .refresh("5m")
        .timezone("browser")
        .variables(list(variables()))
    )
    for index, row in enumerate((attention, worst, account, growth, tags, exporter), start=1):
        board.with_row(Row(row.TITLE).id(index))
        for panel in row.panels():
            board.with_panel(panel)
    built = board.build()
    built.schema_version = SCHEMA
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
