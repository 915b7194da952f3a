"""The walk, answer by answer."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ReadError, Reason
from exporter.models import Page, Snapshot
from exporter.payload import decode_page
from exporter.walk import walk
from tests.walk.simulation import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


UNVIEWED = 3
"""References to a body in a list that is gone through: the list's, the loop's and the call's."""


def ids(start: int, stop: int) -> list[str]:
    """Return the ids of the rows from start to before stop."""
    return [f"row-{number}" for number in range(start, stop)]


def page(rows: Sequence[str], count: int) -> Page:
    """Return a page with rows of these ids."""
    return Page(count=count, results=[Snapshot(id=row) for row in rows])


class Api:
    """Answers from a function of the number of the request, the offset and the limit."""

    def __init__(self, answer: Callable[[int, int, int], Page]) -> None:
        self.answer = answer
        self.asked: list[tuple[int, int]] = []
        self.in_flight = 0
        self.most_in_flight = 0

    async def read_page(self, offset: int, limit: int) -> Page:
        """Answer one request."""
        self.asked.append((offset, limit))
        number = len(self.asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)
            return self.answer(number, offset, limit)
        finally:
            self.in_flight -= 1

    async def walk(self, page_size: int, ahead: int = 3) -> tuple[list[str], int]:
        """Walk the list; return the ids in the order of the walk and the last count."""
        seen, count = await walk(self.read_page, Seen, page_size=page_size, ahead=ahead)
        return seen.ids, count


def listing(rows: Sequence[str]) -> Api:
    """Return an API whose list does not change."""
    return Api(lambda _number, offset, limit: page(rows[offset : offset + limit], len(rows)))


async def refused(api: Api, page_size: int) -> None:
    """Walk and expect to be told that the list is inconsistent."""
    with pytest.raises(ReadError) as caught:
        await api.walk(page_size)
    assert caught.value.reason is Reason.INCONSISTENT


@given(
    size=st.integers(0, 400),
    page_size=st.integers(1, 120),
    ahead=st.integers(1, 8),
)
def test_still_list_is_read_whole(size: int, page_size: int, ahead: int) -> None:
    """Whatever the sizes, a list that does not change comes out as it is, in its order."""
    rows = ids(0, size)
    api = listing(rows)
    assert asyncio.run(api.walk(page_size, ahead)) == (rows, size)
    assert api.most_in_flight <= ahead


async def test_one_page_takes_one_request() -> None:
    """A region of one page costs one request, an empty one too."""
    for size in (0, 1, 1000):
        api = listing(ids(0, size))
        assert await api.walk(1000) == (ids(0, size), size)
        assert api.asked == [(0, 1000)]


async def test_pages_overlap_by_twenty_rows() -> None:
    """The stride is the page less 20 rows, and no page is asked for beyond the end."""
    api = listing(ids(0, 2961))
    await api.walk(1000)
    assert api.asked == [(0, 1000), (980, 1000), (1960, 1000), (2940, 1000)]


async def test_pages_that_just_fit_cost_no_further_request() -> None:
    """The page that reaches `count` is the last."""
    api = listing(ids(0, 2960))
    await api.walk(1000)
    assert api.asked == [(0, 1000), (980, 1000), (1960, 1000)]


async def test_small_pages_overlap_by_a_tenth() -> None:
    """Pages of 50 share 5 rows; below 10 rows they share none."""
    api = listing(ids(0, 95))
    await api.walk(50)
    assert api.asked == [(0, 50), (45, 50)]
    api = listing(ids(0, 18))
    await api.walk(9)
    assert api.asked == [(0, 9), (9, 9)]


async def test_server_with_a_bound_of_its_own_is_followed() -> None:
    """When the first page is shorter than asked for, its length is the page size from then on."""
    rows = ids(0, 300)
    api = Api(lambda _n, offset, limit: page(rows[offset : offset + min(limit, 100)], 300))
    assert await api.walk(1000) == (rows, 300)
    assert api.asked == [(0, 1000), (90, 100), (180, 100), (270, 100)]


async def test_rows_that_moved_are_joined_over_a_page_in_between() -> None:
    """Thirty deletions before the second page: half a page before it bridges the gap."""
    before, after = ids(0, 300), ids(30, 300)

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = before if number == 1 else after
        return page(rows[offset : offset + limit], len(rows))

    api = Api(answer)
    seen, count = await api.walk(200)
    assert set(ids(30, 300)) <= set(seen)
    assert len(seen) == len(set(seen))
    assert count == 270
    assert api.asked == [(0, 200), (180, 200), (80, 200)]


async def test_more_rows_deleted_at_a_pages_end_than_are_held_back() -> None:
    """What is left is seen once, in one walk; the deleted rows may count or not."""
    before = ids(0, 400)
    after = ids(0, 120) + ids(200, 400)

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = before if number == 1 else after
        return page(rows[offset : offset + limit], len(rows))

    api = Api(answer)
    seen, count = await api.walk(200, ahead=1)
    assert set(after) <= set(seen)
    assert len(seen) == len(set(seen))
    assert count == 320
    assert api.asked == [(0, 200), (180, 200), (80, 200)]


async def test_page_is_in_the_sink_before_the_next_one_is_there() -> None:
    """But for its last forty rows: what waits in memory is no page."""
    seen, sizes = Seen(), {}

    async def read_page(offset: int, limit: int) -> Page:
        sizes[offset] = len(seen.ids)
        return page(ids(offset, min(offset + limit, 1000)), 1000)

    await walk(read_page, lambda: seen, page_size=200, ahead=1)
    assert sizes == {0: 0, 180: 160, 360: 340, 540: 520, 720: 700, 900: 880}
    assert seen.ids == ids(0, 1000)


async def test_rows_that_wait_do_not_keep_the_body_of_their_page() -> None:
    """When the next page is asked for, nothing has a view into those before it."""
    bodies: list[bytes] = []
    viewed: list[bool] = []

    async def read_page(offset: int, limit: int) -> Page:
        viewed.extend(sys.getrefcount(body) > UNVIEWED for body in bodies)
        rows = [{"id": row, "tags": []} for row in ids(offset, min(offset + limit, 400))]
        bodies.append(json.dumps({"count": 400, "results": rows}).encode())
        return decode_page(bodies[-1], limit)

    await walk(read_page, Seen, page_size=200, ahead=1)
    assert viewed == [False] * 3


async def test_empty_last_page_is_repaired() -> None:
    """A list that shrank below the last page's offset: half a page before it shows the end."""
    before, after = ids(0, 205), ids(50, 205)

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = before if number == 1 else after
        return page(rows[offset : offset + limit], len(rows))

    api = Api(answer)
    seen, count = await api.walk(200)
    assert set(after) <= set(seen)
    assert count == 155
    assert api.asked == [(0, 200), (180, 200), (80, 200)]


async def test_list_that_grows_is_followed_to_its_end() -> None:
    """While the end lies before the last page's own count, further pages are asked for."""

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = ids(0, 250 if number < 3 else 500)
        return page(rows[offset : offset + limit], len(rows))

    api = Api(answer)
    seen, count = await api.walk(200, ahead=1)
    assert count == len(seen) == 500 or count == 250
    assert seen == ids(0, count)


async def test_count_that_never_fits_is_refused_after_three_walks() -> None:
    """One page that does not hold `count` rows is walked again twice, then refused."""
    short = Api(lambda _n, offset, limit: page(ids(0, 5)[offset : offset + limit], 6))
    await refused(short, 1000)
    assert short.asked == [(0, 1000), (5, 5)] * 3
    long = Api(lambda _n, _offset, _limit: page(ids(0, 7), 5))
    await refused(long, 1000)
    assert long.asked == [(0, 1000)] * 3


async def test_endless_list_costs_few_requests() -> None:
    """The same page for every offset, whatever `count` promises, is given up at once."""
    api = Api(lambda _n, _offset, limit: page(ids(0, limit), 10_000_000))
    await refused(api, 100)
    assert len(api.asked) <= 3 * 5


async def test_first_page_empty_though_count_says_otherwise() -> None:
    """No rows where rows should be: refused, and no request for a page of size 0."""
    api = Api(lambda _n, _offset, _limit: page([], 10))
    await refused(api, 100)
    assert api.asked == [(0, 100)] * 3


async def test_repeated_ids_count_once_and_are_refused() -> None:
    """A row shown twice while `count` includes both is no whole walk."""
    rows = [*ids(0, 99), "row-0"]
    await refused(listing(rows), 100)
    await refused(listing([*ids(0, 250), *ids(0, 50)]), 100)


async def test_small_pages_need_agreement_with_count() -> None:
    """Without an overlap, a walk under which `count` changed is walked again."""

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = ids(0, 20 if number < 2 else 21)
        return page(rows[offset : offset + limit], len(rows))

    api = Api(answer)
    assert await api.walk(8) == (ids(0, 21), 21)
    assert [offset for offset, _ in api.asked].count(0) == 2


async def test_two_walks_that_agree_count_though_they_cannot_be_joined() -> None:
    """An order that is not stable is believed once two walks show the same complete set."""

    def answer(_number: int, offset: int, limit: int) -> Page:
        rows = ids(0, 150)
        if offset:
            rows[91], rows[92] = rows[92], rows[91]
        return page(rows[offset : offset + limit], 150)

    api = Api(answer)
    seen, count = await api.walk(100)
    assert sorted(seen) == sorted(ids(0, 150))
    assert count == 150
    assert api.asked == [(0, 100), (90, 100)] * 2


async def test_two_walks_that_miss_the_same_row_are_refused() -> None:
    """An order that is unstable in the same way each time must not pass as agreement."""

    def answer(_number: int, offset: int, limit: int) -> Page:
        rows = ids(0, 250)
        if offset:
            # Row 120 stands before this page here, but behind it on the first one.
            rows = ["row-120", *ids(0, 120), *ids(121, 250)]
            rows[130], rows[50] = rows[50], rows[130]
        return page(rows[offset : offset + limit], 250)

    await refused(Api(answer), 100)


async def test_row_that_moved_to_where_the_walk_has_been_is_found() -> None:
    """All pages join, and only the number tells that a row is missing: the list is walked again."""
    before = ids(0, 400)
    after = ["row-300", *ids(0, 300), *ids(301, 400)]

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = before if number == 1 else after
        return page(rows[offset : offset + limit], 400)

    api = Api(answer)
    seen, _ = await api.walk(200)
    assert sorted(seen) == sorted(before)
    assert [offset for offset, _ in api.asked] == [0, 180, 360] * 2


async def test_order_that_changes_between_pages_is_refused() -> None:
    """Two pages that show their shared rows in another order prove that no order holds."""

    def answer(number: int, offset: int, limit: int) -> Page:
        rows = ids(0, 150)
        if offset:
            rows[91], rows[92] = rows[92], rows[91]
        return page(rows[offset : offset + limit], 150 + number)

    await refused(Api(answer), 100)


async def test_error_of_a_page_ends_the_walk_and_leaves_no_request_behind() -> None:
    """The reason of a failed page is the walk's, and the pages asked for ahead are called off."""

    def answer(_number: int, offset: int, limit: int) -> Page:
        if offset == 180:
            raise ReadError(Reason.SERVER, "502", status=502)
        return page(ids(offset, offset + limit), 2000)

    api = Api(answer)
    with pytest.raises(ReadError) as caught:
        await api.walk(200)
    assert caught.value.reason is Reason.SERVER
    assert api.in_flight == 0
    assert len(asyncio.all_tasks()) == 1


async def test_requests_ahead_are_cancelled() -> None:
    """A page that never comes does not keep a walk that has failed from ending."""
    never = asyncio.Event()

    async def read_page(offset: int, limit: int) -> Page:
        if offset == 180:
            raise ReadError(Reason.SERVER, "502", status=502)
        if offset:
            await never.wait()
        return page(ids(offset, offset + limit), 2000)

    async with asyncio.timeout(5):
        with pytest.raises(ReadError):
            await walk(read_page, Seen, page_size=200, ahead=8)


async def test_rows_before_the_join_that_are_new_are_not_lost() -> None:
    """A row out of place that joins two pages too late does not take the rows before it away."""
    rows = ids(0, 400)
    swapped = [*rows[180:300], rows[199], *rows[301:380]]
    pages = {0: (rows[:200], 400), 180: (swapped, 401), 360: (rows[360:], 400)}

    async def read_page(offset: int, _limit: int) -> Page:
        found, count = pages[offset]
        return page(found, count)

    seen, _ = await walk(read_page, Seen, page_size=200, ahead=8)
    assert set(rows) - {rows[300]} <= set(seen.ids)
