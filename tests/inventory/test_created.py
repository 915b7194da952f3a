"""Creation times: which texts are read, and which moments are believed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.inventory import created_timestamp
from tests.inventory.facts import DAY, NOW, UNREADABLE_TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENT = datetime(2019, 5, 29, 5, 32, 41, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-05-29T05:32:41+0000", MOMENT),
        ("2019-05-29T05:32:41+00:00", MOMENT),
        ("2019-05-29T05:32:41-0000", MOMENT),
        ("2019-05-29T05:32:41Z", MOMENT),
        ("2019-05-29T05:32:41", MOMENT),
        ("2019-05-29 05:32:41", MOMENT),
        ("2019-05-29T11:02:41+05:30", MOMENT),
        ("2019-05-29T11:02:41+0530", MOMENT),
        ("2019-05-28T20:32:41-09", MOMENT),
        ("2019-05-29T05:32:41.5Z", MOMENT + 0.5),
        ("2019-05-29T05:32:41.25", MOMENT + 0.25),
        ("2019-05-29T05:32:41.125000+0000", MOMENT + 0.125),
        ("2019-05-29T05:32:41.500000999Z", MOMENT + 0.5),
        ("20190529T053241Z", MOMENT),
        ("2019-05-29T05:32Z", MOMENT - 41),
        ("2019-05-29", MOMENT - 41 - 32 * 60 - 5 * 3600),
    ],
)
def test_all_forms_of_a_time_are_read(text: str, expected: float) -> None:
    """Zones with and without a colon, ``Z``, fractions; without a zone it is UTC."""
    assert created_timestamp(text, NOW) == expected


@pytest.fixture
def _in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Move this machine to another zone for the test."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_in_new_york")
def test_time_without_a_zone_is_utc_wherever_we_are() -> None:
    """The zone of this machine has no say."""
    assert created_timestamp("2019-05-29T05:32:41", NOW) == MOMENT


@pytest.mark.parametrize(
    "text", [*UNREADABLE_TIMES, " ", "Z", "2019", "now", "0", "\x00", "2" * 99]
)
def test_garbage_is_no_time(text: str | None) -> None:
    """It is left out, never taken as 1970 or as now."""
    assert created_timestamp(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "believed"),
    [
        ("1999-12-31T23:59:59Z", False),
        ("1999-12-31T23:59:59.999999Z", False),
        ("2000-01-01T00:00:00Z", True),
        ("2000-01-01T00:00:00+0001", False),
        ("1999-12-31T23:59:00-0001", True),
        ("1970-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00+2359", False),
        ("9999-12-31T23:59:59-2359", False),
    ],
)
def test_times_before_2000_are_not_believed(text: str, *, believed: bool) -> None:
    """The bound is a moment, not a text: the zone counts."""
    assert (created_timestamp(text, NOW) is not None) is believed


@pytest.mark.parametrize(
    ("ahead", "believed"),
    [(0.0, True), (300.0, True), (DAY - 1, True), (DAY, True), (DAY + 0.5, False), (9e9, False)],
)
def test_times_more_than_a_day_ahead_are_not_believed(ahead: float, *, believed: bool) -> None:
    """One would mask for years that a volume has no fresh snapshot."""
    text = datetime.fromtimestamp(NOW + ahead, UTC).isoformat()
    assert created_timestamp(text, NOW) == (NOW + ahead if believed else None)


@given(
    st.text()
    | st.text("0123456789-+:.TZW ", max_size=32)
    | st.datetimes().map(datetime.isoformat)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{0,15}(Z|[+-][0-9:.]{0,15})?")
)
def test_any_text_gives_a_time_or_none(text: str) -> None:
    """Nothing raises, and what is read lies within the bounds."""
    created = created_timestamp(text, NOW)
    assert created is None or MOMENT - 20 * 365.25 * DAY < created <= NOW + DAY
