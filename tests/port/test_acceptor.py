"""The accept loop: out of descriptors, aborted connections, handshakes that never end."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from typing import TYPE_CHECKING

import structlog

from exporter.listener import Address, bind, running
from tests.loop_clock import LoopClock
from tests.port.serving import HEALTH, connect, status
from tests.server.support import app_of, served

if TYPE_CHECKING:
    import socket

    import pytest


class Failing:
    """An accept that fails with each of these errors before it does its work."""

    def __init__(self, patch: pytest.MonkeyPatch, *numbers: int) -> None:
        self._accept = asyncio.get_running_loop().sock_accept
        self._numbers = list(numbers)
        patch.setattr(asyncio.get_running_loop(), "sock_accept", self.accept)

    async def accept(self, listening: socket.socket) -> tuple[socket.socket, object]:
        """Fail, or accept."""
        if self._numbers:
            number = self._numbers.pop(0)
            raise OSError(number, os.strerror(number))
        return await self._accept(listening)


async def test_a_lack_of_descriptors_is_waited_out_quietly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It pauses after each attempt, logs once, and then accepts what has waited."""
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    Failing(monkeypatch, *[errno.EMFILE] * 20, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    with structlog.testing.capture_logs() as logged:
        async with served(app_of()) as port:
            assert await status(port, HEALTH) == 200

    assert [one["event"] for one in logged] == [
        "no connection can be accepted; trying again, silently for a minute"
    ]
    assert logged[0]["error"] == os.strerror(errno.EMFILE)
    assert len([seconds for seconds in pauses if seconds >= 0.5]) == 23


async def test_a_lack_of_descriptors_costs_an_idle_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is closed to make room, although its time is not over."""
    async with served(app_of()) as port:
        idle = await connect(port, HEALTH)
        await idle.answer()
        Failing(monkeypatch, errno.EMFILE)
        # The accept that was waiting takes this one, the next one fails.
        other = await connect(port)
        async with asyncio.timeout(4):
            rest = await idle.rest()
        await idle.close()
        await other.close()

    assert rest == b""


async def test_a_connection_that_was_aborted_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that was gone before it came to its turn is no reason to pause or to log."""
    Failing(monkeypatch, errno.ECONNABORTED)
    with structlog.testing.capture_logs() as logged:
        async with served(app_of()) as port:
            assert await status(port, HEALTH) == 200

    assert logged == []


async def test_an_idle_tls_connection_is_no_ones_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handshakes that never begin stop nobody, count as incomplete, and end after 5 seconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    sockets = bind([Address("127.0.0.1", 0)])
    port = int(sockets[0].getsockname()[1])
    async with running(app_of(), sockets, context), served(app_of()) as plain:
        idle = [await connect(port) for _ in range(33)]
        async with asyncio.timeout(4):
            pushed_out = await idle[0].rest()
        assert await status(plain, HEALTH) == 200
        garbage = await connect(port, b"GET / HTTP/1.1\r\n\r\n", "127.0.0.2")
        async with asyncio.timeout(4):
            await garbage.rest()
        LoopClock(monkeypatch).move(6)
        async with asyncio.timeout(4):
            ended = await idle[-1].rest()
        for one in (*idle, garbage):
            await one.close()

    assert (pushed_out, ended) == (b"", b"")


async def test_a_handshake_that_cannot_begin_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault while opening is told, and the port goes on."""
    loop = asyncio.get_running_loop()
    open_connection = loop.connect_accepted_socket
    faults = [RuntimeError("fault")]

    async def failing(*arguments: object, **options: object) -> object:
        if faults:
            raise faults.pop()
        return await open_connection(*arguments, **options)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(loop, "connect_accepted_socket", failing)
    with structlog.testing.capture_logs() as logged:
        async with served(app_of()) as port:
            first = await connect(port, HEALTH)
            assert await first.rest() == b""
            await first.close()
            assert await status(port, HEALTH) == 200

    assert [one["event"] for one in logged] == ["a connection could not be opened"]
