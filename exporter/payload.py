"""Turns the body of an answer into rows; nothing but `ReadError` comes out of it.

A good body costs one strict decoding. Only a body that this refuses is read again, row by row and
field by field, so that one odd field costs that field and not the page.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import TYPE_CHECKING, Annotated, Final, NoReturn, TypeVar

import msgspec

from exporter.errors import ReadError, Reason
from exporter.models import MAX_COUNT, MAX_SIZE_GIB, MAX_TEXT, Page, Region, RegionPage, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sized

T = TypeVar("T")

_ABSENT: Final = msgspec.Raw(b"")
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CHUNK: Final = 1 << 20

_SMALL_BODY: Final = 2 << 20
"""Bytes below which no body decodes into much memory; a full page has 0.6 MB. A larger one is
decoded row by row, so that of a text of megabytes no more is decoded than is used."""

_MAX_VALUES: Final = 500_000
"""JSON values that a larger body may hold; a full page has 20,000, with 50 tags a row 170,000."""

_MAX_LAUNDERED: Final = 4 << 20
"""Bytes that the standard library's reader is given: it needs ten times the memory and time."""

_LONG_TEXT: Final = 16 << 10
"""Bytes of a JSON text beyond which only its beginning is decoded; a character takes at most 12."""

_LONG_ROW: Final = 4 << 10
"""Bytes of a row beyond which each of its texts is cut, since some rows are held for a while; an
ordinary one has 0.6 kB."""

_LONGEST_CHARACTER: Final = len(r"\ud83d\ude00")

_MAX_DIGITS: Final = 19
"""Digits of the largest integer that matters here; reading one costs the square of its length."""


class _LooseList(msgspec.Struct, gc=False):
    count: msgspec.Raw = _ABSENT
    results: msgspec.Raw = _ABSENT


class _LooseSnapshot(msgspec.Struct, gc=False):
    id: msgspec.Raw = _ABSENT
    name: msgspec.Raw = _ABSENT
    status: msgspec.Raw = _ABSENT
    size: msgspec.Raw = _ABSENT
    created_at: msgspec.Raw = _ABSENT
    volume_id: msgspec.Raw = _ABSENT
    region: msgspec.Raw = _ABSENT
    tags: msgspec.Raw = _ABSENT


class _LooseRegion(msgspec.Struct, gc=False):
    id: msgspec.Raw = _ABSENT
    display_name: msgspec.Raw = _ABSENT
    state: msgspec.Raw = _ABSENT


_PAGE: Final = msgspec.json.Decoder(Page)
_REGION_PAGE: Final = msgspec.json.Decoder(RegionPage)
_SNAPSHOT: Final = msgspec.json.Decoder(Snapshot)
_REGION: Final = msgspec.json.Decoder(Region)
_LOOSE_LIST: Final = msgspec.json.Decoder(_LooseList)
_LOOSE_SNAPSHOT: Final = msgspec.json.Decoder(_LooseSnapshot)
_LOOSE_REGION: Final = msgspec.json.Decoder(_LooseRegion)
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_COUNT: Final = msgspec.json.Decoder(Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)])
_TEXT: Final = msgspec.json.Decoder(str)
_NUMBER: Final[msgspec.json.Decoder[int | float]] = msgspec.json.Decoder(int | float)


def decode_page(body: bytes | bytearray, limit: int) -> Page:
    """Read a page of the list of snapshots.

    A field of a row that is absent, null or of a wrong type is None; so is a size that is negative,
    has a fraction or is too large (`MAX_SIZE_GIB`). The tags stay as they were sent, whatever they
    are. A lone surrogate becomes U+FFFD here.

    Args:
        body: the whole answer, decompressed. The tags of the rows are views into it.
        limit: rows that were asked for.

    Raises:
        ReadError: `Reason.PAYLOAD`; its words name what is wrong and quote nothing.
    """
    _check_bytes(body)
    page = _decode(_PAGE, body) if len(body) <= _SMALL_BODY else None
    if page is None:
        count, rows = _read_list(body, limit)
        return Page(count, [_read_snapshot(row, number) for number, row in enumerate(rows, 1)])
    _check_length(page.results, limit)
    return page


def decode_regions(body: bytes | bytearray, limit: int) -> RegionPage:
    """Read a page of the list of regions, as tolerantly as `decode_page` does.

    Raises:
        ReadError: `Reason.PAYLOAD`; its words name what is wrong and quote nothing.
    """
    _check_bytes(body)
    page = _decode(_REGION_PAGE, body) if len(body) <= _SMALL_BODY else None
    if page is None:
        count, rows = _read_list(body, limit)
        return RegionPage(count, [_read_region(row, number) for number, row in enumerate(rows, 1)])
    _check_length(page.results, limit)
    return page


def _refuse(what: str) -> NoReturn:
    message = f"the answer {what}"
    raise ReadError(Reason.PAYLOAD, message)


def _check_bytes(body: bytes | bytearray) -> None:
    """Refuse what is no UTF-8 (the decoders skip over unknown fields) or would fill the memory."""
    if not body.isascii() and not _is_utf8(body):
        _refuse("is not UTF-8")
    if len(body) > _SMALL_BODY and sum(map(body.count, (b",", b"{", b"["))) > _MAX_VALUES:
        _refuse("holds far more values than a page can have")


def _is_utf8(body: bytes | bytearray) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _CHUNK):  # As one text it could take four times as much.
            decoder.decode(body[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _check_length(rows: Sized, limit: int) -> None:
    if len(rows) > limit:
        _refuse(f"has {len(rows)} rows, though at most {limit} were asked for")


def _read_list(body: bytes | bytearray, limit: int) -> tuple[int, list[msgspec.Raw]]:
    """Return `count` and the undecoded rows of a body that is not exactly as documented."""
    outer = _read_outer(body)
    count = _decode(_COUNT, outer.count)
    if count is None:
        _refuse("has no `count` that is a whole number from 0 to 10 million")
    rows = _decode(_ROWS, outer.results)
    if rows is None:
        _refuse("has no `results` that is a list")
    _check_length(rows, limit)
    if len(body) > _SMALL_BODY:  # Rows that wait for others must not keep the whole body.
        rows = [row.copy() for row in rows]
    return count, rows


def _read_outer(body: bytes | bytearray) -> _LooseList:
    outer = _decode(_LOOSE_LIST, body) or _decode(_LOOSE_LIST, _launder(body))
    return outer or _refuse("is no JSON object, or was cut short")


def _read_snapshot(raw: msgspec.Raw, number: int) -> Snapshot:
    exact = _decode(_SNAPSHOT, raw) if len(raw) <= _LONG_ROW else None
    if exact is not None:
        return exact
    row = _decode(_LOOSE_SNAPSHOT, raw)
    if row is None:
        _refuse(f"has a row {number} that is no object")
    identifier = _decode(_TEXT, row.id) if len(row.id) <= _LONG_TEXT else None
    if not identifier:
        _refuse(f"has a row {number} without a usable `id`")
    return Snapshot(
        id=identifier,
        name=_read_text(row.name),
        status=_read_text(row.status),
        size=_read_size(row.size),
        created_at=_read_text(row.created_at),
        volume_id=_read_text(row.volume_id),
        region=_read_text(row.region),
        tags=row.tags.copy() if len(raw) > _LONG_TEXT else row.tags,
    )


def _read_region(raw: msgspec.Raw, number: int) -> Region:
    row = _decode(_LOOSE_REGION, raw)
    if row is None:
        _refuse(f"has a row {number} that is no object")
    identifier = _read_whole(row.id)
    if identifier is None:
        _refuse(f"has a row {number} without a usable `id`")
    return Region(identifier, _read_text(row.display_name), _read_text(row.state))


def _read_text(raw: msgspec.Raw) -> str | None:
    """Return as much of a text as is used; None when it is none."""
    if len(raw) <= _LONG_TEXT:
        text = _decode(_TEXT, raw)
        return text and text[:MAX_TEXT]
    head = bytes(memoryview(raw)[:_LONG_TEXT])
    for end in range(_LONG_TEXT, _LONG_TEXT - _LONGEST_CHARACTER, -1):
        text = _decode(_TEXT, head[:end] + b'"')  # It fails in the middle of a character.
        if text is not None:
            return text[:MAX_TEXT]
    return None


def _read_size(raw: msgspec.Raw) -> int | None:
    size = _read_whole(raw)
    return size if size is not None and 0 <= size <= MAX_SIZE_GIB else None


def _read_whole(raw: msgspec.Raw) -> int | None:
    """Return a whole number, also when it is written as ``20.0`` or ``2e1``."""
    number = _decode(_NUMBER, raw)
    return int(number) if number is not None and number == int(number) else None


def _decode(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw | bytes | bytearray) -> T | None:
    """Return what the JSON text holds, or None when it is absent or of another type."""
    try:
        return decoder.decode(raw)
    except _UNREADABLE:
        return None


def _launder(body: bytes | bytearray) -> bytes:
    """Read JSON that msgspec refuses whole, as with a lone surrogate, and write it as it should be.

    NaN and Infinity, which Python reads and writes, stay, and with them the body is refused again.

    Returns:
        Nothing (no bytes) for endless nesting and all else that is no JSON, and for a body that is
        too large for this.
    """
    if len(body) > _MAX_LAUNDERED:
        return b""
    try:
        value = json.loads(body.decode(), parse_float=_finite_float, parse_int=_short_int)
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return b""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()


def _finite_float(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _short_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None
