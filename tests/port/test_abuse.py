"""The port under abuse, through the command line: scrapes meanwhile all succeed."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.port.serving import HEALTH, SCRAPE, connect, descriptors, exporter, status
from tests.processes import NEEDS_PROC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.port.serving import Connection, Exporter

SCRAPES = [pytest.param(6), pytest.param(60, marks=pytest.mark.long)]


async def _statuses(port: int, scrapes: int, host: str = "127.0.0.1") -> list[int]:
    """Scrape so often, one after another, and return the statuses."""
    return [await status(port, SCRAPE, host) for _ in range(scrapes)]


@asynccontextmanager
async def _crowd(
    port: int, number: int, data: bytes, hosts: int = 1
) -> AsyncIterator[list[Connection]]:
    """Connect so many times, from addresses in turn, and say something."""
    with descriptors(2048):
        crowd = [await connect(port, data, f"127.0.0.{1 + one % hosts}") for one in range(number)]
        yield crowd
        for one in crowd:
            await one.close()


@pytest.mark.parametrize("hosts", [1, 50])
@pytest.mark.parametrize("scrapes", SCRAPES)
async def test_500_half_open_connections(tmp_path: Path, hosts: int, scrapes: int) -> None:
    """From one address, the scraper's own, or from many: they take nobody's place."""
    async with (
        exporter(tmp_path) as running,
        _crowd(running.port, 500, b"GET /metrics HTT", hosts),
    ):
        statuses = await _statuses(running.port, scrapes)

    assert statuses == [200] * scrapes


@pytest.mark.parametrize("data", [b"GET", HEALTH], ids=["half-open", "idle"])
@pytest.mark.parametrize("scrapes", SCRAPES)
async def test_300_connections_with_256_descriptors(
    tmp_path: Path, data: bytes, scrapes: int
) -> None:
    """They leave descriptors for the scrapes and for the connections to the API."""
    async with (
        exporter(tmp_path, limit=256) as running,
        _crowd(running.port, 300, data, hosts=20),
    ):
        statuses = await _statuses(running.port, scrapes)
        log = list(running.log)

    assert statuses == [200] * scrapes
    assert log == []


async def test_drips(tmp_path: Path) -> None:
    """Thirty headers that arrive byte by byte hold nobody up."""
    async with exporter(tmp_path) as running, _crowd(running.port, 30, b"GET /") as crowd:

        async def drip() -> None:
            while True:
                for one in crowd:
                    one.send(b"x")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        statuses = await _statuses(running.port, 6)
        dripping.cancel()

    assert statuses == [200] * 6


def _unread(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(SCRAPE)
    client.setblocking(False)  # noqa: FBT003 - the standard library's own argument
    return client


def _resident(pid: int) -> int:
    """Return the process's memory in kB."""
    found = re.search(r"VmRSS:\s+([0-9]+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


@NEEDS_PROC
async def test_clients_that_never_read(tmp_path: Path) -> None:
    """Each of them holds another scrape's answer of 1 MB, and memory stays bounded."""
    async with exporter(tmp_path, snapshots=1500) as running:
        await _statuses(running.port, 3)
        before = _resident(running.process.pid)
        clients = []
        for _ in range(25):
            clients.append(_unread(running.port))
            await asyncio.get_running_loop().sock_recv(clients[-1], 10)
        statuses = await _statuses(running.port, 3)
        grown = _resident(running.process.pid) - before
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            ended = await running.process.wait()
        log = list(running.log)
        for client in clients:
            client.close()

    assert statuses == [200] * 3
    assert grown < 150_000
    assert ended == 0
    assert [line for line in log if b"level=error" in line] == []


def _processor_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="needs prlimit of util-linux")
async def test_it_recovers_when_it_was_out_of_descriptors(tmp_path: Path) -> None:
    """Without a free one it neither burns the processor nor fills the log; afterwards it serves."""
    async with exporter(tmp_path) as running:
        port, pid = running.port, running.process.pid
        assert await status(port) == 200
        await _limit_descriptors(running, 5)
        waiting = await connect(port, SCRAPE)
        ticks = _processor_ticks(pid)
        await asyncio.sleep(2)
        spent = _processor_ticks(pid) - ticks
        await _limit_descriptors(running, 1024)
        async with asyncio.timeout(10):
            answer = await waiting.answer()
        await waiting.close()
        statuses = await _statuses(port, 3)
        log = b"".join(running.log)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert statuses == [200] * 3
    assert log.count(b"no connection can be accepted") == 1
    assert len(log) < 1000
    assert spent < 50


async def _limit_descriptors(running: Exporter, number: int) -> None:
    pid = running.process.pid
    setting = await asyncio.create_subprocess_exec("prlimit", f"--pid={pid}", f"--nofile={number}:")
    assert await setting.wait() == 0


async def test_a_client_that_leaves_ends_the_walk(tmp_path: Path) -> None:
    """When nobody waits any more, the API is asked for nothing more."""
    asked, released = asyncio.Event(), asyncio.Event()

    async def hold(_request: object) -> None:
        asked.set()
        await released.wait()

    async with exporter(tmp_path, snapshots=5000) as running:
        running.cloud.faults[1337, 7] = hold
        connection = await connect(running.port, SCRAPE)
        await asked.wait()
        await connection.close()
        await status(running.port, HEALTH)
        await asyncio.sleep(0.2)
        released.set()
        del running.cloud.faults[1337, 7]
        await asyncio.sleep(0.2)
        pages = [one for one in running.cloud.requests if "snapshots" in one.path]

    assert len(pages) == 1
