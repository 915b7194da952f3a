"""Faults: what the cloud does when it is told to misbehave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo import SampleCloud, faults
from tests.demo.asking import ask, snapshots_path
from tests.factories import account_of, snapshot_rows

if TYPE_CHECKING:
    from starlette.requests import Request

    from exporter.demo import Fault

PLACE, OTHER = (1337, 7), (1337, 8)
PATH = snapshots_path(PLACE)


def cloud_with(fault: Fault) -> SampleCloud:
    """Return a cloud of two places, the first of which misbehaves."""
    return SampleCloud(account_of({PLACE: snapshot_rows(2), OTHER: []}), faults={PLACE: fault})


async def test_status_fault() -> None:
    """It answers a status with the documented body, and the headers that were given."""
    cloud = cloud_with(faults.status(429, "slow down", {"Retry-After": "2"}))
    answer = await ask(cloud, PATH)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert answer.json()["message"] == "slow down"
    assert answer.json()["exception_class"] == "TooManyRequests"


async def test_status_without_a_name() -> None:
    """A status that has no class of its own, as a proxy's 520, is an error of the server."""
    answer = await ask(cloud_with(faults.status(520)), PATH)
    assert (answer.status_code, answer.json()["exception_class"]) == (520, "ServerError")


async def test_fault_costs_others_nothing() -> None:
    """Only the place that the fault is for misbehaves."""
    cloud = cloud_with(faults.status(500))
    assert (await ask(cloud, snapshots_path(OTHER))).is_success
    assert (await ask(cloud, "/cloud/v1/regions")).is_success


async def test_fault_of_the_regions() -> None:
    """The list of regions misbehaves by the name "regions", and the places do not."""
    cloud = SampleCloud(account_of({PLACE: []}), faults={"regions": faults.status(503)})
    assert (await ask(cloud, "/cloud/v1/regions")).status_code == 503
    assert (await ask(cloud, PATH)).is_success


async def test_faults_can_change() -> None:
    """A fault that is put in or taken out while the cloud runs counts from the next request."""
    cloud = cloud_with(faults.status(500))
    del cloud.faults[PLACE]
    assert (await ask(cloud, PATH)).is_success
    cloud.faults[PLACE] = faults.status(502)
    assert (await ask(cloud, PATH)).status_code == 502


async def test_first_requests_fail() -> None:
    """The first requests meet the fault, then the place heals."""
    cloud = cloud_with(faults.first(2, faults.status(500)))
    assert [(await ask(cloud, PATH)).status_code for _ in range(4)] == [500, 500, 200, 200]


async def test_raw_body() -> None:
    """The body is sent as it is, also one that claims an encoding."""
    answer = await ask(cloud_with(faults.raw(b"<html>", 404, {"X-Proxy": "1"})), PATH)
    assert (answer.status_code, answer.content) == (404, b"<html>")
    assert answer.headers["X-Proxy"] == "1"
    with pytest.raises(httpx.DecodingError):
        await ask(cloud_with(faults.raw(b"no gzip", 200, {"Content-Encoding": "gzip"})), PATH)


async def test_delayed() -> None:
    """The answer comes after the delay, as usual; one who doesn't wait gets none."""
    assert (await ask(cloud_with(faults.delayed(0.001)), PATH)).json()["count"] == 2
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(cloud_with(faults.delayed(3600.0)), PATH), timeout=0.01)


async def test_fault_comes_before_the_key() -> None:
    """A fault meets requests without a key too, as a broken proxy does."""
    assert (await ask(cloud_with(faults.status(502)), PATH, headers={})).status_code == 502


async def test_fault_may_depend_on_the_request() -> None:
    """A fault gets the request, so that one page of a walk can fail."""

    async def third_page(request: Request) -> None:
        if request.query_params["offset"] == "2":
            message = "reset by peer"
            raise ConnectionResetError(message)

    cloud = cloud_with(third_page)
    assert (await ask(cloud, PATH, {"offset": 1})).is_success
    with pytest.raises(ConnectionResetError):
        await ask(cloud, PATH, {"offset": 2})
