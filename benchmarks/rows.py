"""The records that the benchmarks are fed with, as JSON in pieces.

They are those of any region: `REGION` stands in each wherever regions differ.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

REGION: Final = "@@"
"""Stands for the two digits of the region's number (10 to 59, for it is the seconds of moments)."""

_TWO_YEARS: Final = 2 * 365 * 86400
_SNAPSHOTS_OF_A_VOLUME: Final = 5
_ENVIRONMENTS: Final = ("production", "staging", "development")
_TEAMS: Final = 20


def _uuid(kind: int, number: int) -> str:
    return f"{kind:08x}-2f3d-4c1a-9b{REGION}-{number * 2654435761 % 2**48:012x}"


def snapshots(number: int, now: float, tag_values: int | None = None) -> list[bytes]:
    """Return rows of Gcore's list of snapshots, some 590 bytes each.

    Five belong to a volume, and no two were created in the same moment, nor in the same minute of
    one region.

    Args:
        number: how many rows, at most a million.
        now: Unix seconds; the rows are from the two years before.
        tag_values: how many values the one tag of each row has; None for two tags of few values,
            which make 60 lists.
    """
    step = _TWO_YEARS / (number + 1)
    return [_snapshot(one, now - (one + 1) * step, _tags(one, tag_values)) for one in range(number)]


def _tags(number: int, values: int | None) -> dict[str, str]:
    if values is not None:
        return {"backup-run": f"run-{number % values:07}"}
    return {"env": _ENVIRONMENTS[number % 3], "team": f"team-{number // 3 % _TEAMS}"}


def _snapshot(number: int, created: float, tags: dict[str, str]) -> bytes:
    moment = datetime.fromtimestamp(created, UTC).strftime(f"%Y-%m-%dT%H:%M:{REGION}+0000")
    row = {
        "id": _uuid(1, number),
        "name": f"nightly-backup-of-the-volume-{REGION}{number:07}",
        "description": "Created by the lifecycle policy",
        "status": "error" if number % 1000 == 0 else "available",
        "size": 10 + number % 491,
        "volume_id": _uuid(2, number // _SNAPSHOTS_OF_A_VOLUME),
        "created_at": moment,
        "updated_at": moment,
        "creator_task_id": _uuid(3, number),
        "task_id": None,
        "metadata": tags,
        "tags": [{"key": key, "value": tags[key], "read_only": False} for key in tags],
        "project_id": 1337,
        "region": f"Luxembourg-{REGION}",
    }
    text = json.dumps(row, separators=(",", ":"))
    return f'{text[:-1]},"region_id":{REGION}}}'.encode()


def elasticsearch(number: int, now: float) -> list[bytes]:
    """Return as many snapshots as Elasticsearch lists them, of the same size; `now` as above."""
    return [_backup(one, now - (number - one) * _TWO_YEARS / number) for one in range(number)]


def _backup(number: int, started: float) -> bytes:
    begin, end = (datetime.fromtimestamp(started + wait, UTC).isoformat() for wait in (0, 60))
    row = {
        "snapshot": f"nightly-backup-{REGION}{number:07}",
        "uuid": _uuid(1, number),
        "repository": f"backups-{REGION}",
        "version_id": 7170499,
        "version": "7.17.4",
        "indices": [f"logs-of-the-application-{one:02}" for one in range(5)],
        "data_streams": [],
        "include_global_state": True,
        "state": "SUCCESS",
        "start_time": begin,
        "start_time_in_millis": int(started * 1000),
        "end_time": end,
        "end_time_in_millis": int(started * 1000) + 60_000,
        "duration_in_millis": 60_000,
        "failures": [],
        "shards": {"total": 5, "failed": 0, "successful": 5},
        "feature_states": [],
    }
    return json.dumps(row, separators=(",", ":")).encode()
