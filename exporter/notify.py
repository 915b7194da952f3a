"""Tells a service manager what the exporter is doing (sd_notify(3), without its library)."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceManager:
    """systemd, or whoever set ``NOTIFY_SOCKET``; without it nobody is told anything.

    Args:
        environment: the process's environment variables.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # A socket that has no file begins with a NUL, which an environment cannot hold.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path

    def ready(self) -> None:
        """Tell that the port is open, or that a reload is over."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Tell that a reload begins."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """Tell that the port drains."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        # Never a reason to fail: the manager itself sees to what it was not told.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.setblocking(False)  # noqa: FBT003 - the standard library's own argument
            sender.sendto(state.encode(), self._address)
