"""Rows of the snapshot list, each beside what is true of it: nothing here reads a row back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

import msgspec
from hypothesis import strategies as st

from exporter.models import GIB, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOW: Final = 1_750_000_000.0
"""Unix seconds of the scrape; whole, so that sums of ages are exact."""

DAY: Final = 86400.0

MarkedTag = tuple[str, str, bool]
"""Key, value, and whether it is a system tag."""


@dataclass(frozen=True, eq=False)
class Fact:
    """One row, and how the contract sees it.

    Attributes:
        status: the label.
        size: bytes.
        created: Unix seconds.
    """

    row: Snapshot
    status: str
    usable: bool
    size: int | None
    created: float | None
    volume_id: str | None
    tags: frozenset[MarkedTag]


STATUSES: Final[Sequence[tuple[str | None, str, bool]]] = [
    ("available", "available", True),
    ("backing-up", "backing-up", True),
    ("creating", "creating", False),
    ("deleted", "deleted", False),
    ("deleting", "deleting", False),
    ("error", "error", False),
    ("error_deleting", "error_deleting", False),
    ("restoring", "restoring", True),
    ("unmanaging", "unmanaging", False),
    (None, "unknown", True),
    ("unknown", "unknown", False),
    ("archived", "archived", False),
    ("In-Transit_2", "In-Transit_2", False),
    ("other", "other", False),
    ("two words", "other", False),
    ("", "other", False),
    ("9lives", "other", False),
    ("x" * 33, "other", False),
    ('"}\n', "other", False),
]
"""A status as sent, its label, and whether such a snapshot is usable."""

UNREADABLE_TIMES: Final = (
    None,
    "",
    "yesterday",
    "1750000000",
    "2024-13-01T00:00:00Z",
    "1999-12-31T23:59:59+0000",
    "2025-06-16T15:06:41+0000",  # A day and a second after NOW.
    "9999-12-31T23:59:59+0000",
)

TIME_FORMS: Final[Sequence[Callable[[datetime], str]]] = (
    lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
    lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
    lambda moment: moment.isoformat(),
    lambda moment: moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(),
    lambda moment: moment.astimezone(timezone(-timedelta(hours=9))).strftime(
        "%Y-%m-%dT%H:%M:%S.%f%z"
    ),
)

NO_TAGS: Final = (b"", b"null", b"[]", b"{}", b"5", b'"env=prod"', b'{"key": "a", "value": "b"}')
"""Texts in the place of the list that name no tag."""

ODD_TAGS: Final[Sequence[object]] = (
    None,
    7,
    "env",
    [],
    {},
    {"key": "env"},
    {"value": "prod"},
    {"key": 5, "value": "prod"},
    {"key": "env", "value": None},
    {"key": "env", "value": ["prod"]},
    {"key": "", "value": "prod"},
    {"key": "env", "value": ""},
)
"""Items of the list that are no tag."""

READ_ONLY: Final[Sequence[tuple[dict[str, object], bool]]] = (
    ({"read_only": True}, True),
    ({"read_only": False}, False),
    ({}, False),
    ({"read_only": None}, False),
    ({"read_only": "true"}, False),
    ({"read_only": 1}, False),
)
"""What an item may say of itself, and whether that makes it a system tag."""


@st.composite
def times(draw: st.DrawFn) -> tuple[str | None, float | None]:
    """Draw a creation time as sent, and the moment that it means."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(UNREADABLE_TIMES)), None
    ages = st.sampled_from((0.0, 0.5, DAY, 7 * DAY, -3600.0)) | st.integers(0, 800).map(
        lambda halves_of_days: halves_of_days * DAY / 2
    )
    moment = NOW - draw(ages)
    form = draw(st.sampled_from(TIME_FORMS))
    return form(datetime.fromtimestamp(moment, UTC)), moment


@st.composite
def tag_lists(draw: st.DrawFn) -> tuple[bytes, frozenset[MarkedTag]]:
    """Draw the JSON text of a list of tags, and the tags in it."""
    if draw(st.booleans()):
        return draw(st.sampled_from(NO_TAGS)), frozenset()
    items: list[object] = []
    tags: set[MarkedTag] = set()
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.integers(0, 5)) == 0:
            items.append(draw(st.sampled_from(ODD_TAGS)))
            continue
        key = draw(st.sampled_from(("env", "team", "née")))
        value = draw(st.sampled_from(("prod", "dev", "a=b")))
        mark, read_only = draw(st.sampled_from(READ_ONLY))
        items.append({"key": key, "value": value, "new": [1], **mark})
        tags.add((key, value, read_only))
    separators = draw(st.sampled_from((None, (",", ":"))))
    text = json.dumps(items, ensure_ascii=draw(st.booleans()), separators=separators)
    return text.encode(), frozenset(tags)


@st.composite
def facts(draw: st.DrawFn, number: int) -> Fact:
    """Draw the snapshot of this number."""
    raw_status, status, usable = draw(st.sampled_from(STATUSES))
    gib = draw(st.none() | st.sampled_from((0, 1, 20, 20, 500)) | st.integers(0, 2**53 // GIB))
    created_at, created = draw(times())
    volume_id = draw(st.sampled_from((None, "", *"abcdefghij")))
    text, tags = draw(tag_lists())
    row = Snapshot(
        id=f"id-{number}",
        name=draw(st.sampled_from((None, "", "nightly"))),
        status=raw_status,
        size=gib,
        created_at=created_at,
        volume_id=volume_id,
        region=draw(st.sampled_from((None, "", "Luxembourg 1"))),
        tags=msgspec.Raw(text),
    )
    size = None if gib is None else gib * GIB
    return Fact(row, status, usable, size, created, volume_id or None, tags)


@st.composite
def accounts(draw: st.DrawFn, most: int = 20) -> list[Fact]:
    """Draw the snapshots of a target, in any order of their ids."""
    count = draw(st.integers(0, most))
    return [draw(facts(number)) for number in draw(st.permutations(range(count)))]
