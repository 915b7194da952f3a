"""Texts far longer than a label: only their beginning is decoded, and the row stays."""

from __future__ import annotations

import json
import sys

import msgspec
import pytest

from exporter.errors import ReadError
from exporter.payload import decode_page

LARGE = 3 << 20


def body(row: dict[str, object], *, escaped: bool = False, padding: int = 0) -> bytes:
    """Return a page of the row and of one after it; `padding` is a field that nobody knows."""
    rows = [row, {"id": "after", "name": "short", "pad": "x" * padding}]
    return json.dumps({"count": 2, "results": rows}, ensure_ascii=escaped).encode()


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("shift", range(12))
@pytest.mark.parametrize("character", ["x", "é", "数", "💾", '"', "\\", "\n"])
def test_beginning_of_a_long_text(character: str, shift: int, *, escaped: bool) -> None:
    """Wherever the cut falls in a character or its escape, what a label needs is there."""
    text = "a" * shift + character * 100_000
    first, second = decode_page(body({"id": "1", "name": text}, escaped=escaped), 10).results
    assert first.name is not None
    assert text.startswith(first.name[:1024])
    assert 1024 <= len(first.name) <= len(text)
    assert second.name == "short"


@pytest.mark.parametrize("length", [5000, 50_000])
def test_texts_of_a_large_row_are_cut(length: int) -> None:
    """In a large page, where row by row they could come to more than is held at once."""
    fields = ("name", "status", "created_at", "volume_id", "region")
    row: dict[str, object] = {"id": "1", **{name: name[0] * length for name in fields}}
    first, second = decode_page(body(row, padding=LARGE), 10).results
    assert [getattr(first, name) for name in fields] == [name[0] * 1024 for name in fields]
    assert second.name == "short"


def test_every_text_of_a_large_page_is_read() -> None:
    """A page that is read row by row for its size has the same figures."""
    row: dict[str, object] = {
        "id": "1",
        "name": "n" * 2000,
        "status": "available",
        "size": 20,
        "created_at": "2024-05-29T05:32:41+0000",
        "volume_id": "v",
        "region": "Luxembourg 1",
        "tags": [{"key": "env", "value": "prod"}],
    }
    small = decode_page(body(row), 10)
    large = decode_page(body(row, padding=LARGE), 10)
    assert [bytes(one.tags) for one in large.results] == [bytes(one.tags) for one in small.results]
    assert [msgspec.structs.replace(one, tags=msgspec.Raw()) for one in large.results] == [
        msgspec.structs.replace(one, tags=msgspec.Raw()) for one in small.results
    ]


def test_id_of_kilobytes_is_none() -> None:
    """In a large page: ids are kept for the whole walk, and one that long is none."""
    with pytest.raises(ReadError, match="row 1 without a usable `id`"):
        decode_page(body({"id": "i" * 20_000}, padding=LARGE), 10)


def test_rows_do_not_keep_a_large_body() -> None:
    """Tags are copied out of it, since pages wait for others."""
    text = body({"id": "1", "tags": [1]}, padding=LARGE)
    held = sys.getrefcount(text)
    page = decode_page(text, 10)
    assert bytes(page.results[0].tags) == b"[1]"
    assert sys.getrefcount(text) == held


def test_detached_row_does_not_keep_its_page() -> None:
    """The tags of an ordinary page are views into its body; a row that is held has its own."""
    text = body({"id": "1", "tags": [1]})
    held = sys.getrefcount(text)
    row = decode_page(text, 10).results[0]
    assert sys.getrefcount(text) > held
    row = row.detached()
    assert bytes(row.tags) == b"[1]"
    assert sys.getrefcount(text) == held
