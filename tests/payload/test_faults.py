"""Bodies that are no page, and what is told of them."""

from __future__ import annotations

import json

import pytest

from exporter.errors import ReadError, Reason
from exporter.payload import decode_page, decode_regions
from tests.payload.samples import DEEP, ROW, fault_of, page_of, row_with


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>Bad Gateway</title></html>",
        b"null",
        b"[]",
        b'"text"',
        page_of(ROW)[:-5],
        page_of(ROW) + b"x",
        b'{"count": NaN, "results": []}',
        row_with("size", "NaN"),
        row_with("other", "-Infinity"),
        row_with("size", "01"),
        DEEP,
        b'{"count": 1, "results": ' + DEEP,
        row_with("other", '"\\ud800"') + DEEP,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_no_json(body: bytes) -> None:
    """What is no JSON object is told as that, however deep, and in words without its content."""
    assert fault_of(body) == "the answer is no JSON object, or was cut short"


@pytest.mark.parametrize("field", ["name", "other", "tags"])
def test_no_utf8(field: str) -> None:
    """Bytes that are no UTF-8 spoil the page, also in a field that is not used."""
    body = row_with(field, '"ä-cut"').replace("ä".encode(), b"\xc3")
    assert fault_of(body) == "the answer is not UTF-8"


def test_utf8_across_the_reader_s_chunks() -> None:
    """A character that lies across two chunks of the check is no fault; half of one at the end is.

    The chunks have 1 MiB; the body is shifted byte by byte over their border.
    """
    for shift in range(4):
        name = "x" * shift + "\U0001f600" * (1 << 18)
        body = json.dumps({"count": 1, "results": [{"id": name}]}, ensure_ascii=False).encode()
        assert decode_page(body, 1).results[0].id == name
    assert fault_of("ä".encode()[:1]) == "the answer is not UTF-8"


@pytest.mark.parametrize("count", [None, "3", True, -1, 1.5, [], 10_000_001, 10**30])
def test_bad_count(count: object) -> None:
    """A `count` that is no plausible number spoils the page."""
    expected = "the answer has no `count` that is a whole number from 0 to 10 million"
    assert fault_of(page_of(ROW, count=count)) == expected


def test_no_count() -> None:
    """The same holds where there is none."""
    assert "`count`" in fault_of(b'{"results": []}')


@pytest.mark.parametrize("results", [b"null", b"{}", b'"x"', b"3", b""])
def test_bad_results(results: bytes) -> None:
    """`results` must be there and a list."""
    body = b'{"count": 1, "results": ' + results + b"}" if results else b'{"count": 1}'
    assert fault_of(body) == "the answer has no `results` that is a list"


@pytest.mark.parametrize("row", [None, 3, "x", [], True])
def test_row_that_is_no_object(row: object) -> None:
    """A row that is no object spoils the page, and the words say which row."""
    assert fault_of(page_of(ROW, row)) == "the answer has a row 2 that is no object"


@pytest.mark.parametrize("identifier", [None, "", 3, [], True])
def test_row_without_an_id(identifier: object) -> None:
    """So does a row without a usable id."""
    body = page_of(ROW, {**ROW, "id": identifier})
    assert fault_of(body) == "the answer has a row 2 without a usable `id`"
    assert "without a usable `id`" in fault_of(page_of({"name": "x"}))


@pytest.mark.parametrize("size", [20, 20.5])
def test_more_rows_than_asked_for(size: float) -> None:
    """A page larger than asked for is refused, whether its rows are exact or odd."""
    body = page_of(*[{**ROW, "size": size}] * 3)
    assert len(decode_page(body, 3).results) == 3
    assert fault_of(body, 2) == "the answer has 3 rows, though at most 2 were asked for"


@pytest.mark.parametrize("filler", [b'{"id":"a"}', b"[]", b"0"])
def test_dense_body(filler: bytes) -> None:
    """A large body of tiny values is refused before it fills the memory."""
    body = b'{"count": 1, "results": [' + (filler + b",") * (2 << 20) + filler + b"]}"
    assert fault_of(body) == "the answer holds far more values than a page can have"


def test_large_body_of_few_values() -> None:
    """Long names alone are no fault."""
    page = decode_page(page_of({**ROW, "name": "x" * (3 << 20)}), 1)
    assert len(page.results) == 1


def test_large_body_with_a_lone_surrogate() -> None:
    """The costly reader is not given a large body."""
    assert "no JSON object" in fault_of(page_of({**ROW, "name": "x" * (5 << 20) + "\ud800"}))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (page_of({"display_name": "x"}), "without a usable `id`"),
        (page_of({"id": "7"}), "without a usable `id`"),
        (page_of({"id": 7.5}), "without a usable `id`"),
        (page_of(3), "that is no object"),
        (page_of({"id": 7}, {"id": 8}), "has 2 rows"),
        (page_of({"id": "7"}, {"id": 8}), "has 2 rows"),
        (b"x", "no JSON object"),
    ],
)
def test_bad_regions(body: bytes, words: str) -> None:
    """Faults of a page of regions are told as those of snapshots."""
    with pytest.raises(ReadError, match=words) as caught:
        decode_regions(body, 1)
    assert caught.value.reason is Reason.PAYLOAD
