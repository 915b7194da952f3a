"""Listening addresses, and a uvicorn server that starts and drains inside a running loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import re
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from exporter.errors import ConfigError
from exporter.port import MOST, Acceptor, Admission, Connection, affordable

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

    from starlette.types import ASGIApp

_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_MAX_PORT: Final = 65535
_BACKLOG: Final = 512
# What the kernel keeps for a client that does not read; left to itself it takes up to 4 MB each.
_SEND_BUFFER_BYTES: Final = 256 * 1024

# Longer than the usual scrape interval of a minute, so that Prometheus keeps its connection.
_KEEP_ALIVE_SECONDS: Final = 90
# Together below the 10 s after which supervisors (docker stop) kill.
_DRAIN_SECONDS: Final = 7
_NOTICE_SECONDS: Final = 1.0
# Of those, what a client has that is slow to read, or does not.
_READING_SECONDS: Final = 4.0

_REMEDIES: Final = {
    errno.EADDRINUSE: "stop what listens there, or choose another port",
    errno.EACCES: "choose a port above 1023, or give the process CAP_NET_BIND_SERVICE",
    errno.EADDRNOTAVAIL: "this machine has no such address; `:PORT` listens on all it has",
}


@dataclass(frozen=True)
class Address:
    """Where to listen: `host` is empty for all interfaces, `port` 0 for any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read ``:PORT``, ``host:port`` or ``[v6]:port``.

    Raises:
        ValueError: it is none of these; the words say what is wrong and what would be right.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        message = f"{text!r} has no port; write :PORT, host:port or [v6]:port"
        raise ValueError(message)
    if _PORT.fullmatch(port) is None or int(port) > _MAX_PORT:
        message = f"{text!r}: the port must be a number from 0 to {_MAX_PORT}"
        raise ValueError(message)
    return Address(_parse_host(text, host), int(port))


def _parse_host(text: str, host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            message = f"{text!r}: there is no IPv6 address in the brackets"
            raise ValueError(message) from None
    if host and _HOST.fullmatch(host) is None:
        message = (
            f"{text!r}: {host!r} is no host name or IP address (IPv6 stands in brackets: [::1]:80)"
        )
        raise ValueError(message)
    return host


def bind(addresses: Iterable[Address]) -> list[socket.socket]:
    """Open and return a listening socket for each address; all or none.

    Raises:
        ConfigError: one cannot be opened; the words name it and say what to do.
    """
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(_listen(address)) for address in addresses]
        opened.pop_all()
    return sockets


def _listen(address: Address) -> socket.socket:
    try:
        return _listen_everywhere(address.port) if not address.host else _listen_at(address)
    except socket.gaierror:
        problem = f"cannot listen on {address}: the host name does not resolve; write an IP address"
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "choose another address")
        problem = f"cannot listen on {address}: {error.strerror or error}; {remedy}"
    raise ConfigError([f"--web.listen-address: {problem}"])


def _listen_everywhere(port: int) -> socket.socket:
    """Listen on all interfaces, as Go does: IPv6 and IPv4 on one socket, or IPv4 alone."""
    try:
        return _open(socket.AF_INET6, ("::", port))
    except OSError as error:
        # These say that the kernel has no IPv6, or that it is switched off on every interface.
        if error.errno not in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENOPROTOOPT}:
            raise
    return _open(socket.AF_INET, ("0.0.0.0", port))  # noqa: S104 - all interfaces were asked for


def _listen_at(address: Address) -> socket.socket:
    """Listen at one address of a host: its first IPv4 one if it has any, as Go does."""
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, where = min(found, key=lambda info: info[0] != socket.AF_INET)
    return _open(family, where)


def _open(family: socket.AddressFamily, where: tuple[object, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(where[0] != "::"))
        opened.bind(where)
        # Two sockets can be bound to one port while neither listens: only now it is ours.
        opened.listen(_BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


class Listener(uvicorn.Server):
    """A uvicorn server that leaves signals to its owner and says when it is up.

    uvicorn's own raises the signal again when it has drained, which ends the process with 143.
    """

    def __init__(
        self, app: ASGIApp, tls: ssl.SSLContext | None = None, *, connections: int = MOST
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                lifespan="off",
                interface="asgi3",
                workers=1,
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        )
        self.up = asyncio.Event()
        self.config.load()
        self._admission = Admission(affordable(connections))
        self._acceptor = Acceptor(self.config, self.server_state, self._admission, tls)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, and say so."""
        self.servers = []
        for one in sockets or ():
            one.listen(_BACKLOG)  # fails if it is no longer open
            self._acceptor.begin(one)
        self.started = True
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Keep the port open for a moment while requests are served, then drain and close.

        In that moment a load balancer can see that `/-/ready` answers 503.
        """
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_NOTICE_SECONDS)
        await self._acceptor.end()
        loop = asyncio.get_running_loop()
        dismissing = loop.call_later(_READING_SECONDS, self._admission.dismiss_readers)
        await super().shutdown(sockets)
        dismissing.cancel()


@contextlib.asynccontextmanager
async def running(
    app: ASGIApp,
    sockets: list[socket.socket],
    tls: ssl.SSLContext | None = None,
    *,
    connections: int = MOST,
) -> AsyncIterator[None]:
    """Serve `app` on listening sockets (see `bind`); drain them and close them at the end.

    Args:
        app: what answers.
        sockets: where it listens.
        tls: for HTTPS; asked for each connection (see `exporter.web`).
        connections: how many there may be at once, as far as the process has descriptors.
    """
    listener = Listener(app, tls, connections=connections)
    with contextlib.ExitStack() as opened:
        for one in sockets:
            opened.enter_context(one)
        serving = asyncio.create_task(listener.serve(sockets))
        serving.add_done_callback(lambda _: listener.up.set())
        await listener.up.wait()
        if serving.done():
            serving.result()
        try:
            yield
        finally:
            listener.should_exit = True
            await serving


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Set the event on SIGTERM or SIGINT; the second signal ends the process at once.

    Handled by the loop, and the second one not by default, since the kernel keeps a signal without
    a handler from process 1 of a container.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def on_signal(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in numbers:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def on_hangup(act: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Call `act` on SIGHUP; one that comes during a call has one more call follow it."""
    wanted = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def act_on_each() -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            await act()

    loop.add_signal_handler(signal.SIGHUP, wanted.set)
    acting = asyncio.create_task(act_on_each())
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        acting.cancel()
        await asyncio.wait([acting])
