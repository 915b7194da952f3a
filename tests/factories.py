"""Small accounts and rows for tests: what the API would send, with only what a test is about."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from exporter.demo import Account, Place, Row, Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def identifier(number: int) -> str:
    """Return the UUID that stands for this number in tests."""
    return str(UUID(int=number))


def snapshot_row(number: int = 1, **overrides: object) -> Row:
    """Return a row of the snapshot list; rows of other numbers have other ids and names."""
    row: Row = {
        "id": identifier(number),
        "name": f"snapshot-{number}",
        "description": None,
        "status": "available",
        "size": 20,
        "volume_id": identifier(1000),
        "created_at": "2024-05-29T05:32:41+0000",
        "updated_at": "2024-05-29T05:39:20+0000",
        "project_id": 1337,
        "region_id": 7,
        "region": "Luxembourg 1",
        "tags": [],
        "task_id": None,
        "creator_task_id": identifier(2000),
    }
    return row | overrides


def snapshot_rows(count: int, **overrides: object) -> list[Row]:
    """Return so many rows, numbered from 1."""
    return [snapshot_row(number, **overrides) for number in range(1, count + 1)]


def region_row(region_id: int, **overrides: object) -> Row:
    """Return a row of the list of regions."""
    row: Row = {"id": region_id, "display_name": f"Region {region_id}", "state": "ACTIVE"}
    return row | overrides


def account_of(snapshots: Mapping[Place, Iterable[Row]]) -> Account:
    """Return an account with these snapshots, and just the projects and regions they lie in."""
    return Account(
        projects=[{"id": number} for number in sorted({project for project, _ in snapshots})],
        regions=[region_row(number) for number in sorted({region for _, region in snapshots})],
        sites={place: Site(snapshots=list(rows)) for place, rows in snapshots.items()},
    )
