"""Listening addresses, sockets, and the server's start and end inside a loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import signal
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import listener
from exporter.errors import ConfigError
from exporter.listener import Address, bind, parse_address, running, stop_signals

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LOOPBACK = Address("127.0.0.1", 0)
NO_HOST = "is no host name or IP address (IPv6 stands in brackets: [::1]:80)"


def _port(opened: socket.socket) -> int:
    return int(opened.getsockname()[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":10048", Address("", 10048)),
        (":0", Address("", 0)),
        ("0.0.0.0:1", Address("0.0.0.0", 1)),  # noqa: S104 - read, not opened
        ("localhost:10048", Address("localhost", 10048)),
        ("node-1.example.com:65535", Address("node-1.example.com", 65535)),
        ("[::1]:10048", Address("::1", 10048)),
        ("[::]:10048", Address("::", 10048)),
        ("[2001:DB8:0::1]:80", Address("2001:db8::1", 80)),
        ("[fe80::1%eth0]:80", Address("fe80::1%eth0", 80)),
    ],
)
def test_addresses_are_read(text: str, expected: Address) -> None:
    """The three spellings of the ecosystem are understood."""
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' has no port; write :PORT, host:port or [v6]:port"),
        ("10048", "'10048' has no port; write :PORT, host:port or [v6]:port"),
        (":", "':': the port must be a number from 0 to 65535"),
        (":65536", "':65536': the port must be a number from 0 to 65535"),
        (":-1", "':-1': the port must be a number from 0 to 65535"),
        (":http", "':http': the port must be a number from 0 to 65535"),
        (":\u0661", "':\u0661': the port must be a number from 0 to 65535"),
        ("::1:10048", f"'::1:10048': '::1' {NO_HOST}"),
        ("[::g]:1", "'[::g]:1': there is no IPv6 address in the brackets"),
        ("[127.0.0.1]:1", "'[127.0.0.1]:1': there is no IPv6 address in the brackets"),
        ("a b:1", f"'a b:1': 'a b' {NO_HOST}"),
        ("-a:1", f"'-a:1': '-a' {NO_HOST}"),
        ("http://a:1", f"'http://a:1': 'http://a' {NO_HOST}"),
    ],
)
def test_what_is_no_address_is_refused(text: str, message: str) -> None:
    """The words have the text, what is wrong with it and what would be right."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_address(text)


@given(st.text() | st.text("[]:.0123456789abcdef%"))
def test_an_address_is_read_back_from_its_text(text: str) -> None:
    """Any text gives an address or a ValueError, and an address survives being written."""
    with contextlib.suppress(ValueError):
        address = parse_address(text)
        assert parse_address(str(address)) == address


def test_all_interfaces_means_both_families() -> None:
    """`:PORT` takes connections to 127.0.0.1, and to ::1 on one socket where there is IPv6."""
    (opened,) = bind([Address("", 0)])
    with opened:
        socket.create_connection(("127.0.0.1", _port(opened))).close()
        if opened.family == socket.AF_INET6:
            socket.create_connection(("::1", _port(opened))).close()


def test_without_ipv6_all_interfaces_means_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without IPv6 is no reason not to start."""

    class Ipv4Only(socket.socket):
        def __init__(self, family: int = -1, *args: int) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
            super().__init__(family, *args)

    monkeypatch.setattr(socket, "socket", Ipv4Only)
    (opened,) = bind([Address("", 0)])

    with opened:
        assert opened.getsockname()[0] == "0.0.0.0"  # noqa: S104 - what was asked for


def test_a_name_means_its_ipv4_address() -> None:
    """`localhost` listens on 127.0.0.1, whatever the order in which it resolves."""
    (opened,) = bind([Address("localhost", 0)])

    with opened:
        assert opened.getsockname()[0] == "127.0.0.1"


def test_an_ipv6_address_takes_ipv6_alone() -> None:
    """`[::1]` is bound as it is; the same port stays free for IPv4."""
    try:
        (first,) = bind([Address("::1", 0)])
    except ConfigError:
        pytest.skip("this machine has no IPv6")
    (second,) = bind([Address("127.0.0.1", _port(first))])
    with first, second:
        assert first.getsockname()[:2] == ("::1", _port(second))


def test_all_sockets_open_or_none() -> None:
    """When the second address is taken, the first is let go and the words name the second."""
    (taken,) = bind([LOOPBACK])
    (freed,) = bind([LOOPBACK])
    free = Address("127.0.0.1", _port(freed))
    freed.close()
    busy = Address("127.0.0.1", _port(taken))
    with taken, pytest.raises(ConfigError) as caught:
        bind([free, busy])

    assert caught.value.problems == (
        (
            f"--web.listen-address: cannot listen on {busy}: Address already in use; "
            "stop what listens there, or choose another port"
        ),
    )
    bind([free])[0].close()


def test_everywhere_a_taken_port_is_an_error() -> None:
    """A port in use does not fall back to IPv4."""
    (taken,) = bind([Address("", 0)])
    with taken, pytest.raises(ConfigError, match=r"cannot listen on :[0-9]+: Address already in"):
        bind([Address("", _port(taken))])


def test_a_foreign_address_is_named() -> None:
    """An address of another machine is refused with what to do (192.0.2.0/24 is nobody's)."""
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1:0: .*; this machine has no such address"):
        bind([Address("192.0.2.1", 0)])


def test_a_name_that_does_not_resolve_is_named() -> None:
    """A host name without an address is refused with what to do."""
    with pytest.raises(ConfigError, match=r"on no\.invalid:1: the host name does not resolve; wri"):
        bind([Address("no.invalid", 1)])


async def _answer(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def test_a_server_runs_inside_the_loop() -> None:
    """It answers on each of its sockets while the block runs, and has closed them after it."""
    sockets = bind([LOOPBACK, LOOPBACK])
    urls = [f"http://127.0.0.1:{_port(one)}/path" for one in sockets]

    async with running(_answer, sockets), httpx.AsyncClient() as client:
        answers = [(await client.get(url)).text for url in urls]

    assert answers == ["/path", "/path"]
    assert [one.fileno() for one in sockets] == [-1, -1]


async def test_the_server_ends_when_the_block_fails() -> None:
    """An exception of the block comes out as it is, after the sockets are closed."""
    sockets = bind([LOOPBACK])

    async def fail() -> None:
        async with running(_answer, sockets):
            fault = "fault"
            raise KeyError(fault)

    with pytest.raises(KeyError, match="fault"):
        await fail()

    assert sockets[0].fileno() == -1


async def test_a_server_that_cannot_start_says_so() -> None:
    """A socket that is no longer open raises at once instead of waiting for ever."""
    sockets = bind([LOOPBACK])
    sockets[0].close()

    with pytest.raises(OSError, match="Bad file descriptor"):
        async with running(_answer, sockets):
            pass


async def test_a_request_in_flight_gets_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is served the port stays open for a moment, then it closes, then both are done."""
    monkeypatch.setattr(listener, "_NOTICE_SECONDS", 60.0)
    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            started.set()
            await finish.wait()
        await _answer(scope, receive, send)

    sockets = bind([LOOPBACK])
    url = f"http://127.0.0.1:{_port(sockets[0])}"
    async with httpx.AsyncClient() as client, httpx.AsyncClient() as other:
        async with running(slow, sockets):
            pending = asyncio.create_task(client.get(f"{url}/slow"))
            await started.wait()
            ending = asyncio.create_task(_ask_then_set(other, f"{url}/ready", finish))
        in_flight, while_draining = await asyncio.gather(pending, ending)

    assert (in_flight.text, while_draining.text) == ("/slow", "/ready")
    assert sockets[0].fileno() == -1


async def _ask_then_set(
    client: httpx.AsyncClient, url: str, event: asyncio.Event
) -> httpx.Response:
    await asyncio.sleep(0.3)  # past uvicorn's tick, so that it is draining
    response = await client.get(url)
    event.set()
    return response


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_first_signal_stops(number: signal.Signals) -> None:
    """SIGTERM and SIGINT set the event, and afterwards have their former effect again."""
    with stop_signals() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await stop.wait()

    assert signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}


async def test_the_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the process with the status that shells give to the signal."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(os, "_exit", ended.set_result)

    with stop_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(10):
            assert await ended == 130
