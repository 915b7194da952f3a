"""Bodies: encodings, sizes, and ends that come too early."""

from __future__ import annotations

import asyncio
import gzip
import traceback
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.errors import Reason
from tests.client.support import (
    Recorder,
    Script,
    answer_bytes,
    client_of,
    failure,
    ok,
    page,
    read,
    server_of,
    serving,
    settle,
    target,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GZIP = "Content-Encoding: gzip"
BODY = page("a", "b")
SMALL = gzip.compress(BODY)
MIB = 1 << 20


class Chunks(httpx.AsyncByteStream):
    """A body in raw chunks, as they come from the wire."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


def raw(*chunks: bytes, **headers: str) -> httpx.Response:
    """Return an answer with these raw chunks; header names have underscores here."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=named, stream=Chunks(*chunks))


async def words(response: httpx.Response) -> str:
    """Return the words of the payload error that an answer leads to."""
    recorder = Recorder()
    async with client_of(Script(response).transport, recorder, max_retries=0) as client:
        error = await failure(client)
    assert (error.reason, error.status) == (Reason.PAYLOAD, 200)
    assert recorder.codes == ["200"]
    return str(error)


@pytest.mark.parametrize("parts", [1, 2, 7])
async def test_gzip_over_the_wire(parts: int) -> None:
    """A gzipped page is read, however it is cut into pieces."""
    answer = answer_bytes(SMALL, GZIP)
    size = len(answer) // parts + 1
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
    async with server_of(serving(*pieces)) as url, client_of(None, url=url) as client:
        assert await read(client) == ["a", "b"]


@pytest.mark.parametrize("encoding", ["identity", "Identity", None])
async def test_plain(encoding: str | None) -> None:
    """A plain page is read, with and without its being called plain."""
    headers = {"Content_Encoding": encoding} if encoding else {}
    async with client_of(Script(raw(BODY, **headers)).transport) as client:
        assert await read(client) == ["a", "b"]


async def test_gzip_in_capitals() -> None:
    """The name of the encoding is read in any case."""
    async with client_of(Script(raw(SMALL, Content_Encoding="GZip")).transport) as client:
        assert await read(client) == ["a", "b"]


@pytest.mark.parametrize(
    "encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip,identity", "x-gzip", "junk", ""]
)
async def test_other_encodings(encoding: str) -> None:
    """Any encoding but one gzip is refused unread, stacked ones above all."""
    assert "an encoding other than one gzip" in await words(raw(SMALL, Content_Encoding=encoding))


async def test_encodings_stacked_by_two_headers() -> None:
    """Two headers are a stack as well."""
    answer = answer_bytes(gzip.compress(SMALL), GZIP, GZIP)
    async with server_of(serving(answer)) as url, client_of(None, url=url) as client:
        assert (await failure(client)).reason is Reason.PAYLOAD


@pytest.mark.parametrize(
    ("chunks", "fault"),
    [
        ([SMALL[:-9]], "was cut short"),
        ([SMALL[:5]], "was cut short"),
        ([], "was cut short"),
        ([b"no gzip"], "is no good gzip"),
        ([zlib.compress(BODY)], "is no good gzip"),
        ([SMALL[:-8] + b"12345678"], "is no good gzip"),
        ([SMALL + b"x"], "goes on after its gzip stream"),
        ([SMALL, SMALL], "goes on after its gzip stream"),
    ],
)
async def test_broken_gzip(chunks: list[bytes], fault: str) -> None:
    """A gzip stream must be good, whole, and all there is."""
    assert await words(raw(*chunks, Content_Encoding="gzip")) == f"the answer's body {fault}"


def padded(size: int) -> bytes:
    """Return a page whose JSON has so many bytes."""
    start, end = b'{"count": 1, "results": [{"id": "a", "name": "', b'"}]}'
    return start + b"x" * (size - len(start) - len(end)) + end


@pytest.mark.parametrize("zipped", [False, True])
async def test_size_limit(*, zipped: bool) -> None:
    """A body of 32 MiB is read; one byte more is refused, gzipped or not."""
    for excess in (0, 1):
        body = padded(32 * MIB + excess)
        chunks = [body[start : start + MIB] for start in range(0, len(body), MIB)]
        answer = raw(gzip.compress(body, 1), Content_Encoding="gzip") if zipped else raw(*chunks)
        if excess:
            assert await words(answer) == "the answer's body has more than 33554432 bytes"
        else:
            async with client_of(Script(answer).transport) as client:
                assert await read(client) == ["a"]


async def test_bomb_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly more than the limit ever comes out of zlib, whatever is packed, in small pieces."""
    inflated = 0
    real = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self._real = real(wbits)

        def decompress(self, data: bytes, limit: int) -> bytes:
            nonlocal inflated
            out = self._real.decompress(data, limit)
            inflated += len(out)
            assert len(out) <= MIB
            return out

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    bomb = gzip.compress(bytes(100 * MIB), 9)
    assert "more than" in await words(raw(bomb, Content_Encoding="gzip"))
    assert 32 * MIB < inflated <= 33 * MIB


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + BODY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + BODY[:5] + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n" + BODY[:5] + b"\r\nzz\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n" + BODY[:-3],
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
)
async def test_cut_short(answer: bytes) -> None:
    """A body that ends too early, by whatever framing, is a bad body, asked for twice."""
    async with server_of(serving(answer)) as url, client_of(None, url=url) as client:
        error = await failure(client)
    assert (error.reason, error.attempts) == (Reason.PAYLOAD, 2)


async def test_one_large_body_at_a_time() -> None:
    """Of many large bodies the memory holds one; small answers pass by meanwhile."""
    started = 0
    go_on = asyncio.Event()

    async def large() -> AsyncIterator[bytes]:
        nonlocal started
        yield b"{" + bytes(MIB)
        started += 1
        await go_on.wait()
        yield bytes(MIB)

    def reply(request: httpx.Request) -> httpx.Response:
        is_small = request.url.path.endswith("/9")
        return ok("a") if is_small else httpx.Response(200, content=large())

    async with client_of(httpx.MockTransport(reply), max_retries=0) as client:
        tasks = [asyncio.create_task(failure(client, target(number))) for number in range(5)]
        await settle()
        assert started == 1
        assert await read(client, target(9)) == ["a"]
        go_on.set()
        errors = await asyncio.gather(*tasks)
    assert started == 5
    assert {error.reason for error in errors} == {Reason.PAYLOAD}


async def test_large_body_that_hangs_lets_the_next_one_through() -> None:
    """Its request timeout ends its turn too."""

    async def hanging() -> AsyncIterator[bytes]:
        yield b"{" + bytes(MIB)
        await asyncio.sleep(60)

    async with client_of(
        httpx.MockTransport(lambda _request: httpx.Response(200, content=hanging())),
        request_timeout=0.1,
    ) as client:
        errors = await asyncio.gather(*(failure(client, target(number)) for number in range(3)))
    assert {error.reason for error in errors} == {Reason.TIMEOUT}


@pytest.mark.parametrize("body", [b" " * (2 * MIB), bytes(33 * MIB)])
async def test_error_keeps_no_body(body: bytes) -> None:
    """An error outlives its request by far; the frames of its traceback hold nothing large."""
    async with client_of(Script(httpx.Response(200, content=body)).transport) as client:
        error: BaseException | None = await failure(client)
    held = []
    while error is not None:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        held += [value for frame in frames for value in frame.f_locals.values()]
        error = error.__cause__ or error.__context__
    bodies = [value for value in held if isinstance(value, bytearray) and len(value) > MIB]
    bodies += [value for value in held if type(value).__name__ == "_Body"]
    assert bodies == []
