"""A client under test: with scripted answers, or with a server of bare sockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from tenacity import RetryCallState, wait_none

from exporter.client import Client
from exporter.credentials import InlineKey, Secret
from exporter.deadline import Deadline
from exporter.errors import ReadError
from exporter.models import ApiOptions, Target

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from exporter.credentials import Credential

    Reply = httpx.Response | Exception
    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

KEY = "1234$canary-5d1f"
CREDENTIAL = InlineKey(Secret(KEY))
TARGET = Target(1337, 7, credential=CREDENTIAL)


def target(region_id: int, credential: Credential = CREDENTIAL) -> Target:
    """Return a target with this region and credential."""
    return Target(1337, region_id, credential=credential)


def page(*identifiers: str, count: int | None = None) -> bytes:
    """Return the JSON of a page of snapshots."""
    rows = [{"id": identifier} for identifier in identifiers]
    return msgspec.json.encode({"count": len(rows) if count is None else count, "results": rows})


def ok(*identifiers: str) -> httpx.Response:
    """Return the answer that has such a page."""
    return httpx.Response(200, content=page(*identifiers))


class Recorder:
    """Notes what a client tells its observer."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []
        self.seconds: list[float] = []
        self.retries: list[str] = []

    def answered(self, endpoint: str, code: str, seconds: float) -> None:
        """Note the end of a request."""
        self.answers.append((endpoint, code))
        self.seconds.append(seconds)

    def retried(self, endpoint: str) -> None:
        """Note a retry."""
        self.retries.append(endpoint)

    @property
    def codes(self) -> list[str]:
        """The codes of the answers, in order."""
        return [code for _, code in self.answers]


class Script:
    """A transport that gives the scripted replies in turn, and the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._reply)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


class Held:
    """A transport whose requests wait until the test answers them."""

    def __init__(self) -> None:
        self.waiting: list[tuple[httpx.Request, asyncio.Future[httpx.Response]]] = []
        self.sent = 0
        self.transport = httpx.MockTransport(self._reply)

    async def _reply(self, request: httpx.Request) -> httpx.Response:
        answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        self.sent += 1
        self.waiting.append((request, answer))
        try:
            return await answer
        finally:
            self.waiting.remove((request, answer))

    async def answer(self, response: httpx.Response, number: int = 0) -> None:
        """Answer one of the waiting requests, and let everyone go on as far as they can."""
        self.waiting[number][1].set_result(response)
        await settle()


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(30):
        await asyncio.sleep(0)


@asynccontextmanager
async def client_of(
    transport: httpx.AsyncBaseTransport | None,
    observer: Recorder | None = None,
    backoff: Callable[[RetryCallState], float] = wait_none(),  # noqa: B008 - it has no state
    **options: object,
) -> AsyncIterator[Client]:
    """Open a client that waits for nothing before it sends again, unless told to."""
    api = msgspec.convert({"url": "http://api.invalid", **options}, ApiOptions)
    client = Client(api, observer or Recorder(), transport=transport, backoff=backoff)
    async with client:
        yield client


@asynccontextmanager
async def server_of(
    serve: Serve, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Run a server of bare sockets on loopback; its URL is yielded.

    Each connection is served by `serve`, which may do to it what it likes.
    """
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(connected(reader, writer)))

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        scheme, shown = "https" if tls else "http", f"[{host}]" if ":" in host else host
        yield f"{scheme}://{shown}:{port}"
    finally:
        server.close()
        await asyncio.gather(*connections)
        await server.wait_closed()


def serving(*parts: bytes) -> Serve:
    """Return a server's behaviour: read one request, write these bytes, hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return serve


def answer_bytes(body: bytes, *headers: str) -> bytes:
    """Return a whole answer with status 200 and its length."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def read(client: Client, of: Target = TARGET, *, seconds: float = 30) -> list[str]:
    """Read a page of at most 10 rows, and return the ids on it."""
    got = await client.read_page(of, 0, 10, Deadline.after(seconds))
    return [row.id for row in got.results]


async def failure(client: Client, of: Target = TARGET, *, seconds: float = 30) -> ReadError:
    """Read a page, and return the error that this ends in."""
    with pytest.raises(ReadError) as caught:
        await read(client, of, seconds=seconds)
    return caught.value
