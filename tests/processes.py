"""Programs run as processes of their own: the exporter, and a real Prometheus that scrapes it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import exporter
from exporter.listener import Address, bind

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping

SOURCES = str(Path(exporter.__file__).parents[1])

NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/status").exists(),
    reason="memory and descriptors are read from /proc, which macOS has not",
)


@asynccontextmanager
async def started(
    *arguments: str,
    stderr: int = asyncio.subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Process]:
    """Start ``python -m exporter`` and kill it if it still runs at the block's end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "exporter",
        *arguments,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": SOURCES, **(environment or {})},
    )
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def metrics_url(process: Process) -> str:
    """Return where the exporter says that its metrics are, as soon as it listens."""
    assert process.stderr is not None
    async for line in process.stderr:
        if found := re.search(rb"event=listening .*metrics=(\S+)", line):
            return found[1].decode()
    pytest.fail("the exporter ended before it listened")


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    [listening] = bind([Address("127.0.0.1", 0)])
    with listening:
        port = listening.getsockname()[1]
    assert isinstance(port, int)
    return port


class Prometheus:
    """The query API of a running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.AsyncClient(base_url=url)

    async def ready(self) -> None:
        """Wait until it answers."""
        while True:
            try:
                if (await self._client.get("/-/ready")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector of a PromQL expression."""
        answer = await self._client.get("/api/v1/query", params={"query": expression})
        body = answer.json()
        assert body["status"] == "success", body
        result = body["data"]["result"]
        assert isinstance(result, list)
        return result

    async def value(self, expression: str) -> float:
        """Return the one value of an expression, waiting for it until the test's deadline."""
        while True:
            found = await self.query(expression)
            if found:
                assert len(found) == 1, (expression, found)
                return float(found[0]["value"][1])
            await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Close the connections to it."""
        await self._client.aclose()


@asynccontextmanager
async def prometheus(
    program: Path, folder: Path, configuration: str, *flags: str, seconds: float = 60
) -> AsyncIterator[Prometheus]:
    """Run Prometheus on a free port with this configuration, for so long at most.

    Its data lies in `folder`.
    """
    port = free_port()
    (folder / "prometheus.yml").write_text(configuration)
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            *flags,
            stdout=log,
            stderr=log,
        )
    api = Prometheus(f"http://127.0.0.1:{port}")
    try:
        async with asyncio.timeout(seconds):
            await api.ready()
            yield api
    finally:
        await api.close()
        process.terminate()
        await process.wait()
