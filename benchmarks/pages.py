"""Serves prepared pages faster than anything can read them.

``python -m benchmarks.pages SNAPSHOTS REGIONS [--delay SECONDS] [--gzip] [--tag-values NUMBER]
[--elasticsearch]`` prints the port it listens on. An answer is prepared once for all regions, so
that a million rows need the memory of a hundred thousand. For each region its number is put in,
into ids, names and moments: no text of one region helps a reader in another.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import time
from functools import cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from benchmarks.rows import REGION, elasticsearch, snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT: Final = 1337
PAGE_SIZE: Final = 1000
MOST_REGIONS: Final = 50

_FIRST_REGION: Final = 10
_MARK: Final = REGION.encode()
_IN_TARGET: Final = re.compile(rf"(?<=/snapshots/{PROJECT}/)\d\d|(?<=/backups-)\d\d")
_ROOT: Final = b'{"cluster_name":"bench","cluster_uuid":"b","version":{"number":"7.17.4"}}'


def region_ids(regions: int) -> range:
    """Return the ids of that many regions, each of two digits."""
    return range(_FIRST_REGION, _FIRST_REGION + regions)


class Pages:
    """What is answered.

    Args:
        rows: the records of any region or repository.
        regions: how many there are.
        compressed: whether to send gzip; each answer is then made once, and kept.
    """

    def __init__(self, rows: list[bytes], regions: int, *, compressed: bool) -> None:
        self._rows = rows
        self._regions = regions
        self._of_any_region = cache(lambda target: _http(self._body(target)))
        self.answer = cache(self._compressed_answer) if compressed else self._plain_answer

    def _plain_answer(self, target: str) -> bytes:
        region, target_of_any = _taken_out(target)
        return self._of_any_region(target_of_any).replace(_MARK, region)

    def _compressed_answer(self, target: str) -> bytes:
        region, target_of_any = _taken_out(target)
        body = self._body(target_of_any).replace(_MARK, region)
        return _http(gzip.compress(body, 6), "Content-Encoding: gzip\r\n")

    def _body(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        match path.split("/")[1:]:
            case ["cloud", "v1", "snapshots", _, _]:
                return self._page(parse_qs(query))
            case ["cloud", "v1", "regions"]:
                return self._region_list()
            case ["_snapshot"]:
                ids = region_ids(self._regions)
                return json.dumps({f"backups-{one}": {"type": "fs"} for one in ids}).encode()
            case ["_snapshot", *_]:
                return b'{"snapshots":[%b]}' % b",".join(self._rows)
            case _:
                return _ROOT if path == "/" else b"{}"

    def _page(self, query: dict[str, list[str]]) -> bytes:
        offset = int(query.get("offset", ["0"])[0])
        limit = int(query.get("limit", [str(PAGE_SIZE)])[0])
        rows = b",".join(self._rows[offset : offset + limit])
        return b'{"count":%d,"results":[%b]}' % (len(self._rows), rows)

    def _region_list(self) -> bytes:
        results = [
            {"id": one, "display_name": f"Luxembourg-{one}", "state": "ACTIVE"}
            for one in region_ids(self._regions)
        ]
        return json.dumps({"count": self._regions, "results": results}).encode()


def _taken_out(target: str) -> tuple[bytes, str]:
    """Return the digits of the target's region, and the target with the mark in their place."""
    found = _IN_TARGET.search(target)
    return (found[0].encode(), _IN_TARGET.sub(REGION, target)) if found else (b"", target)


def _http(body: bytes, fields: str = "") -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Connection(asyncio.Protocol):
    """One connection, kept alive; requests have no bodies and come one after another."""

    def __init__(self, answer: Callable[[str], bytes], delay: float) -> None:
        self._answer = answer
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole, at once or after the delay."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            answer = self._answer(head.split(b" ", 2)[1].decode())
            if self._delay:
                loop = asyncio.get_running_loop()
                loop.call_later(self._delay, self._transport.write, answer)
            else:
                self._transport.write(answer)


async def _serve(arguments: argparse.Namespace) -> None:
    make = elasticsearch
    if not arguments.elasticsearch:
        make = partial(snapshots, tag_values=arguments.tag_values)
    rows = make(arguments.snapshots // arguments.regions, time.time())
    pages = Pages(rows, arguments.regions, compressed=arguments.gzip)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(pages.answer, arguments.delay), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - what was asked for
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("snapshots", type=int)
    parser.add_argument("regions", type=int, choices=range(1, MOST_REGIONS + 1))
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--tag-values", type=int)
    parser.add_argument("--elasticsearch", action="store_true")
    asyncio.run(_serve(parser.parse_args()))
