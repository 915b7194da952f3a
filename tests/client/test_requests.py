"""What is sent: address, query and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from exporter import __version__
from exporter.client import Client
from exporter.credentials import InlineKey, Secret
from exporter.deadline import Deadline
from exporter.errors import ReadError, Reason
from exporter.models import ApiOptions, Region, Selection, Target
from tests.client.support import (
    CREDENTIAL,
    KEY,
    Recorder,
    Script,
    answer_bytes,
    client_of,
    ok,
    page,
    read,
    server_of,
    serving,
)

if TYPE_CHECKING:
    from pathlib import Path


def regions_answer(count: int, *identifiers: int) -> httpx.Response:
    """Return a page of the list of regions."""
    rows = [{"id": identifier, "display_name": f"R{identifier}"} for identifier in identifiers]
    return httpx.Response(200, content=msgspec.json.encode({"count": count, "results": rows}))


async def test_page_request() -> None:
    """A page is asked for with its limit and offset, the selection's filters, and the key."""
    script = Script(ok("a"))
    selection = Selection("nightly", {"lifecycle_policy_id": "3", "volume_id": "v&1"})
    of = Target(1337, 7, selection, credential=CREDENTIAL)
    async with client_of(script.transport, url="https://api.invalid/base") as client:
        got = await client.read_page(of, 40, 20, Deadline.after(5))
    assert (got.count, [row.id for row in got.results]) == (1, ["a"])
    (request,) = script.requests
    assert request.method == "GET"
    assert request.url.copy_with(query=None) == "https://api.invalid/base/cloud/v1/snapshots/1337/7"
    assert dict(request.url.params) == {
        "limit": "20",
        "offset": "40",
        "lifecycle_policy_id": "3",
        "volume_id": "v&1",
    }
    assert request.headers["Authorization"] == f"APIKey {KEY}"
    assert request.headers["User-Agent"] == f"gcore-snapshot-exporter/{__version__}"
    assert request.headers["Accept-Encoding"] == "gzip"


async def test_connections_are_kept() -> None:
    """Requests one after another use one connection, without any environment's proxy."""
    connections = 0

    async def serve(reader: object, writer: object) -> None:
        nonlocal connections
        connections += 1
        for _ in range(3):
            await serving(answer_bytes(page("a")))(reader, writer)  # type: ignore[arg-type] # both are streams

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        async with server_of(serve) as url, client_of(None, url=url) as client:
            for _ in range(3):
                assert await read(client) == ["a"]
    assert connections == 1


def test_environment_has_no_say_in_trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whom to trust is not taken from the environment either."""
    (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    Client(ApiOptions(), Recorder())


async def test_no_cookies() -> None:
    """A cookie that the API sets with one key's answer is not sent with another's request."""
    script = Script(httpx.Response(200, content=page("a"), headers={"Set-Cookie": "session=1"}))
    other = Target(1, 2, credential=InlineKey(Secret("other")))
    async with client_of(script.transport) as client:
        await read(client)
        await read(client, other)
    assert "Cookie" not in script.requests[1].headers


async def test_observer_is_told_of_success() -> None:
    """A good answer counts once, with its endpoint, code and a time."""
    recorder = Recorder()
    async with client_of(Script(ok("a")).transport, recorder) as client:
        await read(client)
    assert recorder.answers == [("snapshots", "200")]
    assert recorder.seconds[0] >= 0
    assert recorder.retries == []


async def test_regions_are_read_to_their_end() -> None:
    """All pages of the list of regions are read, each id taken once."""
    script = Script(regions_answer(3, 1, 2), regions_answer(3, 2, 3))
    recorder = Recorder()
    async with client_of(script.transport, recorder) as client:
        regions = await client.read_regions(CREDENTIAL, Deadline.after(5))
    assert regions == (Region(1, "R1"), Region(2, "R2"), Region(3, "R3"))
    assert [dict(request.url.params) for request in script.requests] == [
        {"limit": "1000", "offset": "0"},
        {"limit": "1000", "offset": "2"},
    ]
    assert script.requests[0].url.path == "/cloud/v1/regions"
    assert recorder.answers == [("regions", "200")] * 2


async def test_regions_end_with_an_empty_page() -> None:
    """An empty page ends the list, whatever `count` says."""
    script = Script(regions_answer(9, 1), regions_answer(9))
    async with client_of(script.transport) as client:
        assert await client.read_regions(CREDENTIAL, Deadline.after(5)) == (Region(1, "R1"),)


async def test_regions_that_repeat_themselves() -> None:
    """A page without a new id ends the reading as inconsistent."""
    script = Script(regions_answer(9, 1), regions_answer(9, 1))
    async with client_of(script.transport) as client:
        with pytest.raises(ReadError) as caught:
            await client.read_regions(CREDENTIAL, Deadline.after(5))
    assert caught.value.reason is Reason.INCONSISTENT
    assert len(script.requests) == 2


async def test_regions_without_an_end() -> None:
    """So does a list that goes on for ever with new ids."""
    script = Script(*(regions_answer(10_000, number) for number in range(200)))
    async with client_of(script.transport) as client:
        with pytest.raises(ReadError) as caught:
            await client.read_regions(CREDENTIAL, Deadline.after(5))
    assert caught.value.reason is Reason.INCONSISTENT
    assert len(script.requests) == 100
