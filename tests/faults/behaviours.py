"""What an API, a proxy or a network can do to an answer instead of giving it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING

import msgspec

from tests.factories import snapshot_rows

if TYPE_CHECKING:
    from tests.faults.server import Behaviour, Exchange

MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def answers(body: bytes, *headers: str, status: int = 200) -> Behaviour:
    """Answer with this body, in full and with its length."""
    first = f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"
    lines = [*first, *headers, "", ""]

    async def behave(exchange: Exchange) -> None:
        await exchange.send("\r\n".join(lines).encode() + body)

    return behave


def sends(*parts: bytes) -> Behaviour:
    """Send these bytes and hang up."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(*parts)

    return behave


def fails(status: int, *headers: str) -> Behaviour:
    """Answer with an error of the documented shape that repeats the whole request."""

    async def behave(exchange: Exchange) -> None:
        body = msgspec.json.encode(
            {
                "exception_class": "Error",
                "message": f"no: {exchange.head.decode('latin-1')}",
                "traceback": f"at line 1: {exchange.head.decode('latin-1')}",
                "request_id": "0123456789abcdef",
            }
        )
        await answers(body, *headers, status=status)(exchange)

    return behave


def drips(first: bytes, drop: bytes) -> Behaviour:
    """Send some bytes, and then a few again and again."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(first)
        while True:
            await exchange.send(drop)
            await asyncio.sleep(0.01)

    return behave


async def hangs(exchange: Exchange) -> None:
    """Answer nothing until the client goes away."""
    await exchange.reader.read()


def resets(first: bytes) -> Behaviour:
    """Send some bytes, then break the connection off."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(first)
        await asyncio.sleep(0.02)
        exchange.reset()

    return behave


def streams(first: bytes, chunk: bytes, times: int) -> Behaviour:
    """Send many chunks of one body."""

    async def behave(exchange: Exchange) -> None:
        framed = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
        await exchange.send(CHUNKED, f"{len(first):x}\r\n".encode() + first + b"\r\n")
        for _ in range(times):
            await exchange.send(framed)
        await exchange.send(b"0\r\n\r\n")

    return behave


def says(page: object) -> Behaviour:
    """Answer with this value as JSON."""
    return answers(msgspec.json.encode(page))


def later(behaviour: Behaviour) -> Behaviour:
    """Give the first page, and misbehave on those that follow."""

    async def behave(exchange: Exchange) -> None:
        await (behaviour(exchange) if exchange.offset else exchange.healthy())

    return behave


def once(behaviour: Behaviour) -> Behaviour:
    """Misbehave once, then heal."""
    left = [behaviour]

    async def behave(exchange: Exchange) -> None:
        await (left.pop()(exchange) if left else exchange.healthy())

    return behave


async def cuts_body(exchange: Exchange) -> None:
    """Give the length of the whole body, and half of it."""
    answer = await exchange.healthy_answer()
    await exchange.send(answer[: (answer.index(b"\r\n\r\n") + len(answer)) // 2])


async def cuts_gzip(exchange: Exchange) -> None:
    """Give a gzip stream without its end in a whole body."""
    body = gzip.compress(msgspec.json.encode({"count": 0, "results": []}))[:-6]
    await answers(body, "Content-Encoding: gzip")(exchange)


async def endless(exchange: Exchange) -> None:
    """Give new ids for ever."""
    rows = [{"id": f"{exchange.offset}-{number}"} for number in range(50)]
    await says({"count": 10_000_000, "results": rows})(exchange)


async def repeats(exchange: Exchange) -> None:
    """Give the same page for every offset."""
    await says({"count": 10_000_000, "results": snapshot_rows(50)})(exchange)


async def unstable(exchange: Exchange) -> None:
    """Give ids that are others on each page, while `count` stays."""
    left = max(0, min(50, 120 - exchange.offset))
    rows = [{"id": f"{id(exchange)}-{number}"} for number in range(left)]
    await says({"count": 120, "results": rows})(exchange)


def stacked() -> Behaviour:
    """Answer with gzip in gzip, as a whole body."""
    body = gzip.compress(gzip.compress(bytes(10 * MIB)))
    return answers(body, "Content-Encoding: gzip, gzip")


def bomb() -> Behaviour:
    """Answer with 100 kB that are 100 MiB."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join([packer.compress(bytes(MIB)) for _ in range(100)]) + packer.flush()
    return answers(body, "Content-Encoding: gzip")


def redirects(status: int) -> Behaviour:
    """Send the client to another path of this server."""
    return answers(b"", "Location: /cloud/v1/regions?stolen", status=status)
