"""Serves prepared pages faster than anything can read them.

``python -m benchmarks.pages SNAPSHOTS REGIONS [--delay SECONDS] [--gzip] [--elasticsearch]`` prints
the port it listens on. Every region has the same rows, so that a million need the memory of a
hundred thousand; whoever reads them cannot tell.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import time
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from benchmarks.rows import elasticsearch, snapshots

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_REGION: Final = 1
_SNAPSHOTS: Final = "/cloud/v1/snapshots/"
_ROOT: Final = b'{"cluster_name":"bench","cluster_uuid":"b","version":{"number":"7.17.4"}}'


class Pages:
    """What is answered, whole and encoded before anybody asks for it twice.

    Args:
        rows: the records of each region or repository.
        regions: how many there are.
        compressed: whether to send gzip.
    """

    def __init__(self, rows: list[bytes], regions: int, *, compressed: bool) -> None:
        self._rows = rows
        self._regions = regions
        self._compressed = compressed
        self.answer = cache(self._answer)

    def _answer(self, target: str) -> bytes:
        body = self._body(target)
        coding = ""
        if self._compressed:
            body, coding = gzip.compress(body, 6), "Content-Encoding: gzip\r\n"
        return (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{coding}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def _body(self, target: str) -> bytes:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path.startswith(_SNAPSHOTS):
            offset, limit = int(query.get("offset", "0")[0]), int(query.get("limit", "1000")[0])
            rows = b",".join(self._rows[offset : offset + limit])
            return b'{"count":%d,"results":[%b]}' % (len(self._rows), rows)
        if path == "/cloud/v1/regions":
            names = ",".join(
                f'{{"id":{one},"display_name":"Region {one}","state":"ACTIVE"}}'
                for one in range(FIRST_REGION, FIRST_REGION + self._regions)
            )
            return f'{{"count":{self._regions},"results":[{names}]}}'.encode()
        if path == "/_snapshot":
            names = ",".join(f'"backups-{one}":{{"type":"fs"}}' for one in range(self._regions))
            return f"{{{names}}}".encode()
        if path.startswith("/_snapshot/"):
            return b'{"snapshots":[%b]}' % b",".join(self._rows)
        return _ROOT if path == "/" else b"{}"


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
            # The region is of no account, and there is one page for all of them.
            target = _common(head.split(b" ", 2)[1].decode())
            if self._delay:
                loop = asyncio.get_running_loop()
                loop.call_later(self._delay, self._transport.write, self._answer(target))
            else:
                self._transport.write(self._answer(target))


def _common(target: str) -> str:
    path, mark, query = target.partition("?")
    if path.startswith(_SNAPSHOTS):
        return f"{_SNAPSHOTS}{mark}{query}"
    return "/_snapshot/_all" if path.startswith("/_snapshot/") else target


async def _serve(arguments: argparse.Namespace) -> None:
    make = elasticsearch if arguments.elasticsearch else snapshots
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
    parser.add_argument("regions", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--elasticsearch", action="store_true")
    asyncio.run(_serve(parser.parse_args()))
