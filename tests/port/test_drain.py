"""How it ends: what was asked for is answered, and it is gone within 10 seconds."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.port.serving import HEALTH, SCRAPE, connect, exporter, status
from tests.processes import SOURCES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def test_a_scrape_outlives_the_signal(tmp_path: Path) -> None:
    """It gets its 200 while `/-/ready` is 503 already; half-open connections hold nothing up."""
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: object) -> None:
        asked.set()
        await released.wait()

    async with exporter(tmp_path) as running:
        running.cloud.faults[1337, 7] = hold
        idle = await connect(running.port, HEALTH)
        await idle.answer()
        half = await connect(running.port, b"GET /")
        scrape = await connect(running.port, SCRAPE)
        await asked.wait()
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while await status(running.port, b"GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n") == 200:
                pass
            released.set()
            answer = await scrape.answer()
            ended = await running.process.wait()
        for one in (idle, half, scrape):
            await one.close()

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert ended == 0


@pytest.fixture
async def process_1(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the demo as the first process of a namespace; skip where that is not allowed."""
    unshare = shutil.which("unshare")
    command = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if unshare is None:
        pytest.skip("needs unshare of util-linux")
    probe = await asyncio.create_subprocess_exec(unshare, *command, "true", stderr=-3)
    if await probe.wait():
        pytest.skip("this machine allows no namespaces")
    process = await asyncio.create_subprocess_exec(
        unshare,
        *command,
        *(sys.executable, "-m", "exporter", "--demo", "--web.listen-address=127.0.0.1:0"),
        stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())


async def test_it_ends_as_process_1(process_1: asyncio.subprocess.Process) -> None:
    """The kernel gives process 1 no default effect of a signal: SIGTERM has to be handled."""
    assert process_1.stderr is not None
    async for line in process_1.stderr:
        if found := re.search(rb"metrics=http://127.0.0.1:([0-9]+)", line):
            break
    assert found
    serving = await status(int(found[1]), HEALTH)
    os.kill(_child_of(process_1.pid), signal.SIGTERM)
    async with asyncio.timeout(10):
        ended = await process_1.wait()

    assert (serving, ended) == (200, 0)
