"""The guard of `tests.network`, which every test runs under."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = pytest.fail.Exception
ELSEWHERE = "192.0.2.1"  # TEST-NET-1 of RFC 5737: no machine has it


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_socket_may_not_leave_this_machine(method: str) -> None:
    """A connection to another machine fails the test before a packet is sent."""
    with socket.socket() as client, pytest.raises(REFUSED, match="loopback only"):
        getattr(client, method)((ELSEWHERE, 80))


def test_ipv6_may_not_leave_this_machine() -> None:
    """The guard knows loopback from others among IPv6 addresses too."""
    with (
        socket.socket(socket.AF_INET6) as client,
        pytest.raises(REFUSED, match="loopback only"),
    ):
        client.connect(("2001:db8::1", 80))


def test_a_name_is_not_resolved() -> None:
    """No test asks a name server, so that it can't pass here and fail offline."""
    with pytest.raises(REFUSED, match=r"localhost only, not 'api\.gcore\.com'"):
        socket.getaddrinfo("api.gcore.com", 443)


def test_an_invalid_name_fails_as_dns_does() -> None:
    """A test can provoke a DNS failure, and it is the error that a resolver gives."""
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("api.invalid", 443)


async def test_the_event_loop_is_guarded() -> None:
    """What asyncio connects with is refused as well."""
    with pytest.raises(REFUSED, match="loopback only"):
        await asyncio.open_connection(ELSEWHERE, 80)


async def test_httpx_does_not_swallow_the_refusal() -> None:
    """The HTTP client makes no ordinary connection error of it, which a test could expect."""
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(REFUSED, match="localhost only"):
            await client.get("https://api.gcore.com/")


async def test_loopback_works() -> None:
    """A server and a client in one test can talk, by number and by name."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for host in ("127.0.0.1", "localhost"):
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()


def test_unix_sockets_work(tmp_path: Path) -> None:
    """A path is on this machine."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path
