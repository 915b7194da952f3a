"""The records that the benchmarks are fed with, as JSON in pieces."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

_TWO_YEARS: Final = 2 * 365 * 86400
_SNAPSHOTS_OF_A_VOLUME: Final = 5
_ENVIRONMENTS: Final = ("production", "staging", "development")
_TEAMS: Final = 20


def _uuid(kind: int, number: int) -> str:
    return f"{kind:08x}-2f3d-4c1a-9b7e-{number * 2654435761 % 2**48:012x}"


def snapshots(number: int, now: float) -> list[bytes]:
    """Return rows of Gcore's list of snapshots, some 590 bytes each.

    No two were created in the same moment, five belong to a volume, and there are 60 lists of tags.

    Args:
        number: how many rows.
        now: Unix seconds; the rows are from the two years before.
    """
    return [_snapshot(one, now - (one + 1) * _TWO_YEARS / (number + 1)) for one in range(number)]


def _snapshot(number: int, created: float) -> bytes:
    moment = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    row = {
        "id": _uuid(1, number),
        "name": f"nightly-backup-of-the-volume-{number:07}",
        "description": "Created by the lifecycle policy",
        "status": "error" if number % 1000 == 0 else "available",
        "size": 10 + number % 491,
        "volume_id": _uuid(2, number // _SNAPSHOTS_OF_A_VOLUME),
        "created_at": moment,
        "updated_at": moment,
        "creator_task_id": _uuid(3, number),
        "task_id": None,
        "metadata": {"env": _ENVIRONMENTS[number % 3], "team": f"team-{number // 3 % _TEAMS}"},
        "tags": [
            {"key": "env", "value": _ENVIRONMENTS[number % 3], "read_only": False},
            {"key": "team", "value": f"team-{number // 3 % _TEAMS}", "read_only": False},
        ],
        "project_id": 1337,
        "region_id": 7,
        "region": "Luxembourg-2",
    }
    return json.dumps(row, separators=(",", ":")).encode()


def elasticsearch(number: int, now: float) -> list[bytes]:
    """Return as many snapshots as Elasticsearch lists them, of the same size; `now` as above."""
    return [_backup(one, now - (number - one) * _TWO_YEARS / number) for one in range(number)]


def _backup(number: int, started: float) -> bytes:
    begin, end = (datetime.fromtimestamp(started + wait, UTC).isoformat() for wait in (0, 60))
    row = {
        "snapshot": f"nightly-backup-{number:07}",
        "uuid": _uuid(1, number),
        "repository": "backups",
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
