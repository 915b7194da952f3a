"""Keeps the tests on this machine: whoever connects or resolves past loopback fails its test."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Address = tuple[object, ...] | str | bytes


def stay_on_this_machine(patch: pytest.MonkeyPatch) -> None:
    """Let sockets of this process connect to loopback and Unix paths only.

    It fails the test with `pytest.fail`, which no ``except Exception`` of the code under test can
    take for an ordinary connection error. Names under ``.invalid`` resolve to nothing, as
    RFC 6761 promises, so that a test can have a DNS failure. Child processes are not watched.
    """
    connect: Callable[[socket.socket, Address], None] = socket.socket.connect
    connect_ex: Callable[[socket.socket, Address], int] = socket.socket.connect_ex
    getaddrinfo: Callable[..., object] = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Address) -> None:
        _check_address(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Address) -> int:
        _check_address(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: str | bytes | None, *args: object, **options: object) -> object:
        _check_name(host)
        return getaddrinfo(host, *args, **options)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def _check_address(family: int, address: Address) -> None:
    """Fail the test unless `address` is a path, or a host on loopback."""
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return
    host = str(address[0])
    if host != "localhost" and not (_is_numeric(host) and ipaddress.ip_address(host).is_loopback):
        pytest.fail(f"a test may connect to loopback only, not to {address!r}")


def _check_name(host: str | bytes | None) -> None:
    """Fail the test if resolving `host` would ask a name server.

    Raises:
        socket.gaierror: the name is under ``.invalid``.
    """
    name = host.decode("idna") if isinstance(host, bytes) else host
    if not name or name == "localhost" or _is_numeric(name):
        return
    if name.endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    pytest.fail(f"a test may resolve localhost only, not {name!r}")


def _is_numeric(host: str) -> bool:
    """Tell whether `host` is an IP address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
