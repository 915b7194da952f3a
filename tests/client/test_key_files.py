"""Key files: when they are read, and what follows when there is no key in them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.credentials import KeyFile
from exporter.errors import Reason
from tests.client.support import (
    Held,
    Recorder,
    Script,
    client_of,
    failure,
    ok,
    read,
    settle,
    target,
)

if TYPE_CHECKING:
    from pathlib import Path


async def test_key_file_is_read_once_a_scrape(tmp_path: Path) -> None:
    """A new key in the file is taken at the next scrape, and not in the middle of one."""
    path = tmp_path / "key"
    path.write_text("first\n")
    script = Script(ok("a"))
    of = target(7, KeyFile(path))
    async with client_of(script.transport) as client:
        await read(client, of)
        path.write_text("apikey second")
        await read(client, of)
        client.begin_scrape()
        await read(client, of)
    sent = [request.headers["Authorization"] for request in script.requests]
    assert sent == ["APIKey first", "APIKey first", "APIKey second"]


async def test_verdict_on_a_replaced_key(tmp_path: Path) -> None:
    """A late 401 for the key that was replaced does not stop the new one."""
    path = tmp_path / "key"
    path.write_text("first")
    of = target(7, KeyFile(path))
    held = Held()
    async with client_of(held.transport) as client:
        late = asyncio.create_task(failure(client, of))
        await settle()
        path.write_text("second")
        client.begin_scrape()
        task = asyncio.create_task(read(client, of))
        await settle()
        await held.answer(httpx.Response(401))
        await held.answer(ok("a"))
        assert (await late).reason is Reason.AUTH
        assert await task == ["a"]
        task = asyncio.create_task(read(client, of))
        await settle()
        await held.answer(ok("b"))
        assert await task == ["b"]


@pytest.mark.parametrize("text", [None, "", "two words", "ключ", b"\xff"])
async def test_key_file_without_a_key(tmp_path: Path, text: str | bytes | None) -> None:
    """Without a readable key nothing is sent; the words name the file and not what is in it."""
    path = tmp_path / "key"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    script, recorder = Script(ok("a")), Recorder()
    async with client_of(script.transport, recorder) as client:
        error = await failure(client, target(7, KeyFile(path)))
        assert (error.reason, error.status, error.attempts) == (Reason.AUTH, None, 0)
        assert str(path) in str(error)
        assert not text or str(text) not in str(error)
        path.write_text("good")
        assert await read(client, target(7, KeyFile(path))) == ["a"]
    assert recorder.codes == ["200"]
