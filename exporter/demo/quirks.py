"""How rows of the real API differ from the plain ones, so that the sample cloud is no easier."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from exporter.demo.account import Row


def make_awkward(rows: Sequence[Row], random: Random) -> None:
    """Change some of the rows in place, each in one way only.

    Raises:
        ValueError: there are fewer rows than quirks.
    """
    chosen = iter(random.sample(rows, sum(_QUIRKS.values())))
    for quirk, times in _QUIRKS.items():
        for row in islice(chosen, times):
            quirk(row)


def _zulu_time(row: Row) -> None:
    row["created_at"] = row["created_at"].replace("+0000", "Z")


def _fraction_of_second(row: Row) -> None:
    row["created_at"] = row["created_at"].replace("+0000", ".250000+00:00")


def _no_zone(row: Row) -> None:
    row["created_at"] = row["created_at"].removesuffix("+0000")


def _garbage_date(row: Row) -> None:
    row["created_at"] = "0000-00-00T00:00:00+0000"


def _size_not_readable(row: Row) -> None:
    row["size"] = None


def _never_updated(row: Row) -> None:
    row["updated_at"] = None


def _without_status(row: Row) -> None:
    del row["status"]


def _unknown_status(row: Row) -> None:
    row["status"] = "awaiting-transfer"


def _older_server(row: Row) -> None:
    row["metadata"] = {tag["key"]: tag["value"] for tag in row.pop("tags")}
    del row["task_id"]


def _newer_server(row: Row) -> None:
    row |= {"encrypted": False, "replication": {"state": "off", "regions": []}}


def _quotes_in_name(row: Row) -> None:
    row["name"] = 'before "the big" upgrade \\ 2'


def _unicode_in_name(row: Row) -> None:
    row["name"] = "Sicherung für Zoë, 数据库 💾"


def _newline_in_name(row: Row) -> None:
    row["name"] = "first line\nsecond line"


_QUIRKS: Final[Mapping[Callable[[Row], None], int]] = {
    _zulu_time: 20,
    _fraction_of_second: 20,
    _no_zone: 20,
    _garbage_date: 1,
    _size_not_readable: 1,
    _never_updated: 15,
    _without_status: 4,
    _unknown_status: 1,
    _older_server: 25,
    _newer_server: 25,
    _quotes_in_name: 1,
    _unicode_in_name: 1,
    _newline_in_name: 1,
}
"""Each quirk with the number of rows that have it."""
