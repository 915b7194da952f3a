"""Limits, passwords and drain of our own port hold for probes and discovery as for `/metrics`."""

from __future__ import annotations

import asyncio
import base64
import signal
from typing import TYPE_CHECKING, Final

import pytest

from exporter.web import WebFile
from exporter.wiring import WebOptions
from tests.port.serving import GET, connect, exporter, status
from tests.scaling.support import application, exporting, small_cloud, walks
from tests.server.support import client_of
from tests.web.identities import HASH_OF_HTPASSWD, PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Message

PROBE: Final = "/probe?project_id=1337&region_id=7"
ROUTES: Final = (PROBE, "/-/targets", "/metrics?targets=none", "/metrics")


@pytest.mark.parametrize("path", ROUTES)
async def test_one_more_than_allowed_comes_again_later(path: str) -> None:
    """Probes and scrapes count together; what is refused is not read."""
    cloud = small_cloud()
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: Request) -> None:
        asked.set()
        await released.wait()

    cloud.faults[1337, 8] = hold
    async with exporting(cloud, most_requests=1) as client:
        busy = asyncio.create_task(client.get("/probe?project_id=1337&region_id=8"))
        await asked.wait()
        refused = await client.get(path)
        released.set()
        first = await busy
        again = await client.get(path)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert [first.status_code, again.status_code] == [200, 200]


async def test_a_client_that_leaves_ends_its_probe() -> None:
    """The walk stops, and its place is free for the next one."""
    cloud = small_cloud()
    asked = asyncio.Event()

    async def hold(_request: Request) -> None:
        asked.set()
        await asyncio.sleep(1)

    async def receive() -> Message:
        await asked.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    path, _, query = PROBE.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    cloud.faults[1337, 7] = hold
    async with application(cloud, most_requests=1) as app, client_of(app) as client:
        await app({**scope, "query_string": query.encode()}, receive, send)
        del cloud.faults[1337, 7]
        answer = await client.get(PROBE)
    assert answer.status_code == 200
    assert walks(cloud) == ["1337/7", "1337/7"]


@pytest.mark.parametrize("path", ROUTES)
async def test_a_password_is_asked_for(path: str, tmp_path: Path) -> None:
    """Without it 401 and nothing is read; with it 200."""
    file = tmp_path / "web.yml"
    file.write_text(f'basic_auth_users: {{prometheus: "{HASH_OF_HTPASSWD}"}}\n')
    options = WebOptions((), "/metrics", WebFile(file))
    cloud = small_cloud()
    token = base64.b64encode(f"prometheus:{PASSWORD}".encode()).decode()
    async with application(cloud) as app, client_of(options.guarded(app)) as client:
        refused = await client.get(path)
        assert walks(cloud) == []
        answer = await client.get(path, headers={"Authorization": f"Basic {token}"})
    assert [refused.status_code, answer.status_code] == [401, 200]


async def test_a_probe_outlives_the_signal(tmp_path: Path) -> None:
    """It gets its 200 while `/-/ready` is 503 already."""
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: Request) -> None:
        asked.set()
        await released.wait()

    async with exporter(tmp_path) as running:
        running.cloud.faults[1337, 7] = hold
        probe = await connect(running.port, GET % PROBE.encode())
        await asked.wait()
        running.process.send_signal(signal.SIGTERM)
        while await status(running.port, GET % b"/-/ready") == 200:
            pass
        released.set()
        answer = await probe.answer()
        ended = await running.process.wait()
        await probe.close()

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"\ngcore_up{" in answer
    assert ended == 0
