"""A server of bare sockets in front of the sample cloud, which can misbehave in any way.

What is not told to fail is answered by the sample cloud. A behaviour gets each request for its
subject and the connection it came on, and may do to them what it likes.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import httpx

from exporter.demo import Place, SampleCloud

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

Subject = Place | Literal["regions"]
Behaviour = Callable[["Exchange"], Awaitable[None]]

_SNAPSHOTS = re.compile(r"/cloud/v1/snapshots/(\d+)/(\d+)")
_OFFSET = re.compile(r"[?&]offset=(\d+)")
_RESET_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass
class Exchange:
    """One request and the connection that it came on.

    Attributes:
        head: the request as it came, up to the empty line.
        is_open: whether the connection may be used for another request.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes
    cloud: SampleCloud
    is_open: bool = field(default=False, init=False)

    @property
    def target(self) -> str:
        """Path and query."""
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def subject(self) -> Subject:
        """What is asked for."""
        found = _SNAPSHOTS.match(self.target)
        return (int(found[1]), int(found[2])) if found else "regions"

    @property
    def offset(self) -> int:
        """The first row that is asked for."""
        found = _OFFSET.search(self.target)
        return int(found[1]) if found else 0

    @property
    def authorization(self) -> bytes:
        """What the request says of the key."""
        return self.head.split(b"Authorization: ")[1].split(b"\r\n")[0]

    async def healthy(self) -> None:
        """Answer as the sample cloud does."""
        self.writer.write(await self.healthy_answer())
        await self.writer.drain()
        self.is_open = True

    async def healthy_answer(self) -> bytes:
        """Return the sample cloud's answer as it goes over the wire."""
        lines = self.head.decode("latin-1").split("\r\n")[1:-2]
        headers = [(name, value.strip()) for name, _, value in (x.partition(":") for x in lines)]
        transport = httpx.ASGITransport(self.cloud)
        async with httpx.AsyncClient(transport=transport, base_url="http://cloud") as client:
            request = client.build_request("GET", self.target, headers=headers)
            response = await client.send(request, stream=True)
            body = b"".join([chunk async for chunk in response.aiter_raw()])
            await response.aclose()
        said = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
        return f"HTTP/1.1 {response.status_code} X\r\n{said}\r\n".encode("latin-1") + body

    async def send(self, *parts: bytes) -> None:
        """Write these bytes."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    def reset(self) -> None:
        """Break the connection off at once."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        self.writer.transport.abort()


class FaultServer:
    """What is served, and how it misbehaves.

    Attributes:
        faults: by what they befall; may be changed at any time.
        requests: how many came, by what they asked for.
    """

    def __init__(self, cloud: SampleCloud) -> None:
        self.cloud = cloud
        self.faults: dict[Subject, Behaviour] = {}
        self.requests: Counter[Subject] = Counter()
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        """Serve on a free loopback port, which is yielded."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                is_open = True
                while is_open:
                    head = await reader.readuntil(b"\r\n\r\n")
                    exchange = Exchange(reader, writer, head, self.cloud)
                    self.requests[exchange.subject] += 1
                    behave = self.faults.get(exchange.subject, Exchange.healthy)
                    await behave(exchange)
                    is_open = exchange.is_open
        finally:
            writer.close()
