"""What a service manager is told."""

from __future__ import annotations

import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from exporter.notify import ServiceManager
from tests.processes import metrics_url, started

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("abstract", [False, True])
def test_the_states_are_told(tmp_path: Path, *, abstract: bool) -> None:
    """Each is one datagram, to a socket with a file or, on Linux, without."""
    if abstract and sys.platform != "linux":
        pytest.skip("only Linux has sockets without a file")
    name = f"@gcore-test-{tmp_path.name}-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name.replace("@", "\0", 1) if abstract else name)
        receiver.settimeout(10)
        manager = ServiceManager({"NOTIFY_SOCKET": name})
        manager.ready()
        manager.reloading()
        manager.stopping()
        told = [receiver.recv(1000).decode() for _ in range(3)]

    assert told[0] == "READY=1"
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=[0-9]+", told[1])
    assert told[2] == "STOPPING=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_nobody_to_tell_is_no_fault(environment: dict[str, str]) -> None:
    """Without a socket, or with one that is gone, nothing happens."""
    ServiceManager(environment).ready()


async def test_the_exporter_tells_them(tmp_path: Path) -> None:
    """READY when it listens, RELOADING and READY around a reload, STOPPING when it drains."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(10)
        async with started(
            "--demo",
            "--web.listen-address=127.0.0.1:0",
            environment={"NOTIFY_SOCKET": str(tmp_path / "notify")},
        ) as process:
            await metrics_url(process)
            told = [receiver.recv(1000)]
            process.send_signal(signal.SIGHUP)
            told += [receiver.recv(1000), receiver.recv(1000)]
            process.send_signal(signal.SIGTERM)
            told.append(receiver.recv(1000))
            await process.wait()

    assert [one.partition(b"\n")[0] for one in told] == [
        b"READY=1",
        b"RELOADING=1",
        b"READY=1",
        b"STOPPING=1",
    ]
