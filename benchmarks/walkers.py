"""Other ways to read the same pages, each run as a process of its own.

``python -m benchmarks.walkers floor|loop|sdk PORT REGIONS`` prints the seconds that it took, the
peak of its memory in MiB and the rows.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.memory import megabytes
from benchmarks.pages import PAGE_SIZE, PROJECT, region_ids

if TYPE_CHECKING:
    from collections.abc import Callable


def floor(port: int, regions: int) -> int:
    """Read the bytes from one bare socket and decode nothing; return the rows by `count`."""
    rows, buffer = 0, bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for region in region_ids(regions):
            count, offset = 1, 0
            while offset < count:
                path = f"/cloud/v1/snapshots/{PROJECT}/{region}?limit={PAGE_SIZE}&offset={offset}"
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                head = bytes(buffer[: connection.recv_into(buffer)])
                fields, _, body = head.partition(b"\r\n\r\n")
                left = int(fields.rpartition(b"Content-Length: ")[2]) - len(body)
                count = int(body[len(b'{"count":') :].partition(b",")[0])
                while left > 0:
                    left -= connection.recv_into(buffer)
                offset += PAGE_SIZE
            rows += count
    return rows


def loop(port: int, regions: int) -> int:
    """Ask for one page after the other with httpx and decode with json, as most scripts do."""
    rows = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for region in region_ids(regions):
            count, offset = 1, 0
            while offset < count:
                page = json.loads(
                    client.get(
                        f"/cloud/v1/snapshots/{PROJECT}/{region}",
                        params={"limit": PAGE_SIZE, "offset": offset},
                        headers={"Authorization": "APIKey 1$bench"},
                    ).content
                )
                count, offset = page["count"], offset + PAGE_SIZE
                rows += len(page["results"])
    return rows


def sdk(port: int, regions: int) -> int:
    """Iterate over the list of Gcore's own SDK."""
    package: Any = importlib.import_module("gcore")
    client = package.Gcore(api_key="1$bench", base_url=f"http://127.0.0.1:{port}")
    listing = client.cloud.volume_snapshots.list
    return sum(
        1
        for region in region_ids(regions)
        for _ in listing(project_id=PROJECT, region_id=region, limit=PAGE_SIZE)
    )


def main(name: str, port: int, regions: int) -> None:
    """Print seconds, memory and rows."""
    walkers: dict[str, Callable[[int, int], int]] = {"floor": floor, "loop": loop, "sdk": sdk}
    begun = time.perf_counter()
    rows = walkers[name](port, regions)
    seconds = time.perf_counter() - begun
    print(seconds, megabytes(os.getpid()), rows)  # noqa: T201 - what was asked for


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
