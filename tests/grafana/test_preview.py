"""The pictures' parts: values in words, joined tables, and a page that runs nothing foreign."""

from __future__ import annotations

import pytest

from grafana.preview.cells import Format, duration, words
from grafana.preview.grid import Grid
from grafana.preview.page import page
from tests.grafana.looking import dashboard, panels


@pytest.mark.parametrize(
    ("seconds", "smaller", "expected"),
    [
        (0, 0, "0 seconds"),
        (59, 0, "59 seconds"),
        (3600, 1, "1 hour"),
        (90061, 0, "1 day"),
        (90061, 1, "1 day, 1 hour"),
        (86400 + 60, 1, "1 day"),
        (30 * 86400, 0, "1 month"),
        (400 * 86400, 1, "1 year, 1 month"),
    ],
)
def test_durations_in_words(seconds: float, smaller: int, expected: str) -> None:
    """A duration has its largest unit and so many of the units that follow, zeros left out."""
    assert duration(seconds, smaller) == expected


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "expected"),
    [
        (0.0, "bytes", 1, "0 B"),
        (6.0 * 1024**4, "bytes", 1, "6.0 TiB"),
        (4474.0, "locale", 0, "4,474"),
        (2.5, "percentunit", 0, "250 %"),
        (0.0425, "percentunit", None, "4.25 %"),
        (1500.0, "short", None, "1.50 K"),
    ],
)
def test_values_in_words(value: float, unit: str, decimals: int | None, expected: str) -> None:
    """A value is shown in its unit."""
    assert words(value, unit, decimals) == expected


def test_colour_is_that_of_the_threshold_reached() -> None:
    """A value has the colour of the highest threshold that it reaches, the threshold included."""
    steps: list[dict[str, object]] = [
        {"value": None, "color": "green"},
        {"value": 1, "color": "red"},
    ]
    shape = Format(steps=steps)
    assert shape.colour(0.99) != shape.colour(1.0) == shape.colour(7.0)


def test_table_joins_and_sorts() -> None:
    """Rows of several queries become one by the labels they share; the worst is on top."""
    [panel] = [p for p in panels(dashboard()) if p["title"] == "Least fresh volumes"]
    at = {"project_id": "1", "region_id": "7"}
    ages = [
        {"metric": at | {"region": "Sines", "volume_id": "young"}, "value": [0, "60"]},
        {"metric": at | {"region": "Sines", "volume_id": "bare"}, "value": [0, "10000000000"]},
    ]
    counts = [{"metric": at | {"volume_id": "young"}, "value": [0, "3"]}]
    grid = Grid(panel, {"A": ages, "B": [], "C": counts, "D": []})
    assert grid.columns == ["Volume", "Region", "Project", "Newest usable", "Snapshots"]
    assert [(r["Volume"], r.get("Snapshots")) for r in grid.rows] == [("bare", None), ("young", 3)]
    assert "none usable" in grid.html()


def test_names_cannot_run_in_the_page() -> None:
    """A snapshot's name is shown as text, whatever it is."""
    board = dashboard()
    board["panels"] = [p for p in panels(board) if p["title"] == "Oldest snapshots"]
    number = board["panels"][0]["id"]
    hostile = {"snapshot_name": "<script>alert(1)</script>", "snapshot_id": "1"}
    answers = {(number, "A"): [{"metric": hostile, "value": [0, "1"]}], (number, "B"): []}
    made = page(board, answers, {"Tag key": "team"}, "note", library="")
    assert "&lt;script&gt;alert(1)" in made
    assert "<script>alert" not in made
