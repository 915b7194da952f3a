"""The exporter as started from the command line, beside a server that fails."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo import SampleCloud
from tests.faults.catalogue import RETRIES
from tests.faults.exposition import Exposition
from tests.faults.server import FaultServer
from tests.faults.truth import PLACES, fake_account, true_samples
from tests.processes import SOURCES

if TYPE_CHECKING:
    import ssl
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Collection
    from pathlib import Path

    from exporter.demo import Place
    from exporter.errors import Reason

KEY = "1234$canary-one-5d1f"
OTHER_KEY = "5678$canary-two-77ab"
CANARY = re.compile("canary|5d1f|77ab", re.IGNORECASE)

TIMEOUT, OFFSET = 4.0, 0.5
"""Seconds: `scrape.timeout` and `scrape.timeout_offset` of the exporter under test."""

SLACK = 2.0
"""Seconds that a busy machine may add to any bound."""

MOST_BYTES_OF_A_LINE = 10_000
PAGES = ("/", "/config", "/-/healthy", "/-/ready", "/none")

CONFIGURATION = """\
api:
  url: "{url}"
  key_file: key
  request_timeout: 2s
  page_size: 50
  max_retries: {retries}
scrape: {{timeout: {timeout}s, timeout_offset: 500ms}}
targets:
  - project_id: 1337
    regions: [1, 2, 3]
  - project_id: 2024
    regions: [4, 5]
    key_file: other-key
"""


@dataclass
class Child:
    """The process under test.

    Attributes:
        log: the file with its standard error.
    """

    process: Process
    log: Path
    url: str

    def status(self, field_name: str) -> int:
        """Return a number of ``/proc/PID/status``: ``VmRSS`` in kB, ``Threads``."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:  # noqa: PTH123 - as /proc is read
            (value,) = re.findall(rf"^{field_name}:\s+(\d+)", file.read(), re.MULTILINE)
        return int(value)

    def reset_peak(self) -> None:
        """Let ``VmHWM`` count from now."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:  # noqa: PTH123 - as /proc is written
            file.write("5")

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208 - only counted


@asynccontextmanager
async def child(folder: Path, configuration: str, *flags: str) -> AsyncIterator[Child]:
    """Start the exporter with a configuration; all that it logs goes to a file in the folder."""
    (folder / "config.yaml").write_text(configuration)
    log = folder / "log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "exporter",
            f"--config.file={folder / 'config.yaml'}",
            "--web.listen-address=127.0.0.1:0",
            "--log.level=debug",
            *flags,
            stderr=stderr,
            env={**os.environ, "PYTHONPATH": SOURCES},
        )
    try:
        yield Child(process, log, await _url(process, log))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _url(process: Process, log: Path) -> str:
    while process.returncode is None:
        text = await asyncio.to_thread(log.read_text)
        if found := re.search(r"event=listening .*metrics=(http\S+)/metrics", text):
            return found[1]
        await asyncio.sleep(0.05)
    pytest.fail("the exporter ended before it listened")


@dataclass
class Lab:
    """A fault server and the exporter that reads it.

    Attributes:
        healthy: a scrape without any fault.
        last: the scrape before this one.
        seconds: how long that took.
    """

    server: FaultServer
    child: Child
    client: httpx.AsyncClient
    healthy: Exposition = field(init=False)
    last: Exposition = field(init=False)
    seconds: float = field(default=0.0, init=False)
    _read: int = field(default=0, init=False)

    async def scrape(self, said: float | None = None) -> Exposition:
        """Scrape once, as a Prometheus that says this timeout does."""
        self.last = Exposition(await self.fetch(said))
        return self.last

    async def fetch(self, said: float | None = None) -> str:
        """Return the text of a scrape; it came in time, and the key is nowhere in it."""
        headers = {} if said is None else {"X-Prometheus-Scrape-Timeout-Seconds": str(said)}
        clock = asyncio.get_running_loop().time
        started = clock()
        answer = await self.client.get("/metrics", headers=headers)
        self.seconds = clock() - started
        assert answer.status_code == httpx.codes.OK
        assert self.seconds <= (said or TIMEOUT) - OFFSET + 0.5 + SLACK
        assert not CANARY.search(answer.text)
        return answer.text

    def new_log_lines(self) -> list[str]:
        """Return what was logged since this was called last; none of it has the key."""
        with self.child.log.open(encoding="utf-8") as file:
            file.seek(self._read)
            text = file.read()
            self._read = file.tell()
        assert not CANARY.search(text)
        lines = text.splitlines()
        assert all(len(line.encode()) <= MOST_BYTES_OF_A_LINE for line in lines)
        assert "Traceback" not in text
        return lines

    async def check_pages(self) -> None:
        """Look for the key on every page."""
        for path in PAGES:
            answer = await self.client.get(path)
            assert not CANARY.search(answer.text + str(answer.headers))

    def check_healthy(self, shown: Exposition, places: Collection[Place] = PLACES) -> None:
        """Compare targets with the truth, and byte for byte with a run without a fault."""
        for place in places:
            assert shown.reason(place) is None, (place, shown.reason(place))
            assert shown.snapshots(place) == true_samples(self.server.cloud.account, place)
            assert shown.steady(place) == self.healthy.steady(place)

    def check_failed(self, shown: Exposition, place: Place, reason: Reason) -> None:
        """Check that a target is down for this reason and shows nothing of its snapshots."""
        assert shown.reason(place) == reason.value
        assert shown.snapshots(place) == {}


@asynccontextmanager
async def lab(
    folder: Path,
    *,
    tls: ssl.SSLContext | None = None,
    api: str = "",
    url: str = "http://127.0.0.1:{port}",
    warm: bool = True,
) -> AsyncIterator[Lab]:
    """Set a server and an exporter up.

    Args:
        folder: for the exporter's files.
        tls: what the server speaks.
        api: further lines of the configuration's section.
        url: where the exporter looks for the API; the server is at `port`.
        warm: scrape once without a fault.
    """
    server = FaultServer(SampleCloud(fake_account(), keys=(KEY, OTHER_KEY)))
    (folder / "key").write_text(f"apikey {KEY}\n")
    (folder / "other-key").write_text(OTHER_KEY)
    async with server.running(tls) as port:
        text = CONFIGURATION.format(
            url=url.format(port=port), retries=RETRIES, timeout=round(TIMEOUT)
        )
        text = text.replace("  page_size", f"{api}  page_size")
        async with (
            child(folder, text) as started,
            httpx.AsyncClient(base_url=started.url, timeout=60, trust_env=False) as client,
        ):
            made = Lab(server, started, client)
            if warm:
                made.healthy = await made.scrape()
                for place in PLACES:
                    truth = true_samples(server.cloud.account, place)
                    assert made.healthy.snapshots(place) == truth
            yield made
