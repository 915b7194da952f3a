"""Tags: which pairs are counted, and which are shown."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory import Tally
from exporter.inventory.record import Rows
from exporter.inventory.tags import TagTally, decode_tags
from exporter.models import GIB, SeriesOptions, Snapshot, Tag, TagOptions
from exporter.payload import decode_page
from tests.factories import snapshot_row
from tests.inventory.facts import NO_TAGS, NOW, ODD_TAGS, READ_ONLY
from tests.inventory.folding import inventory_of, tags_of


def tag(key: str, value: str, **fields: object) -> dict[str, object]:
    """Return a tag as the API sends it."""
    return {"key": key, "value": value, "read_only": False, **fields}


def tagged(number: int, *pairs: tuple[str, str]) -> dict[str, object]:
    """Return a row that bears these tags."""
    return snapshot_row(number, tags=[tag(*pair) for pair in pairs])


def test_each_pair_is_counted() -> None:
    """A snapshot counts once for each of its pairs, and a key may have two values."""
    rows = [
        tagged(1, ("env", "prod"), ("team", "a")),
        tagged(2, ("env", "prod"), ("env", "dev")),
        tagged(3),
    ]
    assert tags_of(rows) == {("env", "prod"): 2, ("env", "dev"): 1, ("team", "a"): 1}


def test_pair_that_is_sent_twice_counts_once() -> None:
    """Also when the two differ in being read-only, or only behind the cut at 1,024."""
    twice = [tag("env", "prod"), tag("env", "prod"), tag("env", "prod", read_only=True)]
    long = [tag("k" * 1024 + end, "v") for end in "ab"]
    assert tags_of([snapshot_row(tags=[*twice, *long])]) == {
        ("env", "prod"): 1,
        ("k" * 1024, "v"): 1,
    }


def test_order_and_spelling_of_the_list_do_not_matter() -> None:
    """Lists are counted by their text first; texts that mean the same are one in the end."""
    texts = [
        b'[{"key":"env","value":"prod","read_only":false}]',
        b'[ {"value": "prod", "key": "env"} ]',
        b'[{"key":"\\u0065nv","value":"prod","new":[1,2]}]',
    ]
    rows = [Snapshot(id=str(n), tags=msgspec.Raw(text)) for n, text in enumerate(texts)]
    assert _totals(rows) == {("env", "prod"): 3}


def test_figures_of_a_tag_are_those_of_its_bearers() -> None:
    """Number, readable sizes, and the newest usable one."""
    first, second = [tag("a", "b")], [tag("c", "d")]
    rows = [
        snapshot_row(1, size=2, created_at="2024-01-01T00:00:00Z", tags=first),
        snapshot_row(2, size=3, created_at="2024-01-02T00:00:00Z", tags=first + second),
        snapshot_row(3, size=None, created_at=None, tags=first),
        snapshot_row(4, created_at="2024-01-03T00:00:00Z", status="error", tags=second),
        snapshot_row(5, status="error", tags=[tag("e", "f")]),
    ]
    ab, cd, ef = inventory_of(rows).tags
    assert (ab.snapshots, ab.size, ab.newest) == (3, 5 * GIB, 1704153600.0)
    assert (cd.snapshots, cd.size, cd.newest) == (2, 23 * GIB, 1704153600.0)
    assert (ef.snapshots, ef.newest) == (1, None)


def test_those_with_most_snapshots_are_shown_beyond_the_limit() -> None:
    """Ties by key and value; the others are told as omitted."""
    rows = [
        tagged(1, ("b", "x"), ("a", "y"), ("z", "most")),
        tagged(2, ("b", "w"), ("a", "z"), ("z", "most")),
    ]
    assert tags_of(rows, limit=3) == {("a", "y"): 1, ("a", "z"): 1, ("z", "most"): 2}
    assert inventory_of(rows, SeriesOptions(tags=TagOptions(limit=3))).omitted_tags == 2


def test_limit_0_counts_no_tags() -> None:
    """The families are switched off, allow-list or not, and nothing is told as omitted."""
    inventory = inventory_of([tagged(1, ("a", "b"))], SeriesOptions(tags=TagOptions(0, ("c",))))
    assert (inventory.tags, inventory.omitted_tags) == ((), 0)


def test_allow_list_counts_those_that_lack_a_key() -> None:
    """With an empty value, also when there are none of them; other keys are not counted."""
    rows = [tagged(1, ("env", "prod"), ("other", "x")), tagged(2, ("other", "x")), tagged(3)]
    assert tags_of(rows, keys=("env", "team")) == {
        ("env", "prod"): 1,
        ("env", ""): 2,
        ("team", ""): 3,
    }
    assert tags_of(rows[:1], keys=("env",)) == {("env", "prod"): 1, ("env", ""): 0}
    assert tags_of([], keys=("env",)) == {("env", ""): 0}


def test_empty_allow_list_counts_nothing() -> None:
    """It is no list of all keys."""
    assert tags_of([tagged(1, ("env", "prod"))], keys=()) == {}


def test_system_tags_can_be_left_out() -> None:
    """A snapshot that has an allow-listed key as a system tag only lacks it then."""
    rows = [snapshot_row(tags=[tag("env", "prod", read_only=True), tag("team", "a")])]
    assert tags_of(rows) == {("env", "prod"): 1, ("team", "a"): 1}
    assert tags_of(rows, read_only=False) == {("team", "a"): 1}
    assert tags_of(rows, read_only=False, keys=("env",)) == {("env", ""): 1}


@pytest.mark.parametrize(("mark", "is_system"), READ_ONLY)
def test_only_true_makes_a_system_tag(mark: dict[str, object], *, is_system: bool) -> None:
    """Other types in that field cost neither the tag nor the list."""
    rows = [snapshot_row(tags=[{"key": "env", "value": "prod", **mark}])]
    assert tags_of(rows, read_only=False) == ({} if is_system else {("env", "prod"): 1})
    assert tags_of(rows) == {("env", "prod"): 1}


@pytest.mark.parametrize("odd", ODD_TAGS)
def test_odd_item_costs_only_itself(odd: object) -> None:
    """The tags beside it count."""
    assert tags_of([snapshot_row(tags=[odd, tag("env", "prod"), odd])]) == {("env", "prod"): 1}


@pytest.mark.parametrize("text", [*NO_TAGS, b"[" * 100_000, b"\xff", b"[NaN]", b"nonsense", b"[{]"])
def test_what_is_no_list_has_no_tags(text: bytes) -> None:
    """Whatever stands in that field, nothing raises."""
    assert decode_tags(text) == []


def test_lone_surrogates_do_not_cost_the_list() -> None:
    """They become U+FFFD like everywhere, and texts that become equal are one."""
    text = rb'[{"key":"a\ud800","value":"b"},{"key":"a\udfff","value":"b"}]'
    assert decode_tags(text) == [Tag("a\ud800", "b"), Tag("a\udfff", "b")]
    assert _totals([Snapshot(id="1", tags=msgspec.Raw(text))]) == {("a\ufffd", "b"): 1}


@given(st.binary(max_size=40) | st.text('[]{}":,truefalskyvn 0', max_size=60).map(str.encode))
def test_any_bytes_give_tags_or_none(text: bytes) -> None:
    """Tags with a key and a value, or none: nothing raises."""
    assert all(tag.key and tag.value for tag in decode_tags(text))


def test_more_distinct_lists_than_are_held_are_counted_in_full() -> None:
    """The held lists are decoded and dropped at 4,096; before and after are one sum."""
    rows = [tagged(n, ("number", str(n)), ("env", "prod")) for n in range(5000)]
    rows += [tagged(n, ("number", str(n % 10)), ("env", "prod")) for n in range(5000, 5010)]
    counts = tags_of(rows, limit=None)
    assert counts["env", "prod"] == 5010
    assert [counts["number", str(n)] for n in range(5000)] == 10 * [2] + 4990 * [1]
    assert tags_of(rows, limit=2) == {("env", "prod"): 5010, ("number", "0"): 2}


def test_distinct_tags_are_bounded_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound new tags are left out; those that were seen before stay exact."""
    monkeypatch.setattr("exporter.inventory.tags._MAX_TAG_BYTES", 100_000)
    monkeypatch.setattr("exporter.inventory.tags._MAX_DISTINCT_LISTS", 10)
    rows = [tagged(n, ("env", "prod"), ("number", str(n))) for n in range(2000)]
    rows += [tagged(n, ("number", str(n % 2))) for n in range(2000, 2010)]
    tally = Tally(SeriesOptions(tags=TagOptions(limit=3)), NOW)
    tally.add(_snapshots(rows))
    found = tally.finish(len(rows))
    assert {(one.key, one.value): one.snapshots for one in found.tags} == {
        ("env", "prod"): 2000,
        ("number", "0"): 6,
        ("number", "1"): 6,
    }
    assert 200 <= found.omitted_tags <= 300
    assert ("number", "1999") in tags_of(rows, limit=None), "unlimited is unlimited"


def test_key_not_set_is_counted_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count of those that lack an allow-listed key is never left out."""
    monkeypatch.setattr("exporter.inventory.tags._MAX_TAG_BYTES", 0)
    monkeypatch.setattr("exporter.inventory.tags._MAX_DISTINCT_LISTS", 1)
    rows = [tagged(n, ("env", str(n))) for n in range(5)] + [tagged(9)]
    assert tags_of(rows, limit=2, keys=("env",))["env", ""] == 1


def test_held_lists_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few lists of megabytes are not kept until there are thousands of them."""
    monkeypatch.setattr("exporter.inventory.tags._MAX_LIST_BYTES", 20_000)
    tally = TagTally(TagOptions())
    rows = [tagged(n, ("note", "x" * 9000 + str(n))) for n in range(50)]
    tally.add(Rows(_snapshots(rows), NOW))
    assert sum(map(len, tally._lists)) <= 40_000  # noqa: SLF001 - there is no other sign of it


def test_list_of_megabytes_is_no_list() -> None:
    """It is not decoded, which could take four times as much."""
    text = b'[{"key":"a","value":"' + b"x" * (8 << 20) + b'"}]'
    assert decode_tags(text) == []


def _snapshots(rows: list[dict[str, object]]) -> list[Snapshot]:
    body = msgspec.json.encode({"count": len(rows), "results": rows})
    return decode_page(body, len(rows)).results


def _totals(rows: list[Snapshot]) -> dict[tuple[str, str], int]:
    tally = Tally(SeriesOptions(), NOW)
    tally.add(rows)
    return {(one.key, one.value): one.snapshots for one in tally.finish(len(rows)).tags}
