"""How long a connection may keep us waiting; the loop's clock is moved instead of waiting."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from starlette.responses import PlainTextResponse

from exporter.port import ABORT
from exporter.screen import Screen
from tests.loop_clock import LoopClock
from tests.port.serving import HEALTH, SCRAPE, connect
from tests.server.support import Families, app_of, served

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric
    from starlette.types import ASGIApp, Receive, Scope, Send


TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n"


@pytest.mark.parametrize(
    ("sent", "heard"), [(b"", b""), (b"GET / HTTP/1.1\r\nHos", TOO_SLOW), (b"GET /\r\n", TOO_SLOW)]
)
async def test_a_header_has_5_seconds(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, heard: bytes
) -> None:
    """Who says nothing, or not all of it, is closed then and not before; the latter hears why."""
    async with served(app_of()) as port:
        connection = await connect(port, sent)
        await asyncio.sleep(0.05)
        clock = LoopClock(monkeypatch)
        clock.move(4.5)
        reading = asyncio.create_task(connection.rest())
        await asyncio.sleep(0.05)
        early = reading.done()
        clock.move(1)
        async with asyncio.timeout(4):
            rest = await reading
        await connection.close()

    assert (early, rest.partition(b"Cache")[0]) == (False, heard)


async def test_drips_do_not_prolong_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline is for the whole header, whatever arrives meanwhile."""
    async with served(app_of()) as port:
        connection = await connect(port, b"GET /")
        clock = LoopClock(monkeypatch)
        for _ in range(6):
            await asyncio.sleep(0.02)
            clock.move(1)
            connection.send(b"x")
        async with asyncio.timeout(4):
            rest = await connection.rest()
        await connection.close()

    assert rest.startswith(TOO_SLOW)


async def test_a_later_header_has_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle connection is kept for longer, but not with a half-sent request."""
    async with served(app_of()) as port:
        connection = await connect(port, HEALTH)
        await connection.answer()
        clock = LoopClock(monkeypatch)
        clock.move(60)
        connection.send(HEALTH)
        second = await connection.answer()
        connection.send(b"GET /")
        await asyncio.sleep(0.05)
        clock.move(5.5)
        async with asyncio.timeout(4):
            rest = await connection.rest()
        await connection.close()

    assert second.startswith(b"HTTP/1.1 200 OK")
    assert rest.startswith(TOO_SLOW)


async def test_the_rest_of_a_refused_body_has_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is dropped for that long, so that the refusal can be read, and then that is that."""
    head = b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    async with served(Screen(app_of())) as port:
        connection = await connect(port, head)
        refusal = await connection.answer()
        clock = LoopClock(monkeypatch)
        for _ in range(6):
            connection.send(b"x")
            await asyncio.sleep(0.02)
            clock.move(1)
        async with asyncio.timeout(4):
            rest = await connection.rest()
        await connection.close()

    assert refusal.startswith(b"HTTP/1.1 413")
    assert rest == b""


async def test_an_idle_connection_has_90_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """After that it is closed."""
    async with served(app_of()) as port:
        connection = await connect(port, HEALTH)
        await connection.answer()
        LoopClock(monkeypatch).move(91)
        async with asyncio.timeout(5):
            assert await connection.rest() == b""
        await connection.close()


class Large(Families):
    """More than any buffer on the way holds."""

    def collect(self) -> Iterable[Metric]:
        """Return a family with a HELP text of 20 MB."""
        for family in super().collect():
            family.documentation = "x" * 10_000_000
            yield family


async def _large(_timeout: float | None) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Large())
    return registry


def _unread(port: int, requests: int = 1) -> socket.socket:
    client = socket.socket()
    client.connect(("127.0.0.1", port))
    client.sendall(SCRAPE * requests)
    client.setblocking(False)  # noqa: FBT003 - the standard library's own argument
    return client


async def _readable(client: socket.socket) -> bytes:
    """Return the first byte as soon as the answer begins to come."""
    return await asyncio.get_running_loop().sock_recv(client, 1)


async def _read_all(client: socket.socket) -> int:
    """Return how many bytes come until the other side closes."""
    loop, size = asyncio.get_running_loop(), 0
    try:
        while part := await loop.sock_recv(client, 2**20):
            size += len(part)
    except ConnectionError:
        return size
    return size


def _whole(size: int) -> ASGIApp:
    """Return what answers in one piece: it is done with an answer before that is read."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("x" * size)(scope, receive, send)

    return answer


@pytest.mark.parametrize(
    ("app", "requests"),
    [(app_of(_large), 1), (app_of(_large), 3), (_whole(20_000_000), 1), (_whole(60_000), 400)],
    ids=["pieces", "pipelined", "whole", "pipelined small"],
)
async def test_a_client_that_never_reads_is_cut(
    monkeypatch: pytest.MonkeyPatch, app: ASGIApp, requests: int
) -> None:
    """An answer has 30 seconds to be read, also when more requests came behind it."""
    async with served(app) as port:
        client = _unread(port, requests)
        await _readable(client)
        await asyncio.sleep(0.3)
        LoopClock(monkeypatch).move(31)
        await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            size = await _read_all(client)
        client.close()

    assert size < 19_000_000


async def test_the_last_bytes_count_too() -> None:
    """A client that leaves a single byte unread is waited for with a deadline, not for ever."""
    limits: list[tuple[int, int]] = []

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        transport = scope["state"][ABORT].__self__.transport
        limits.append(transport.get_write_buffer_limits())
        await PlainTextResponse("x")(scope, receive, send)

    async with served(answer) as port:
        connection = await connect(port, HEALTH)
        await connection.answer()
        await connection.close()

    assert limits == [(0, 1)]


@pytest.mark.parametrize("app", [app_of(_large), _whole(20_000_000)], ids=["pieces", "whole"])
async def test_a_slow_client_is_not(monkeypatch: pytest.MonkeyPatch, app: ASGIApp) -> None:
    """Who has read the answer within its time keeps the connection beyond it."""
    async with served(app) as port:
        connection = await connect(port, SCRAPE)
        clock = LoopClock(monkeypatch)
        await asyncio.sleep(0.1)
        clock.move(20)
        first = await connection.answer()
        clock.move(20)
        connection.send(HEALTH)
        second = await connection.answer()
        await connection.close()

    assert len(first) >= 20_000_000
    assert second.startswith(b"HTTP/1.1 200 OK")


async def test_the_oldest_reader_goes_when_memory_is_short() -> None:
    """Two texts of 20 MB are more than is held for slow clients: the second one's reader stays."""
    async with served(app_of(_large)) as port:
        clients = []
        for _ in range(2):
            clients.append(_unread(port))
            await _readable(clients[-1])
        async with asyncio.timeout(20):
            first = await _read_all(clients[0])
            second = 0
            while second < 20_000_000:
                second += len(await asyncio.get_running_loop().sock_recv(clients[1], 2**20))
        for client in clients:
            client.close()

    assert first < 19_000_000
