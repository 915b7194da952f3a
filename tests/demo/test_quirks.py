"""The sample account is as awkward as the real one."""

from __future__ import annotations

import re

import pytest

from exporter.demo import Row, sample_account
from exporter.demo.mint import Mint
from exporter.demo.quirks import make_awkward
from tests.factories import snapshot_rows

KNOWN = set(snapshot_rows(1)[0])


@pytest.fixture(params=[1, 2, 77], scope="module")
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """The snapshots of the sample's big region, for some seeds."""
    return sample_account(1_750_000_000.0, seed=request.param).sites[1337, 76].snapshots


def test_forms_of_dates(rows: list[Row]) -> None:
    """Most dates have the zone +0000; a few have Z, a fraction or no zone, one is garbage."""
    day_and_time = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d"
    forms = {
        "plain": re.compile(day_and_time + r"\+0000"),
        "zulu": re.compile(day_and_time + "Z"),
        "fraction": re.compile(day_and_time + r"\.\d+\+00:00"),
        "no zone": re.compile(day_and_time),
    }
    dates = [row["created_at"] for row in rows]
    counts = {
        name: sum(form.fullmatch(date) is not None for date in dates)
        for name, form in forms.items()
    }
    assert counts.pop("plain") == len(rows) - 61
    assert counts == {"zulu": 20, "fraction": 20, "no zone": 20}


def test_nulls(rows: list[Row]) -> None:
    """Descriptions, tasks and updates are null in some rows only, a size in one."""
    for field in ("description", "task_id"):
        assert {row[field] is None for row in rows if field in row} == {True, False}
    assert sum(row["updated_at"] is None for row in rows) == 15
    assert sum(row["size"] is None for row in rows) == 1


def test_absent_fields(rows: list[Row]) -> None:
    """A few rows have no status; a few, of an older server, no tags and no task but metadata."""
    assert sum("status" not in row for row in rows) == 4
    older = [row for row in rows if "tags" not in row]
    assert len(older) == 25
    assert all("task_id" not in row and isinstance(row["metadata"], dict) for row in older)


def test_unknown_fields_and_status(rows: list[Row]) -> None:
    """Some rows have fields that nobody knows, and one a status that nobody knows."""
    assert sum(bool(row.keys() - KNOWN - {"metadata"}) for row in rows) == 25
    assert sum(row.get("status") == "awaiting-transfer" for row in rows) == 1


@pytest.mark.parametrize("character", ['"', "\\", "\n", "💾"])
def test_names(rows: list[Row], character: str) -> None:
    """Some name has what an exposition must escape or encode."""
    assert any(character in row["name"] for row in rows)


def test_a_row_is_changed_at_most_once() -> None:
    """With just as many rows as there are quirks each is changed, hence by one of them only."""
    rows = snapshot_rows(135)
    make_awkward(rows, Mint(0.0, seed=1).random)
    assert all(row != plain for row, plain in zip(rows, snapshot_rows(135), strict=True))


def test_too_few_rows() -> None:
    """With fewer rows than quirks it fails, and leaves nothing half as awkward."""
    rows = snapshot_rows(134)
    with pytest.raises(ValueError, match="larger than population"):
        make_awkward(rows, Mint(0.0, seed=1).random)
    assert rows == snapshot_rows(134)
