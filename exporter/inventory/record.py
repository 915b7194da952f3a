"""Snapshots as the figures need them: rows of the API with every odd value settled."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from exporter.models import GIB, MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.models import Snapshot

KNOWN_STATUSES: Final = (
    "available",
    "backing-up",
    "creating",
    "deleted",
    "deleting",
    "error",
    "error_deleting",
    "restoring",
    "unmanaging",
)
"""The statuses of Gcore's SDK (PyPI ``gcore``); each is exposed even when no snapshot has it."""

MISSING_STATUS: Final = "unknown"
"""The label of snapshots whose row has no status."""

OTHER_STATUS: Final = "other"
"""The label of statuses that are too long or too odd to pass on."""

_KNOWN: Final = frozenset(KNOWN_STATUSES)
_USABLE: Final = frozenset({None, "available", "backing-up", "restoring"})
_PLAIN_STATUS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_DAY: Final = 86400.0


class Record(msgspec.Struct, frozen=True, gc=False):
    """A snapshot with settled values; what could not be read is None.

    Attributes:
        size: nominal size in bytes.
        created: creation time in Unix seconds.
    """

    id: str
    name: str
    status: str
    size: int | None
    created: float | None
    volume_id: str | None


class Rows:
    """Some rows of the list, with the values that most figures need, column by column.

    A column costs less than an object for each row, and of most rows nothing else is needed.

    Args:
        rows: as the API sent them, each snapshot once.
        now: Unix seconds; see `created_timestamp`.

    Attributes:
        sizes: nominal sizes in bytes; None where it cannot be read.
        created: creation times in Unix seconds; None where it cannot be read.
        usable: creation times of those from which a restore could start, as far as the status
            tells; None for the others.
    """

    def __init__(self, rows: Sequence[Snapshot], now: float) -> None:
        self.rows = rows
        self.sizes = [None if row.size is None else row.size * GIB for row in rows]
        self.created = [created_timestamp(row.created_at, now) for row in rows]
        self.usable = [
            moment if row.status in _USABLE else None
            for row, moment in zip(rows, self.created, strict=True)
        ]


def clean_text(text: str) -> str:
    """Make any text a valid, bounded label value.

    A lone surrogate becomes U+FFFD, since it has no UTF-8 form, and the text is cut at 1,024
    characters.
    """
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def status_label(status: str | None) -> str:
    """Return the status as it is if short and plain, else ``other``; ``unknown`` if missing."""
    if status is None:
        return MISSING_STATUS
    if status in _KNOWN or _PLAIN_STATUS.fullmatch(status):
        return status
    return OTHER_STATUS


def created_timestamp(created_at: str | None, now: float) -> float | None:
    """Read an ISO 8601 time as Unix seconds; without a zone it is UTC.

    Args:
        created_at: the text, for example ``2019-05-29T05:32:41+0000``.
        now: Unix seconds. A time before 2000 or more than a day ahead of it is not believed: it
            would mask that a volume has no fresh snapshot.

    Returns:
        None if the text cannot be read or is not believed.
    """
    if created_at is None:
        return None
    try:
        moment = datetime.fromisoformat(created_at)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    created = moment.timestamp()
    return created if _EARLIEST <= created <= now + _DAY else None
