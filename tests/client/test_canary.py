"""The key is nowhere but in the request, whatever the API does with it."""

from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.client.support import CREDENTIAL, KEY, TARGET, Recorder, client_of, failure, server_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.errors import ReadError
    from tests.client.support import Serve

    Answer = Callable[[bytes], bytes]


def whole(body: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    """Return an answer with this body."""
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def error(status: int, message: bytes) -> bytes:
    """Return an error of the API's shape."""
    text = message.decode().encode("unicode_escape").replace(b'"', b"'")
    body = b'{"message": "' + text + b'", "request_id": "' + text + b'", "traceback": "x"}'
    return whole(body, f"HTTP/1.1 {status} No\r\n".encode())


def lines(request: bytes) -> bytes:
    """Return the echoed key alone, as a header's value."""
    return request.split(b"Authorization: ")[1].split(b"\r\n")[0]


ECHOES: dict[str, Answer] = {
    "error 400": lambda request: error(400, request),
    "error 401": lambda request: error(401, request),
    "error 429": lambda request: error(429, request),
    "error 503": lambda request: error(503, lines(request)),
    "text": whole,
    "JSON": lambda request: whole(b'{"count": "' + lines(request) + b'", "results": 1}'),
    "row": lambda request: whole(b'{"count": 1, "results": ["' + lines(request) + b'"]}'),
    "field": lambda request: whole(b'{"' + lines(request) + b'": NaN}'),
    "gzip": lambda request: whole(request, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"),
    "gzip of text": lambda request: whole(
        gzip.compress(request), b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
    ),
    "encoding": lambda request: whole(
        b"", b"HTTP/1.1 200 OK\r\nContent-Encoding: " + lines(request) + b"\r\n"
    ),
    "Location": lambda request: whole(
        b"", b"HTTP/1.1 302 Found\r\nLocation: http://[" + lines(request) + b"\r\n"
    ),
    "Retry-After": lambda request: whole(
        b"", b"HTTP/1.1 429 No\r\nRetry-After: " + lines(request) + b"\r\n"
    ),
    "reason phrase": lambda request: whole(b"", b"HTTP/1.1 400 " + lines(request) + b"\r\n"),
    "status line": lambda request: b"HTTP/1.1 " + lines(request) + b"\r\n\r\n",
    "header line": lambda request: b"HTTP/1.1 200 OK\r\n" + lines(request) + b"\r\n\r\n",
    "length": lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: " + lines(request) + b"\r\n\r\n",
    "chunk": lambda request: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + lines(request) + b"\r\n"
    ),
    "no HTTP": lambda request: request,
    "cut": lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + request,
}
MUTE: dict[str, Answer] = {
    "nothing": lambda _request: b"",
    "401": lambda _request: error(401, b"bad token"),
    "503": lambda _request: error(503, b"busy"),
    "no page": lambda _request: whole(b"<html>"),
    "cut": lambda _request: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
}


def answering(answer: Answer) -> Serve:
    """Return a server's behaviour: answer the request by what was in it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
        await writer.drain()

    return serve


def everything_told(error: ReadError) -> str:
    """Return all that an error could show, its causes and their fields included."""
    shown = ["".join(traceback.format_exception(error, chain=True))]
    cause: BaseException | None = error
    while cause is not None:
        shown += [str(cause), repr(cause), repr(vars(cause)), repr(cause.args)]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(shown)


@pytest.mark.parametrize("echo", ECHOES)
async def test_echoed_key(echo: str, caplog: pytest.LogCaptureFixture) -> None:
    """A key that the API echoes, wherever it can, does not come out of the client.

    Loggers of the libraries are at WARNING, as the exporter sets them: they print answers' headers.
    """
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.WARNING, logger=name)
    recorder = Recorder()
    async with (
        server_of(answering(ECHOES[echo])) as url,
        client_of(None, recorder, url=url, max_retries=1) as client,
    ):
        told = everything_told(await failure(client))
    assert KEY not in told + caplog.text + str(recorder.answers)
    assert "1234" not in told, "nor a part of it"


@pytest.mark.parametrize("fault", MUTE)
async def test_key_in_the_libraries_logs(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """The libraries' own debug logs do not show what is sent, under no fault."""
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    for transport in (None, httpx.AsyncHTTPTransport(trust_env=False)):
        async with (
            server_of(answering(MUTE[fault])) as url,
            client_of(transport, url=url, max_retries=1) as client,
        ):
            assert KEY not in everything_told(await failure(client))
    assert {"asyncio", "httpcore.http11"} <= {record.name for record in caplog.records}
    assert KEY not in caplog.text


async def test_key_in_a_hang(caplog: pytest.LogCaptureFixture) -> None:
    """Nor when the request is cut off, by a timeout or by its caller."""
    caplog.set_level(logging.DEBUG)

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server_of(hang) as url, client_of(None, url=url) as client:
        told = everything_told(await failure(client, seconds=0.05))
    assert KEY not in told + caplog.text


def test_key_in_what_can_be_printed() -> None:
    """What is handed to the client shows no key."""
    assert KEY not in f"{TARGET!r} {TARGET} {CREDENTIAL!r} {CREDENTIAL}"
