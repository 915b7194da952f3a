"""Rows: exact ones, and odd ones that cost no more than their odd fields."""

from __future__ import annotations

import json

import pytest

from exporter.models import GIB, MAX_SIZE_GIB, Page, Region, RegionPage, Snapshot
from exporter.payload import decode_page, decode_regions
from tests.payload.samples import ROW, TEXT_FIELDS, page_of, plain, row_with


def test_page_as_documented() -> None:
    """Every field that is used is taken, unknown ones are passed over."""
    page = decode_page(page_of({**ROW, "new_field": {"a": [1]}}, count=7), 10)
    assert page.count == 7
    (row,) = page.results
    assert (row.id, row.name, row.status, row.size) == ("726ecfcc", "my-snapshot", "available", 20)
    assert row.created_at == "2019-05-29T05:32:41+0000"
    assert (row.volume_id, row.region) == ("67baa7d1", "Luxembourg 1")
    assert json.loads(bytes(row.tags)) == ROW["tags"]


def test_row_with_only_an_id() -> None:
    """What is absent is None: older servers leave fields out."""
    assert plain(decode_page(page_of({"id": "a"}), 1)) == plain(Page(1, [Snapshot("a")]))


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize("value", ["null", "1", "true", "[]", "{}", "1e999"])
def test_field_of_a_wrong_type(field: str, value: str) -> None:
    """A text that is none is left out; the row and its other fields stay."""
    page = decode_page(row_with(field, value), 1)
    expected = {**plain(decode_page(page_of(ROW), 1))[0], field: None}
    assert plain(page) == [expected]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20", 20),
        ("20.0", 20),
        ("2e1", 20),
        ("0", 0),
        (str(MAX_SIZE_GIB), MAX_SIZE_GIB),
        (str(MAX_SIZE_GIB + 1), None),
        ("20.5", None),
        ("-1", None),
        ("-0.5", None),
        ("true", None),
        ("null", None),
        ('"20"', None),
        ("[20]", None),
        ("1e999", None),
        ("9" * 30, None),
        ("9" * 5000, None),
    ],
)
def test_size(text: str, size: int | None) -> None:
    """A size is a whole number of GiB whose bytes a metric holds exactly, or unknown."""
    assert MAX_SIZE_GIB * GIB == 2**53
    assert [row.size for row in decode_page(row_with("size", text), 1).results] == [size]


@pytest.mark.parametrize("tags", ["null", "3", "{}", '"x"', "[1]", '[ {"key": 1} ]'])
def test_tags_stay_as_sent(tags: str) -> None:
    """Tags are not looked into here, also in a row that is read field by field."""
    for body in (row_with("tags", tags), row_with("tags", tags).replace(b"20,", b"20.0,")):
        assert [bytes(row.tags) for row in decode_page(body, 1).results] == [tags.encode()]


def test_one_odd_row_costs_no_other() -> None:
    """Only the odd field of the odd row is left out of a page."""
    page = decode_page(page_of(ROW, {**ROW, "size": "big"}, ROW, count=3), 3)
    assert [row.size for row in page.results] == [20, None, 20]


@pytest.mark.parametrize("text", [r'"\ud800"', r'"a\udc00b\ud83d\ude00"'])
@pytest.mark.parametrize("field", ["name", "description", "tags"])
def test_lone_surrogates(field: str, text: str) -> None:
    """A lone surrogate, in any field, becomes U+FFFD; true pairs and the other fields stay."""
    (row,) = decode_page(row_with(field, text), 1).results
    assert (row.id, row.size) == ("726ecfcc", 20)
    if field == "name":
        assert row.name == {6: "\ufffd"}.get(len(text) - 2, "a\ufffdb\U0001f600")
    if field == "tags":
        assert "\ufffd" in bytes(row.tags).decode()


def test_lone_surrogate_beside_odd_numbers() -> None:
    """Numbers that Python would not read, or not write again, cost only their own fields."""
    body = page_of({**ROW, "name": "\ud800", "size": "PLACE"}, {**ROW, "size": 20.0}, count=2)
    for number in (b"9" * 5000, b"1e999", b"-1e999"):
        page = decode_page(body.replace(b'"PLACE"', number), 2)
        assert [row.size for row in page.results] == [None, 20]
        assert page.results[0].name == "\ufffd"


def test_regions() -> None:
    """Regions are read with their name and state; odd fields of theirs are left out."""
    good = {"id": 7, "display_name": "Luxembourg 1", "state": "ACTIVE", "country": "LU"}
    exact = decode_regions(page_of(good, {"id": 8}, count=2), 2)
    assert exact == RegionPage(2, [Region(7, "Luxembourg 1", "ACTIVE"), Region(8)])
    odd = decode_regions(page_of(good, {"id": 8.0, "display_name": 3, "state": None}, count=2), 2)
    assert odd == exact
