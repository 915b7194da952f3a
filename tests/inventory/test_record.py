"""How the odd values of one row are settled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory import KNOWN_STATUSES, Record, Tally, clean_text
from exporter.inventory.record import Rows, status_label
from exporter.models import GIB, MAX_SIZE_GIB, SeriesOptions, Snapshot
from tests.inventory.facts import NOW, STATUSES


def settled(row: Snapshot) -> Record:
    """Return what becomes of one row."""
    tally = Tally(SeriesOptions(), NOW)
    tally.add([row])
    [record] = tally.finish(1).snapshots
    return record


@pytest.mark.parametrize(("status", "label", "usable"), STATUSES)
def test_status_has_a_label_and_says_what_is_usable(
    status: str | None, label: str, *, usable: bool
) -> None:
    """Short and plain statuses pass; a status that is missing is usable, the text is not."""
    assert status_label(status) == label
    rows = Rows([Snapshot(id="a", status=status, created_at="2025-01-01T00:00:00Z")], NOW)
    assert (rows.usable == rows.created) is usable


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("x" * 32, "x" * 32),
        ("x" * 33, "other"),
        ("a-b_c9", "a-b_c9"),
        ("-a", "other"),
        ("_a", "other"),
        ("a\n", "other"),
        ("a.b", "other"),
        ("\N{GREEK SMALL LETTER ALPHA}", "other"),
        ("Available", "Available"),
    ],
)
def test_short_and_plain_has_edges(status: str, label: str) -> None:
    """At most 32 letters, digits, hyphens and underscores, the first one a letter."""
    assert status_label(status) == label


def test_known_statuses_are_those_of_the_api() -> None:
    """The nine of Gcore's SDK."""
    assert sorted(KNOWN_STATUSES) == [
        "available",
        "backing-up",
        "creating",
        "deleted",
        "deleting",
        "error",
        "error_deleting",
        "restoring",
        "unmanaging",
    ]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ('née "x"\\\n\x00\r\t', 'née "x"\\\n\x00\r\t'),
        ("a\ud800b", "a\ufffdb"),
        ("\udfff\ud800", "\ufffd\ufffd"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1024),
        ("é" * 100_000, "é" * 1024),
        ("x" * 1024 + "\ud800", "x" * 1024),
    ],
)
def test_text_is_cut_and_freed_of_surrogates(text: str, clean: str) -> None:
    """Nothing else is changed: quotes and control characters are the exposition's to escape."""
    assert clean_text(text) == clean


@given(st.text(st.characters(exclude_categories=()), max_size=30), st.sampled_from((1, 100)))
def test_any_text_is_clean_after_cleaning(text: str, times: int) -> None:
    """The result has a UTF-8 form, is short, and is left alone by another cleaning."""
    clean = clean_text(text * times)
    assert len(clean) == min(1024, len(text) * times)
    assert clean.encode().decode() == clean
    assert clean_text(clean) == clean


def test_row_with_nothing_but_an_id_is_settled() -> None:
    """Every other field may be absent."""
    assert settled(Snapshot(id="a")) == Record("a", "", "unknown", None, None, None)


def test_texts_of_a_row_are_cleaned() -> None:
    """Each text that becomes a label value is."""
    record = settled(Snapshot(id="i\ud800", name="n\ud800", volume_id="v" * 2000))
    assert (record.id, record.name) == ("i\ufffd", "n\ufffd")
    assert record.volume_id == "v" * 1024


def test_empty_volume_id_is_no_volume() -> None:
    """Empty and absent mean the same."""
    assert settled(Snapshot(id="a", volume_id="")).volume_id is None


@pytest.mark.parametrize(("gib", "size"), [(None, None), (0, 0), (1, 1024**3), (20, 21474836480)])
def test_size_is_in_bytes(gib: int | None, size: int | None) -> None:
    """The API gives GiB; a size of nothing is a size, one that is absent is none."""
    assert settled(Snapshot(id="a", size=gib)).size == size


def test_largest_size_keeps_every_byte() -> None:
    """What is believed at most can be told exactly as a float, which a Prometheus value is."""
    size = settled(Snapshot(id="a", size=MAX_SIZE_GIB)).size
    assert size == 2**53 == MAX_SIZE_GIB * GIB
    assert int(float(size)) == size
