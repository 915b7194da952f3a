"""Pages for the tests, and what is seen of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from exporter.errors import ReadError, Reason
from exporter.payload import decode_page

if TYPE_CHECKING:
    from exporter.models import Page

ROW: dict[str, object] = {
    "id": "726ecfcc",
    "name": "my-snapshot",
    "status": "available",
    "size": 20,
    "created_at": "2019-05-29T05:32:41+0000",
    "volume_id": "67baa7d1",
    "region": "Luxembourg 1",
    "tags": [{"key": "k", "value": "v", "read_only": False}],
    "task_id": None,
}
TEXT_FIELDS = ["name", "status", "created_at", "volume_id", "region"]
DEEP = b"[" * 100_000


def page_of(*rows: object, count: object = 1) -> bytes:
    """Return the JSON of a page."""
    return json.dumps({"count": count, "results": rows}).encode()


def row_with(field: str, text: str) -> bytes:
    """Return the JSON of a page of one row, one field of which is this JSON text."""
    row = {**ROW, field: "PLACE"}
    return page_of(row).replace(b'"PLACE"', text.encode(errors="surrogatepass"))


def plain(page: Page) -> list[dict[str, object]]:
    """Return rows that can be compared: a `Raw` is only equal to itself."""
    rows = [msgspec.structs.asdict(row) for row in page.results]
    return [{**row, "tags": bytes(row["tags"])} for row in rows]


def fault_of(body: bytes, limit: int = 10) -> str:
    """Return the words of the error that a page of snapshots leads to."""
    with pytest.raises(ReadError) as caught:
        decode_page(body, limit)
    assert caught.value.reason is Reason.PAYLOAD
    assert caught.value.__context__ is None, "a library's error may quote the body"
    return str(caught.value)
