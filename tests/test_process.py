"""The command as a process of its own: signals, exit statuses, a standard error that is closed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo import Account, SampleCloud, configuration
from exporter.listener import Address, bind
from tests.processes import SOURCES, metrics_url, started
from tests.server.support import served

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_0(number: signal.Signals) -> None:
    """The demo answers, and after SIGTERM or SIGINT its exit status is 0."""
    async with started("--demo", "--web.listen-address=127.0.0.1:0") as process:
        url = await metrics_url(process)
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
        process.send_signal(number)

        assert answer.status_code == 200
        assert await process.wait() == 0


async def test_the_second_signal_does_not_wait(tmp_path: Path) -> None:
    """While a scrape holds it, a second signal ends it at once with the signal's status."""
    asked, released = asyncio.Event(), asyncio.Event()

    async def hang(_request: Request) -> None:
        asked.set()
        await released.wait()

    cloud = SampleCloud(Account(), faults={"regions": hang})
    file = tmp_path / "config.yaml"
    async with served(cloud) as port:
        file.write_text(configuration(f"http://127.0.0.1:{port}"))
        flags = (f"--config.file={file}", "--web.listen-address=127.0.0.1:0")
        async with started(*flags) as process, httpx.AsyncClient() as client:
            scrape = asyncio.create_task(client.get(await metrics_url(process)))
            await asked.wait()
            process.send_signal(signal.SIGTERM)
            assert process.stderr is not None
            while b"event=stopping" not in await process.stderr.readline():
                pass
            process.send_signal(signal.SIGTERM)

            assert await process.wait() == 128 + signal.SIGTERM
            with pytest.raises(httpx.TransportError):
                await scrape
        released.set()


async def test_a_closed_stderr_does_not_stop_it(tmp_path: Path) -> None:
    """Started without a standard error, it serves and ends as ever."""
    (probe,) = bind([Address("127.0.0.1", 0)])
    port = probe.getsockname()[1]
    probe.close()
    command = (sys.executable, "-m", "exporter", "--demo", f"--web.listen-address=127.0.0.1:{port}")
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        'exec "$0" "$@" 2>&-',
        *command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": SOURCES},
    )
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            answer = await _first_answer(client, f"http://127.0.0.1:{port}/metrics")
    finally:
        process.terminate()
        status = await process.wait()

    assert (answer.status_code, status) == (200, 0)


async def _first_answer(client: httpx.AsyncClient, url: str) -> httpx.Response:
    while True:
        try:
            return await client.get(url)
        except httpx.ConnectError:
            await asyncio.sleep(0.05)


async def test_a_missing_file_ends_it_with_1(tmp_path: Path) -> None:
    """Without its configuration it says what is missing and serves nothing."""
    async with started(f"--config.file={tmp_path / 'none.yaml'}") as process:
        _, written = await process.communicate()

    assert process.returncode == 1
    assert written.decode().startswith(f"{tmp_path / 'none.yaml'}: there is no such file")
