"""What holds for any body."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ReadError, Reason
from exporter.models import MAX_COUNT, MAX_SIZE_GIB, Page, RegionPage
from exporter.payload import decode_page, decode_regions
from tests.payload.samples import ROW, TEXT_FIELDS, plain, row_with

if TYPE_CHECKING:
    from collections.abc import Callable

    Decode = Callable[[bytes, int], Page | RegionPage]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
odd_rows = st.fixed_dictionaries(
    {}, optional={name: json_values | st.just(value) for name, value in ROW.items()}
)
odd_pages = st.fixed_dictionaries(
    {}, optional={"count": json_values | st.just(3), "results": st.lists(odd_rows | json_values)}
)


def outcome_of(decode: Decode, body: bytes) -> Page | RegionPage | ReadError:
    """Return what a page of at most 3 rows is read as, or the error."""
    try:
        return decode(body, 3)
    except ReadError as error:
        return error


@pytest.mark.parametrize("decode", [decode_page, decode_regions])
@given(
    body=st.binary()
    | odd_pages.map(lambda page: json.dumps(page).encode())
    | st.text(st.characters(), min_size=1).map(lambda text: row_with("name", text))
)
def test_anything_is_a_page_or_a_read_error(decode: Decode, body: bytes) -> None:
    """Whatever the API sends, there is a page, or a `ReadError` with reason `payload`."""
    outcome = outcome_of(decode, body)
    if isinstance(outcome, ReadError):
        assert outcome.reason is Reason.PAYLOAD
        assert outcome.__context__ is None
    else:
        assert len(outcome.results) <= 3
        assert 0 <= outcome.count <= MAX_COUNT


good_text = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
good_rows = st.fixed_dictionaries(
    {"id": st.text(st.characters(exclude_categories=["Cs"]), min_size=1)},
    optional={
        **dict.fromkeys(TEXT_FIELDS, good_text),
        "size": st.none() | st.integers(0, MAX_SIZE_GIB),
        "tags": st.lists(st.fixed_dictionaries({"key": good_text, "value": good_text})),
    },
)


@given(rows=st.lists(good_rows), count=st.integers(0, MAX_COUNT), escaped=st.booleans())
def test_tolerant_reading_agrees_with_exact_reading(
    rows: list[dict[str, object]], count: int, *, escaped: bool
) -> None:
    """A good row is read the same whether its page is exact, odd, or has a lone surrogate."""

    def body(*more: object) -> bytes:
        page = {"count": count, "results": [*rows, *more]}
        return json.dumps(page, ensure_ascii=escaped or bool(more)).encode()

    exact = decode_page(body(), len(rows))
    assert exact.count == count
    for odd in ({"id": "z", "size": math.pi}, {"id": "z", "other": "\ud800"}):
        tolerant = decode_page(body(odd), len(rows) + 1)
        assert tolerant.count == count
        for one, other in zip(plain(tolerant)[:-1], plain(exact), strict=True):
            assert {**one, "tags": None} == {**other, "tags": None}
            assert _loads(one["tags"]) == _loads(other["tags"])


def _loads(tags: object) -> object:
    return json.loads(tags) if isinstance(tags, bytes) and tags else None
