"""Refusals of the sample cloud, and what it remembers of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from exporter.demo import DEMO_KEY, RecordedRequest, SampleCloud
from tests.demo.asking import ask, snapshots_path
from tests.factories import account_of, snapshot_rows

if TYPE_CHECKING:
    from collections.abc import MutableMapping

PLACE = (1337, 7)
PATH = snapshots_path(PLACE)


@pytest.fixture
def cloud() -> SampleCloud:
    """A cloud with one place."""
    return SampleCloud(account_of({PLACE: snapshot_rows(3)}))


@pytest.mark.parametrize("scheme", ["apikey", "APIKey", "APIKEY"])
async def test_scheme_in_any_case(cloud: SampleCloud, scheme: str) -> None:
    """The scheme's case does not matter; Gcore's SDKs write ``APIKey``."""
    answer = await ask(cloud, PATH, headers={"Authorization": f"{scheme} {DEMO_KEY}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": DEMO_KEY},
        {"Authorization": "apikey"},
        {"Authorization": "apikey wrong"},
        {"Authorization": f"Bearer {DEMO_KEY}"},
    ],
)
@pytest.mark.parametrize(
    "path", [PATH, "/cloud/v1/regions", "/cloud/v1/projects", "/cloud/v1/volumes/1337/7"]
)
async def test_401_without_the_key(cloud: SampleCloud, path: str, headers: dict[str, str]) -> None:
    """No list is served without a key that is accepted, and the refusal does not repeat it."""
    answer = await ask(cloud, path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["exception_class"] == "Unauthorized"
    assert DEMO_KEY not in answer.text


async def test_keys_can_be_rotated(cloud: SampleCloud) -> None:
    """A key that is taken away is refused from then on, a new one is accepted."""
    cloud.keys.clear()
    assert (await ask(cloud, PATH)).status_code == 401
    cloud.keys.add("new$key")
    assert (await ask(cloud, PATH, headers={"Authorization": "apikey new$key"})).is_success


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"limit": 0}, "limit: out of range"),
        ({"limit": -1}, "limit: out of range"),
        ({"limit": 1001}, "limit: out of range"),
        ({"limit": "ten"}, "limit: not an integer"),
        ({"limit": ""}, "limit: not an integer"),
        ({"offset": -1}, "offset: out of range"),
        ({"offset": "1.5"}, "offset: not an integer"),
    ],
)
async def test_400_for_bounds(
    cloud: SampleCloud, params: dict[str, str | int], message: str
) -> None:
    """A limit or an offset outside the documented range is refused, not corrected."""
    for path in (PATH, "/cloud/v1/regions"):
        answer = await ask(cloud, path, params)
        assert answer.status_code == 400
        assert answer.json()["message"] == message


@pytest.mark.parametrize("params", [{"limit": 1}, {"limit": 1000}, {"offset": 0}])
async def test_bounds_themselves_are_allowed(cloud: SampleCloud, params: dict[str, int]) -> None:
    """The ends of the documented ranges are inside them."""
    assert (await ask(cloud, PATH, params)).is_success


@pytest.mark.parametrize(
    "path",
    [
        "/cloud/v1/snapshots/1337/8",
        "/cloud/v1/snapshots/1/7",
        "/cloud/v1/volumes/1/7",
        "/cloud/v1/snapshots/1337/seven",
        "/cloud/v1/snapshots/1337",
        "/",
    ],
)
async def test_404(cloud: SampleCloud, path: str) -> None:
    """An unknown project, region or path is not found."""
    answer = await ask(cloud, path)
    assert answer.status_code == 404
    assert answer.json()["exception_class"] == "NotFound"


async def test_403_for_a_forbidden_place(cloud: SampleCloud) -> None:
    """A place that the key may not read says so, for a good key only."""
    cloud.account.sites[PLACE].forbidden = True
    assert (await ask(cloud, PATH)).status_code == 403
    assert (await ask(cloud, PATH, headers={})).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_405(cloud: SampleCloud, method: str) -> None:
    """Only GET is served, and the answer says that."""
    answer = await ask(cloud, PATH, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"


async def test_documented_shape(cloud: SampleCloud) -> None:
    """An error has the four documented fields, and each its own id."""
    answers = [(await ask(cloud, "/cloud/v1/snapshots/1/7")).json() for _ in range(2)]
    assert set(answers[0]) == {"exception_class", "message", "traceback", "request_id"}
    assert answers[0]["message"] == "Project 1 or region 7 is not known"
    assert answers[0]["traceback"].startswith("Traceback")
    assert answers[0]["request_id"] != answers[1]["request_id"]


async def test_requests_are_recorded(cloud: SampleCloud) -> None:
    """Each request is remembered with what it asked for, refused and unknown ones too."""
    await ask(cloud, PATH, {"limit": 2, "offset": 1})
    await ask(cloud, "/cloud/v1/regions", headers={"Authorization": "apikey wrong"})
    await ask(cloud, "/nowhere", method="POST")
    assert list(cloud.requests) == [
        RecordedRequest("GET", PATH, {"limit": "2", "offset": "1"}, accepted=True),
        RecordedRequest("GET", "/cloud/v1/regions", {}, accepted=False),
        RecordedRequest("POST", "/nowhere", {}, accepted=True),
    ]


async def test_record_has_no_key(cloud: SampleCloud) -> None:
    """A key, good or bad, is nowhere in what is remembered."""
    await ask(cloud, PATH)
    await ask(cloud, PATH, headers={"Authorization": "apikey other$secret"})
    assert DEMO_KEY not in repr(cloud.requests)
    assert "other$secret" not in repr(cloud.requests)


def test_record_is_bounded(cloud: SampleCloud) -> None:
    """What is remembered has an end, so that a demo can run for months."""
    request = RecordedRequest("GET", "/", {}, accepted=True)
    cloud.requests.extend([request] * 20_000)
    assert len(cloud.requests) == 10_000


async def test_lifespan_is_served(cloud: SampleCloud) -> None:
    """A server may start and stop it by the ASGI lifespan protocol, which is no request."""
    incoming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    outgoing: list[str] = []

    async def receive() -> dict[str, str]:
        return next(incoming)

    async def send(message: MutableMapping[str, Any]) -> None:
        outgoing.append(message["type"])

    await cloud({"type": "lifespan"}, receive, send)
    assert outgoing == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not cloud.requests
