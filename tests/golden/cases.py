"""The accounts and configurations of the golden tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from exporter.demo import Account, Site
from exporter.demo.faults import raw, status
from tests.factories import account_of, identifier, region_row, snapshot_row, snapshot_rows

if TYPE_CHECKING:
    from exporter.demo import Faults, Row

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
"""The moment at which every golden test's clock stands still."""

HOME: Final = (1337, 7)


@dataclass(frozen=True)
class Case:
    """One golden test.

    Attributes:
        targets: the configuration's part below ``targets:``, and what else it says.
        scrapes: how many scrapes lead to the expected exposition.
    """

    name: str
    targets: str
    account: Account
    faults: Faults = field(default_factory=dict)
    scrapes: int = 1


ONE_REGION: Final = """
targets:
  - project_id: 1337
    regions: [7]
"""


def at(days: float, **fields: object) -> Row:
    """Return fields of a snapshot that was made so many days before the frozen now."""
    made = datetime.fromtimestamp(NOW - days * 86400, tz=UTC)
    return {"created_at": made.strftime("%Y-%m-%dT%H:%M:%S+0000"), **fields}


def ordinary() -> Case:
    """Two volumes, daily and weekly, in one region."""
    rows = [
        snapshot_row(1, **at(0.5, volume_id=identifier(100), size=20)),
        snapshot_row(2, **at(1.5, volume_id=identifier(100), size=20)),
        snapshot_row(3, **at(2.5, volume_id=identifier(100), size=20, status="error")),
        snapshot_row(4, **at(8, volume_id=identifier(200), size=2000)),
        snapshot_row(5, **at(400, volume_id=identifier(200), size=1000)),
    ]
    tag = {"key": "team", "value": "search", "read_only": False}
    for row in rows[:3]:
        row["tags"] = [tag, {"key": "env", "value": "production", "read_only": False}]
    rows[3]["tags"] = [tag]
    return Case("ordinary", ONE_REGION, account_of({HOME: rows}))


def empty() -> Case:
    """A region without a snapshot: counts of 0, and no time, size or age at all."""
    return Case("empty", ONE_REGION, account_of({HOME: []}))


def awkward() -> Case:
    """Every field odd once; each snapshot still counts."""
    rows = [
        snapshot_row(1, **at(1, size=None)),
        snapshot_row(2, **at(1, size=-5)),
        snapshot_row(3, **at(1, size="20")),
        snapshot_row(4, created_at=None),
        snapshot_row(5, created_at="yesterday"),
        snapshot_row(6, created_at="1970-01-01T00:00:00+0000"),
        snapshot_row(7, created_at="2027-01-01T00:00:00Z"),
        snapshot_row(8, **at(-0.5, name="from the future")),
        snapshot_row(9, created_at="2026-02-28T12:00:00", name="no zone"),
        snapshot_row(10, created_at="2026-02-28T13:30:00.123+01:30", name="another zone"),
        snapshot_row(11, **at(2, status=None)),
        snapshot_row(12, **at(2, status="awaiting-transfer")),
        snapshot_row(13, **at(2, status="no such status, and a long one")),
        snapshot_row(14, **at(2, volume_id=None)),
        snapshot_row(15, **at(2, name='quote " slash \\ line\nbreak äöü 🚀')),
        snapshot_row(16, **at(2, name=msgspec.Raw(b'"half a \\ud83d surrogate"'))),
        snapshot_row(17, **at(2, name="x" * 2000)),
        snapshot_row(18, **at(2, tags={"a": "map"})),
        snapshot_row(19, **at(2, tags=[{"key": "env"}, 7, {"key": "env", "value": "test"}])),
        {"id": identifier(20)},
    ]
    return Case("awkward", ONE_REGION, account_of({HOME: rows}))


def worst_first() -> Case:
    """More objects than the limits: the worst by each measure are there, the rest is counted."""
    rows = [
        snapshot_row(
            number,
            **at(
                number,
                size=5000 if number == 7 else 10 + number,
                volume_id=identifier(100 + number // 3),
                status="error" if number in {4, 11} else "available",
                tags=[
                    {"key": "env", "value": f"stage-{number % 5}", "read_only": False},
                    {"key": "team", "value": "search" if number % 2 else "ads", "read_only": False},
                    {"key": "os_type", "value": "linux", "read_only": True},
                ][: number % 4],
            ),
        )
        for number in range(1, 25)
    ]
    limits = """
series:
  volumes: 2
  snapshots: 3
  tags: {limit: 4, keys: [env, team], read_only: false}
  age_buckets: [1d, 1w, 2w]
"""
    return Case("worst_first", ONE_REGION + limits, account_of({HOME: rows}))


def selections() -> Case:
    """All regions less one, a region in maintenance, and a selection of one volume."""
    account = account_of(
        {
            (1337, 7): snapshot_rows(3, **at(3)),
            (1337, 12): [snapshot_row(10, **at(1, volume_id=identifier(77)))],
            (1337, 9): snapshot_rows(2, **at(2)),
        }
    )
    account.regions = [
        region_row(7, display_name="Luxembourg 1"),
        region_row(9),
        region_row(12, state="MAINTENANCE"),
        region_row(15, state="NEW"),
    ]
    targets = f"""
targets:
  - project_id: 1337
    regions: all
    exclude_regions: [9]
  - project_id: 1337
    regions: [{{id: 12, name: Frankfurt}}]
    selection:
      name: one volume
      volume_id: {identifier(77)}
series: {{volumes: 0, snapshots: 0, tags: {{limit: 0}}}}
"""
    return Case("selections", targets, account, scrapes=2)


def failing() -> Case:
    """One region refused, one unknown, one that answers nonsense, and one that is well."""
    account = account_of({(1337, region): snapshot_rows(2, **at(1)) for region in (7, 8, 9)})
    targets = """
targets:
  - project_id: 1337
    regions: [7, 8, 9, 10]
series: {volumes: 0, snapshots: 0}
"""
    return Case(
        "failing",
        targets,
        account,
        {(1337, 8): status(403), (1337, 9): raw(b"<html>maintenance</html>")},
        scrapes=2,
    )


def regions_unknown() -> Case:
    """`regions: all` while the list of regions cannot be read, beside a region with an id."""
    targets = """
targets:
  - project_id: 1337
    regions: all
  - project_id: 2024
    regions: [7]
"""
    account = Account(sites={(2024, 7): Site(snapshots=[snapshot_row(1, **at(1))])})
    return Case("regions_unknown", targets, account, {"regions": status(403)}, scrapes=2)


CASES: Final = [
    ordinary(),
    empty(),
    awkward(),
    worst_first(),
    selections(),
    failing(),
    regions_unknown(),
]
