"""The fake account, and what is true of it: the samples that a scrape of it has to show.

The figures are computed from the rows by looking at all of them for each; no code of the exporter
takes part.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.factories import account_of, identifier, snapshot_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exporter.demo import Account, Place, Row

    Labels = frozenset[tuple[str, str]]
    Samples = dict[tuple[str, Labels], float]

GIB: Final = 1 << 30
STATUSES: Final = (
    "available",
    "backing-up",
    "creating",
    "deleted",
    "deleting",
    "error",
    "error_deleting",
    "restoring",
    "unmanaging",
)
USABLE: Final = {"available", "backing-up", "restoring"}

OWN_KEY: Final[Sequence[Place]] = ((2024, 4), (2024, 5))
"""Places that are read with a key of their own."""

LARGE: Final[Place] = (1337, 1)
PLACES: Final[Sequence[Place]] = (LARGE, (1337, 2), (1337, 3), *OWN_KEY)
"""Project and region of each target; the first has three pages, the third none."""

_SIZES: Final[dict[Place, int]] = dict(zip(PLACES, (120, 30, 0, 45, 70), strict=True))
_BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)


def fake_account() -> Account:
    """Return the account, which is the same each time."""
    account = account_of({place: list(_rows(place)) for place in PLACES})
    for region in account.regions:
        region["display_name"] = f"Region {region['id']}"
    return account


def _rows(place: Place) -> Iterable[Row]:
    project, region = place
    for number in range(_SIZES[place]):
        made = _BEGIN + timedelta(hours=37 * number % 4001, seconds=region)
        tags = [{"key": "env", "value": ("prod", "dev")[number % 2], "read_only": False}]
        yield snapshot_row(
            region * 1000 + number,
            status=STATUSES[number % 7],
            size=1 + number * 7 % 50,
            volume_id=identifier(region * 10**6 + number % 11),
            created_at=made.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            project_id=project,
            region_id=region,
            region=f"Region {region}",
            tags=tags if number % 3 else [],
        )


def true_samples(account: Account, place: Place) -> Samples:
    """Return all samples of a target's snapshots but the ages."""
    rows = account.sites[place].snapshots
    project, region = place
    where = {"project_id": str(project), "region_id": str(region), "region": f"Region {region}"}
    found: Samples = {}

    def put(name: str, value: float | None, **labels: str) -> None:
        if value is not None:
            found[f"gcore_{name}", frozenset({**where, **labels}.items())] = value

    for status in STATUSES:
        of_status = [row for row in rows if row["status"] == status]
        put("snapshots", len(of_status), status=status)
        put("snapshots_size_bytes", _size(of_status), status=status)
    put("snapshots_largest_size_bytes", _largest(rows))
    put("snapshots_oldest_timestamp_seconds", _oldest(rows))
    put("snapshots_newest_timestamp_seconds", _newest(rows))
    put("snapshots_reported", len(rows))
    put("snapshots_incomplete", 0)
    for kind in ("volume", "snapshot", "tag"):
        put("scrape_omitted_objects", 0, kind=kind)
    for (key, value), bearers in _by_tag(rows).items():
        tag = {"tag_key": key, "tag_value": value}
        put("snapshots_tagged", len(bearers), **tag)
        put("snapshots_tagged_size_bytes", _size(bearers), **tag)
        put("snapshots_tagged_newest_timestamp_seconds", _newest(bearers), **tag)
    for volume_id, ours in _by_volume(rows).items():
        put("volume_snapshots", len(ours), volume_id=volume_id)
        put("volume_snapshots_size_bytes", _size(ours), volume_id=volume_id)
        put("volume_snapshots_largest_size_bytes", _largest(ours), volume_id=volume_id)
        put("volume_snapshots_newest_timestamp_seconds", _newest(ours), volume_id=volume_id)
        put("volume_snapshots_oldest_timestamp_seconds", _oldest(ours), volume_id=volume_id)
    for row in rows:
        of = {"snapshot_id": row["id"], "volume_id": row["volume_id"]}
        put("snapshot_info", 1, **of, snapshot_name=row["name"])
        put("snapshot_status", 1, **of, status=row["status"])
        put("snapshot_size_bytes", row["size"] * GIB, **of)
        put("snapshot_created_timestamp_seconds", _created(row), **of)
    return found


def _created(row: Row) -> float:
    return datetime.strptime(row["created_at"], "%Y-%m-%dT%H:%M:%S%z").timestamp()


def _size(rows: Iterable[Row]) -> int:
    return sum(int(row["size"]) for row in rows) * GIB


def _largest(rows: Iterable[Row]) -> int | None:
    return max((row["size"] * GIB for row in rows), default=None)


def _oldest(rows: Iterable[Row]) -> float | None:
    return min(map(_created, rows), default=None)


def _newest(rows: Iterable[Row]) -> float | None:
    return max((_created(row) for row in rows if row["status"] in USABLE), default=None)


def _by_volume(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row["volume_id"]].append(row)
    return found


def _by_tag(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found = defaultdict(list)
    for row in rows:
        for tag in row["tags"]:
            found[tag["key"], tag["value"]].append(row)
    return found
