"""The direct transport: what it sends, and how it reads whole answers."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from tests.client.support import KEY, server_of, serving
from tests.client.wire import OK, WHOLE, Server, direct, fetch, get, served, stream_of

if TYPE_CHECKING:
    from tests.client.support import Serve

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Case(NamedTuple):
    """An answer as it goes over the wire, and what it is.

    Attributes:
        closes: its end is that of the connection.
    """

    sent: bytes
    status: int
    body: bytes
    closes: bool = False


ANSWERS = {
    "length": Case(WHOLE, 200, b"hello"),
    "no body": Case(OK + b"Content-Length: 0\r\n\r\n", 200, b""),
    "chunks": Case(CHUNKED + b"3\r\nhel\r\n02\r\nlo\r\n0\r\n\r\n", 200, b"hello"),
    "extensions": Case(CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n', 200, b"hello"),
    "trailers": Case(CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200, b"hello"),
    "until it closes": Case(OK + b"\r\nhello", 200, b"hello", closes=True),
    "nothing until it closes": Case(OK + b"\r\n", 200, b"", closes=True),
    "HTTP/1.0": Case(b"HTTP/1.0 200 OK\r\n\r\nhello", 200, b"hello", closes=True),
    "204": Case(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "304": Case(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b""),
    "error": Case(b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno", 503, b"no"),
    "no reason": Case(b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    "100 first": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, 200, b"hello"),
    "hints first": Case(2 * b"HTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n" + WHOLE, 200, b"hello"),
    "100 and until it closes": Case(
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\nhello", 200, b"hello", closes=True
    ),
}


def in_pieces(answer: bytes, size: int) -> Serve:
    """Return a server's behaviour: the answer to a request comes a few bytes at a time."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for start in range(0, len(answer), size):
            writer.write(answer[start : start + size])
            await asyncio.sleep(0)

    return serve


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
async def test_answer(case: Case, size: int) -> None:
    """Every kind of answer is read to its end, however it is cut into pieces."""
    async with server_of(in_pieces(case.sent, size)) as url, direct() as transport:
        assert await fetch(transport, url) == (case.status, case.body)


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
async def test_connection_is_used_again(case: Case) -> None:
    """After any answer that has an end of its own, three requests take one connection."""
    server = Server(case.sent, hangs_up=case.closes)
    async with served(server) as (transport, url):
        for _ in range(3):
            assert await fetch(transport, url) == (case.status, case.body)
    assert server.connections == (3 if case.closes else 1)


async def test_headers() -> None:
    """They come as sent, repeated ones too; neither those of a 1xx nor trailers are among them."""
    answer = (
        b"HTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n"
        + OK
        + b"X-One: a\r\nx-one:  b \t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nLate: c\r\n\r\n"
    )
    async with served(Server(answer)) as (transport, url):
        response = await transport.handle_async_request(get(url))
        await stream_of(response).aclose()
    assert response.headers.get_list("X-One") == ["a", "b"]
    assert set(response.headers) == {"x-one", "transfer-encoding"}


async def test_request() -> None:
    """What is sent is what httpx made of the request: path and query, host and port, headers."""
    server = Server(WHOLE)
    async with served(server) as (transport, url):
        await fetch(transport, f"{url}/base/list?a=1&b=%20c")
    (head,) = server.heads
    assert head.split(b"\r\n") == [
        b"GET /base/list?a=1&b=%20c HTTP/1.1",
        b"Host: " + url.removeprefix("http://").encode(),
        b"Authorization: APIKey " + KEY.encode(),
        b"",
        b"",
    ]


async def test_ipv6_address() -> None:
    """An IPv6 address is as good as another."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = Server(WHOLE)
    async with server_of(server.serve, "::1") as url, direct() as transport:
        assert await fetch(transport, url) == (200, b"hello")
    assert url.startswith("http://[::1]:")
    assert f"Host: {url.removeprefix('http://')}\r\n".encode() in server.heads[0]


@pytest.mark.parametrize(
    "make",
    [
        partial(httpx.Request, "HEAD"),
        partial(httpx.Request, "POST"),
        partial(httpx.Request, "GET", content=b"body"),
        partial(httpx.Request, "GET", headers={"Authorization": f"{KEY}\r\nX: y"}),
        partial(httpx.Request, "GET", headers={"Authorization": f"{KEY}\0"}),
    ],
)
async def test_request_that_is_refused(make: partial[httpx.Request]) -> None:
    """What this transport cannot frame, or would be two requests, is not sent, nor told."""
    server = Server(WHOLE)
    async with served(server) as (transport, url):
        with pytest.raises(httpx.LocalProtocolError) as caught:
            await transport.handle_async_request(make(url))
    assert server.heads == []
    assert KEY not in repr(caught.value)


async def test_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of a host's addresses is silent, the next one is tried beside it."""
    loop = asyncio.get_running_loop()
    connect, resolve = loop.sock_connect, loop.getaddrinfo

    async def selective_connect(sock: socket.socket, address: tuple[str, int]) -> None:
        await (asyncio.sleep(60) if address[0] == "127.0.0.2" else connect(sock, address))

    async def resolve_to_both(_host: str, port: int, **options: int) -> object:
        return [*await resolve("127.0.0.2", port, **options), *await resolve("127.0.0.1", port)]

    monkeypatch.setattr(loop, "sock_connect", selective_connect)
    monkeypatch.setattr(loop, "getaddrinfo", resolve_to_both)
    async with server_of(serving(WHOLE)) as url, direct() as transport:
        assert await fetch(transport, url.replace("127.0.0.1", "api.invalid")) == (200, b"hello")
