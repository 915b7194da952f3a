"""The exporter as a process over a small account, and raw connections to it."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from exporter.demo import DEMO_KEY, SampleCloud
from tests.factories import account_of, snapshot_rows
from tests.processes import metrics_url, started
from tests.server.support import served

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
SCRAPE = GET % b"/metrics"
HEALTH = GET % b"/-/healthy"


class Connection:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    async def answer(self) -> bytes:
        """Return one answer with a length: its header and its body."""
        header = await self._reader.readuntil(b"\r\n\r\n")
        length = header.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return header + await self._reader.readexactly(int(length))

    async def rest(self) -> bytes:
        """Return what comes until the other side closes, however it does."""
        parts = []
        with contextlib.suppress(ConnectionError):
            while part := await self._reader.read(65536):
                parts.append(part)
        return b"".join(parts)

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


async def connect(port: int, data: bytes = b"", host: str = "127.0.0.1") -> Connection:
    """Connect from an address of this machine and send something; a flood may cut it at once."""
    connection = Connection(
        *await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0), limit=2**16)
    )
    connection.send(data)
    return connection


async def status(port: int, request: bytes = SCRAPE, host: str = "127.0.0.1") -> int:
    """Return the status of an answer to a request on a connection of its own."""
    connection = await connect(port, request, host)
    answer = await connection.answer()
    await connection.close()
    return int(answer.split()[1])


@contextmanager
def descriptors(number: int) -> Iterator[None]:
    """Let processes that the block starts have so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Exporter:
    """A running exporter.

    Attributes:
        cloud: what it reads.
        log: the lines that it has written since it listens.
    """

    def __init__(self, process: Process, port: int, cloud: SampleCloud) -> None:
        self.process = process
        self.port = port
        self.cloud = cloud
        self.log: list[bytes] = []

    async def read_log(self) -> None:
        """Take the lines, or the pipe would fill up."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line)


@asynccontextmanager
async def exporter(
    folder: Path, *flags: str, snapshots: int = 3, limit: int = 1024
) -> AsyncIterator[Exporter]:
    """Run the exporter with so many snapshots to read and descriptors to have."""
    rows = snapshot_rows(snapshots)
    for number, row in enumerate(rows):
        row["volume_id"] = f"volume-{number}"
    cloud = SampleCloud(account_of({(1337, 7): rows}))
    file = folder / "config.yaml"
    async with served(cloud) as api:
        file.write_text(
            f'api: {{url: "http://127.0.0.1:{api}", key: "{DEMO_KEY}"}}\n'
            "targets: [{project_id: 1337, regions: [7]}]\n"
        )
        arguments = (f"--config.file={file}", "--web.listen-address=127.0.0.1:0", *flags)
        with descriptors(limit):
            starting = started(*arguments)
            process = await starting.__aenter__()
        try:
            url = await metrics_url(process)
            running = Exporter(process, int(url.rsplit(":")[-1].partition("/")[0]), cloud)
            reading = asyncio.create_task(running.read_log())
            yield running
            reading.cancel()
        finally:
            await starting.__aexit__(None, None, None)
