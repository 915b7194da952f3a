"""The programs that are measured, as processes of their own."""

from __future__ import annotations

import gzip
import http.client
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.memory import megabytes
from benchmarks.pages import PROJECT, region_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPBACK: Final = "127.0.0.1"
ELASTICSEARCH_EXPORTER: Final = shutil.which("prometheus-elasticsearch-exporter")
_METRICS_PORT: Final = re.compile(rb"event=listening .*metrics=http://127\.0\.0\.1:([0-9]+)")
_SAMPLE: Final = re.compile(rb"^[^#\n]", re.MULTILINE)
_UNREAD: Final = re.compile(rb"^gcore_up\{.*\} 0(?:\.0)?$", re.MULTILINE)
_START_SECONDS: Final = 30.0


class Cost(NamedTuple):
    """What one read took; the memory is the peak so far in MiB, over all processes of it."""

    seconds: float
    megabytes: float


@contextmanager
def serving(snapshots: int, regions: int, *options: str) -> Iterator[int]:
    """Serve prepared pages; give the port."""
    arguments = (str(snapshots), str(regions), *options)
    with _running(sys.executable, "-m", "benchmarks.pages", *arguments) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        yield int(process.stdout.readline())


@dataclass(frozen=True)
class Scraped:
    """An exporter that runs, ours or another."""

    pid: int
    port: int

    def scrape(self) -> Cost:
        """Scrape, as Prometheus does, from request to last byte."""
        return Cost(self.seconds("/metrics"), megabytes(self.pid))

    def seconds(self, path: str) -> float:
        """Return the seconds from request to last byte."""
        begun = time.perf_counter()
        self._get(path)
        return time.perf_counter() - begun

    def samples(self) -> int:
        """Scrape, make sure that every target was read, and count the samples."""
        text = gzip.decompress(self._get("/metrics"))
        if unread(text):
            sys.exit("a target was not read in full")
        return len(_SAMPLE.findall(text))

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=120)
        headers = {"Accept-Encoding": "gzip", "X-Prometheus-Scrape-Timeout-Seconds": "60"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != HTTPStatus.OK:
            sys.exit(f"{path} was answered with {answer.status}")
        return body


def unread(text: bytes) -> bool:
    """Tell whether an exposition of ours says that a target was not read in full."""
    return _UNREAD.search(text) is not None


def configuration(port: int, regions: int, extra: str = "", in_flight: int = 8) -> str:
    """Return our exporter's configuration as YAML.

    Args:
        port: of the pages.
        regions: how many of them to read.
        extra: further YAML.
        in_flight: requests at once.
    """
    ids = ", ".join(map(str, region_ids(regions)))
    return (
        f"targets:\n  - {{project_id: {PROJECT}, regions: [{ids}]}}\n"
        f"scrape: {{timeout: 60s}}\n{extra}\n"
        f'api:\n  url: "http://{LOOPBACK}:{port}"\n  key: "1$bench"\n'
        f"  max_concurrency: {in_flight}\n"
    )


@contextmanager
def our_exporter(folder: Path, yaml: str) -> Iterator[Scraped]:
    """Start the exporter; its configuration is put into the folder."""
    file = folder / "config.yaml"
    file.write_text(yaml)
    flags = (f"--config.file={file}", f"--web.listen-address={LOOPBACK}:0")
    with _running(sys.executable, "-m", "exporter", *flags) as process:
        assert process.stderr is not None  # noqa: S101 - for the type checker
        found = (_METRICS_PORT.search(line) for line in iter(process.stderr.readline, b""))
        yield Scraped(process.pid, next(int(one[1]) for one in found if one))


@contextmanager
def elasticsearch_exporter(port: int) -> Iterator[Scraped]:
    """Start the exporter of Elasticsearch, which reads the look-alike on `port`."""
    own = _free_port()
    flags = (f"--es.uri=http://{LOOPBACK}:{port}", "--es.snapshots", "--es.timeout=60s")
    listen = f"--web.listen-address={LOOPBACK}:{own}"
    with _running(str(ELASTICSEARCH_EXPORTER), *flags, listen) as process:
        latest = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection((LOOPBACK, own)).close()
            except OSError:
                if time.monotonic() > latest:
                    raise
                time.sleep(0.05)
            else:
                break
        yield Scraped(process.pid, own)


def walk(name: str, port: int, regions: int) -> Cost:
    """Run one of `benchmarks.walkers`."""
    command = (sys.executable, "-m", "benchmarks.walkers", name, str(port), str(regions))
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own
    seconds, memory, _rows = printed.stdout.split()
    return Cost(float(seconds), float(memory))


@contextmanager
def _running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    is_ours = "exporter" in command
    with subprocess.Popen(  # noqa: S603 - what the benchmark is about
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if is_ours else subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
