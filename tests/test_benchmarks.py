"""The benchmarks run; what they measure, a test does not judge."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import benchmarks
from benchmarks.__main__ import main
from benchmarks.pages import Pages, region_ids
from benchmarks.rows import elasticsearch, snapshots
from benchmarks.stages import CHOOSING, DECODING, FOLD, NETWORK, TEXT, WALK, measure, table
from tests.processes import NEEDS_PROC

ROOT = Path(benchmarks.__file__).parents[1]
NOW = 1_750_000_000.0


def body(pages: Pages, target: str) -> bytes:
    """Return the body of an answer."""
    return pages.answer(target).partition(b"\r\n\r\n")[2]


def results(pages: Pages, region: int, query: str) -> list[dict[str, Any]]:
    """Return the rows of a page."""
    rows: list[dict[str, Any]] = json.loads(
        body(pages, f"/cloud/v1/snapshots/1337/{region}?{query}")
    )["results"]
    return rows


@NEEDS_PROC
def test_parts_at_tiny_size(tmp_path: Path) -> None:
    """Pages are served, ours and the baselines read them whole, and the figures are written."""
    file = tmp_path / "figures.json"
    parts = ("no delay", "distinct tags", "sweep", "start", "health during a scrape")
    command = [sys.executable, "-m", "benchmarks", "--rounds=1", "--scale=0.001"]
    command += [f"--json={file}", *(f"--only={part}" for part in parts)]
    printed = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    figures = json.loads(file.read_text())
    assert tuple(figures) == parts
    for part in parts:
        assert f"\n{part}: " in printed
    for subject in ("exporter, 8 in flight", "floor", "loop"):
        one = figures["no delay"][subject]
        assert min(*one["seconds"], one["megabytes"]) > 0
        assert f"| {subject} | " in printed
    assert figures["no delay"]["exporter, 8 in flight"]["samples"] > 100
    assert list(figures["sweep"]) == ["1", "10", "30", "100", "300", "1000"]
    assert list(figures["health during a scrape"]) == ["/-/healthy", "/"]


@NEEDS_PROC
@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--rounds=0", "at least 1"),
        ("--scale=0", "more than 0"),
        ("--scale=nan", "more than 0"),
        ("--only=nothing", "invalid choice"),
        ("--plot=picture.svg", "needs matplotlib"),
    ],
)
def test_what_cannot_be_measured_is_told_first(
    option: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after minutes."""
    monkeypatch.setattr("benchmarks.__main__.find_spec", lambda _name: None)
    with pytest.raises(SystemExit):
        main([option])
    assert words in capsys.readouterr().err


async def test_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stage is found in the exporter as it is, and takes some time of its own."""
    monkeypatch.chdir(ROOT)
    measured = await measure(2000, 2, 1)
    for stage in (NETWORK, DECODING, WALK, FOLD, CHOOSING, TEXT):
        assert measured[0][stage] > 0, stage
    assert "| all | " in table(measured)


def test_regions_have_nothing_in_common() -> None:
    """No text that tells snapshots apart is the same in two regions, or a cache would look good."""
    pages = Pages(snapshots(30, NOW), 2, compressed=False)
    first, second = (results(pages, region, "limit=1000&offset=0") for region in region_ids(2))
    assert len(first) == len(second) == 30
    for name in ("id", "name", "volume_id", "created_at", "region", "region_id"):
        assert not {row[name] for row in first} & {row[name] for row in second}, name


def test_rows_of_a_page() -> None:
    """A page has the rows asked for and the number of all; compressed, it is the same."""
    rows = snapshots(30, NOW, tag_values=7)
    plain, compressed = (Pages(rows, 1, compressed=packed) for packed in (False, True))
    [region] = region_ids(1)
    page = results(plain, region, "limit=10&offset=5")
    assert [row["size"] for row in page] == list(range(15, 25))
    assert {tag["value"] for row in page for tag in row["tags"]} == {
        f"run-{n:07}" for n in range(7)
    }
    target = f"/cloud/v1/snapshots/1337/{region}?limit=10&offset=5"
    assert gzip.decompress(body(compressed, target)) == body(plain, target)
    assert json.loads(body(plain, target))["count"] == 30


@pytest.mark.parametrize("name", ["snapshot", "uuid", "repository"])
def test_repositories_have_nothing_in_common(name: str) -> None:
    """The look-alike of Elasticsearch lists other snapshots in each of its repositories."""
    pages = Pages(elasticsearch(30, NOW), 2, compressed=False)
    seen: list[set[str]] = [
        {row[name] for row in json.loads(body(pages, f"/_snapshot/{repository}/_all"))["snapshots"]}
        for repository in json.loads(body(pages, "/_snapshot"))
    ]
    first, second = seen
    assert first
    assert not first & second
