"""Totals of each tag, and the tags that get series of their own."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import msgspec

from exporter.inventory.record import clean_text
from exporter.inventory.worst import Candidate, Worst
from exporter.models import Tag, TagOptions

if TYPE_CHECKING:
    from exporter.inventory.record import Rows

_MAX_DISTINCT_LISTS: Final = 4096
_MAX_LIST_BYTES: Final = 8 << 20
"""Bytes of the distinct lists that are held, and of one list that is looked into at all: Gcore's
own limits make a list some 100 kB at most."""

_MAX_TAG_BYTES: Final = 16 << 20
"""Memory of a target's distinct tags beyond those that get series: 35,000 ordinary ones."""

_OVERHEAD: Final = 300
"""What a distinct tag takes besides its two texts, as measured."""


_TAGS: Final = msgspec.json.Decoder(list[Tag])


class TagTotals(msgspec.Struct, gc=False):
    """The snapshots that bear one tag, or (an empty `value`) that lack an allow-listed key.

    Attributes:
        size: sum of their readable sizes in bytes.
        newest: creation time of the newest usable one in Unix seconds; None when there is none.
    """

    key: str
    value: str
    snapshots: int = 0
    size: int = 0
    newest: float | None = None

    def merge(self, other: TagTotals) -> None:
        """Count all of the other's snapshots in."""
        self.snapshots += other.snapshots
        self.size += other.size
        if other.newest is not None and (self.newest is None or other.newest > self.newest):
            self.newest = other.newest


class TagTally:
    """Running totals by tag.

    Most snapshots of an account bear one of few lists of tags, so they are counted by the JSON text
    of the list first, and each distinct list is decoded once.

    Which tags are the most frequent is known at the end only, so all are counted, up to a bound of
    memory that no ordinary account comes near. Beyond it tags that were not seen before are left
    out: those that are shown still have exact figures, and `omitted` is the least that it can be.
    ``unlimited`` lifts this bound too.
    """

    def __init__(self, options: TagOptions) -> None:
        self._options = options
        self._lists: dict[bytes, TagTotals] = {}
        self._list_bytes = 0
        self._tag_bytes = 0
        self._tags: dict[tuple[str, str], TagTotals] = {}

    def add(self, rows: Rows) -> None:
        """Count rows in, by their undecoded lists of tags."""
        if self._options.limit == 0:
            return
        known = self._lists.get
        for row, size, usable in zip(rows.rows, rows.sizes, rows.usable, strict=True):
            text = bytes(row.tags)
            totals = known(text) or self._new_list(text)
            totals.snapshots += 1
            if size is not None:
                totals.size += size
            if usable is not None and (totals.newest is None or usable > totals.newest):
                totals.newest = usable

    def _new_list(self, text: bytes) -> TagTotals:
        if len(self._lists) >= _MAX_DISTINCT_LISTS or self._list_bytes >= _MAX_LIST_BYTES:
            self._decode_lists()
        self._list_bytes += len(text)
        totals = self._lists[text] = TagTotals("", "")
        return totals

    def finish(self) -> tuple[tuple[TagTotals, ...], int]:
        """Return the tags within the limit, by key and value, and how many were left out.

        Beyond the limit N these are the N with most snapshots. Of an allow-listed key the count of
        snapshots that lack it is there even when it is 0.
        """
        self._decode_lists()
        for key in () if self._options.limit == 0 else self._options.keys or ():
            self._tags.setdefault((key, ""), TagTotals(key, ""))
        worst = Worst[Candidate[tuple[str, str]]](self._options.limit)
        names, numbers = list(self._tags), [-tag.snapshots for tag in self._tags.values()]
        worst.add(Candidate(numbers[at], names[at]) for at in worst.passing(numbers))
        tags = tuple(self._tags[name] for name in sorted(one.id for one in worst.items()))
        return tags, len(self._tags) - len(tags)

    def _decode_lists(self) -> None:
        for text, totals in self._lists.items():
            for name in self._pairs(text):
                tag = self._tags.get(name)
                if tag is None:
                    if not self._has_room_for(*name):
                        continue
                    tag = self._tags[name] = TagTotals(*name)
                tag.merge(totals)
        self._lists.clear()
        self._list_bytes = 0

    def _has_room_for(self, key: str, value: str) -> bool:
        """Tell whether a new tag still gets counted; there is always room for a key not set."""
        limit = self._options.limit
        if not value or limit is None or len(self._tags) < limit:
            return True
        if self._tag_bytes > _MAX_TAG_BYTES:
            return False
        self._tag_bytes += sys.getsizeof(key) + sys.getsizeof(value) + _OVERHEAD
        return self._tag_bytes <= _MAX_TAG_BYTES

    def _pairs(self, text: bytes) -> set[tuple[str, str]]:
        tags, allowed = decode_tags(text), self._options.keys
        if not self._options.read_only:
            tags = [tag for tag in tags if not tag.read_only]
        if allowed is None:
            return {(clean_text(tag.key), clean_text(tag.value)) for tag in tags}
        chosen = {(tag.key, clean_text(tag.value)) for tag in tags if tag.key in allowed}
        present = {key for key, _ in chosen}
        return chosen | {(key, "") for key in allowed if key not in present}


def decode_tags(text: bytes) -> list[Tag]:
    """Decode a list of tags; what is no list, or in it no tag with a key and a value, is left out.

    A tag with an empty key or value is no tag: the API never sends one, and an empty value means
    that the key is not set.
    """
    if not 0 < len(text) <= _MAX_LIST_BYTES:
        return []
    try:
        tags = _TAGS.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        tags = _decode_odd_tags(text)
    return [tag for tag in tags if tag.key and tag.value]


def _decode_odd_tags(text: bytes) -> list[Tag]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(rows, list):
        return []
    tags = []
    for row in rows:
        key, value = (row.get("key"), row.get("value")) if isinstance(row, dict) else (None, None)
        if isinstance(key, str) and isinstance(value, str):
            tags.append(Tag(key, value, row.get("read_only") is True))
    return tags
