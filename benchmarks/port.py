"""How long scrapes take while the port is abused, beside the quiet case.

``python benchmarks/port.py [SCRAPES]`` starts the exporter with its sample cloud and prints a table
for ``docs/security.md``. Times are those of one connection, request and whole answer.
"""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRAPE: Final = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
HEALTH: Final = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
LOOPBACK: Final = "127.0.0.1"

_PORT: Final = re.compile(rb"event=listening .*metrics=http://127\.0\.0\.1:([0-9]+)")


class Exporter:
    """The exporter as a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            (sys.executable, "-m", "exporter", "--demo", f"--web.listen-address={LOOPBACK}:0"),
            stderr=subprocess.PIPE,
        )
        self.port = next(int(found[1]) for line in self._log() if (found := _PORT.search(line)))
        self.lines = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _log(self) -> Iterator[bytes]:
        assert self._process.stderr is not None  # noqa: S101 - for the type checker
        yield from iter(self._process.stderr.readline, b"")

    def _count(self) -> None:
        for _ in self._log():
            self.lines += 1

    def megabytes(self) -> int:
        """Return the memory that it has now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) // 1024

    def scrape(self) -> float:
        """Return the seconds that a scrape takes."""
        begun = time.perf_counter()
        connection = HTTPConnection(LOOPBACK, self.port, timeout=30)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != HTTPStatus.OK:
            sys.exit(f"a scrape was answered with {answer.status}")
        return time.perf_counter() - begun

    def connect(
        self, data: bytes, host: str = LOOPBACK, buffer: int | None = None
    ) -> socket.socket:
        """Connect from an address and say something."""
        client = socket.socket()
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.bind((host, 0))
        client.connect((LOOPBACK, self.port))
        client.sendall(data)
        return client

    def end(self) -> float:
        """Return the seconds that it takes to end."""
        begun = time.perf_counter()
        self._process.terminate()
        if self._process.wait():
            sys.exit("it did not end with 0")
        return time.perf_counter() - begun


@contextmanager
def _crowd(exporter: Exporter, number: int, data: bytes, hosts: int) -> Iterator[None]:
    with ExitStack() as crowd:
        for one in range(number):
            host = f"127.0.0.{2 + one % hosts}" if hosts > 1 else LOOPBACK
            crowd.enter_context(exporter.connect(data, host))
        yield


@contextmanager
def _drips(exporter: Exporter) -> Iterator[None]:
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.05):
            for client in clients:
                try:
                    client.sendall(b"x")
                except OSError:
                    continue

    with ExitStack() as crowd:
        clients = [crowd.enter_context(exporter.connect(b"GET /")) for _ in range(30)]
        dripping = threading.Thread(target=drip)
        dripping.start()
        yield
        over.set()
        dripping.join()


@contextmanager
def _unread(exporter: Exporter) -> Iterator[None]:
    """Ask for 100 scrapes, one after another, and read the first byte of each."""
    with ExitStack() as crowd:
        for _ in range(100):
            crowd.enter_context(exporter.connect(SCRAPE, buffer=4096)).recv(1)
        yield


def main(scrapes: int) -> None:
    """Print the table."""
    exporter = Exporter()
    cases: dict[str, AbstractContextManager[None]] = {
        "quiet": nullcontext(),
        "500 half-open, one address": _crowd(exporter, 500, b"GET /met", 1),
        "500 half-open, 50 addresses": _crowd(exporter, 500, b"GET /met", 50),
        "30 headers that drip": _drips(exporter),
        "300 idle after a request": _crowd(exporter, 300, HEALTH, 20),
        "100 that never read": _unread(exporter),
    }
    exporter.scrape()
    sys.stdout.write("| meanwhile | median ms | slowest ms | memory MB |\n|---|---|---|---|\n")
    for name, case in cases.items():
        with case:
            times = [exporter.scrape() * 1000 for _ in range(scrapes)]
            figures = f"{statistics.median(times):.0f} | {max(times):.0f} | {exporter.megabytes()}"
        sys.stdout.write(f"| {name} | {figures} |\n")
    lines = exporter.lines
    sys.stdout.write(f"\n{lines} lines of log; it ended in {exporter.end():.1f} s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
