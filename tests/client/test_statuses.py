"""Answers other than 200: their reasons and what is told of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.client.answers import refusal
from exporter.credentials import Secret
from exporter.errors import Reason
from tests.client.support import (
    KEY,
    Recorder,
    Script,
    client_of,
    failure,
    server_of,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATUSES = [
    (401, Reason.AUTH, 1),
    (403, Reason.FORBIDDEN, 1),
    (404, Reason.NOT_FOUND, 1),
    (408, Reason.TIMEOUT, 3),
    (409, Reason.SERVER, 3),
    (429, Reason.RATE_LIMITED, 3),
    (500, Reason.SERVER, 3),
    (502, Reason.SERVER, 3),
    (503, Reason.SERVER, 3),
    (504, Reason.SERVER, 3),
    (204, Reason.UNEXPECTED, 1),
    (206, Reason.UNEXPECTED, 1),
    (304, Reason.UNEXPECTED, 1),
    (400, Reason.UNEXPECTED, 1),
    (405, Reason.UNEXPECTED, 1),
]


@pytest.mark.parametrize(("status", "reason", "attempts"), STATUSES)
async def test_status(status: int, reason: Reason, attempts: int) -> None:
    """Each status has its reason, and is tried again only where that may heal it."""
    script, recorder = Script(httpx.Response(status, content=b"{}")), Recorder()
    async with client_of(script.transport, recorder, max_retries=2) as client:
        error = await failure(client)
    assert (error.reason, error.status, error.attempts) == (reason, status, attempts)
    assert str(status) in str(error)
    assert recorder.codes == [str(status)] * attempts
    assert len(recorder.retries) == attempts - 1


@pytest.mark.parametrize("location", ["https://elsewhere.invalid/", "http://[bad", "", "//:x"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect(status: int, location: str) -> None:
    """A redirect is not followed, whatever it points to: the key goes nowhere else."""
    script = Script(httpx.Response(status, headers={"Location": location}))
    async with client_of(script.transport) as client:
        error = await failure(client)
    assert (error.reason, error.status) == (Reason.UNEXPECTED, status)
    assert len(script.requests) == 1


async def test_message_and_request_id() -> None:
    """The API's message and request id are told; its traceback is not."""
    body = {
        "exception_class": "Forbidden",
        "message": "no right",
        "traceback": "Traceback: secrets",
        "request_id": "req-1",
    }
    async with client_of(Script(httpx.Response(403, json=body)).transport) as client:
        error = await failure(client)
    assert str(error) == "the API answered 403: no right"
    assert error.request_id == "req-1"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f"bad key {KEY}!", "bad key <secret>!"),
        (f"bad key {KEY.upper()}!", "bad key <secret>!"),
        (f"{'x' * 190} {KEY}", f"{'x' * 190} <secret>"),
        ("two\nlines\x00and\x1b[31m ü \u202e", "two lines and [31m"),
        ("y" * 1000, "y" * 200),
        ("", None),
        (3, None),
        (None, None),
        (["a"], None),
    ],
)
def test_message_is_cleaned(message: object, told: str | None) -> None:
    """A message is one short line of plain characters, without the key."""
    body = httpx.Response(400, json={"message": "PLACE"}).content
    body = body.replace(b'"PLACE"', _json(message))
    expected = "the API answered 400" + (f": {told}" if told else "")
    assert str(refusal(400, body, Secret(KEY))) == expected


def _json(value: object) -> bytes:
    return httpx.Response(200, json=value).content


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"message": "cut', b"[" * 50_000, b'{"a":' * 50_000, b"\xff"]
)
def test_body_that_says_nothing(body: bytes) -> None:
    """Without a readable body, the status alone is told."""
    error = refusal(503, body, Secret(KEY))
    assert str(error) == "the API answered 503"
    assert error.request_id is None


def test_request_id_is_cleaned() -> None:
    """The request id is cleaned as the message is."""
    error = refusal(503, b'{"request_id": "' + KEY.encode() + b'\\n1"}', Secret(KEY))
    assert error.request_id == "<secret> 1"


async def test_large_error_body() -> None:
    """The body of an error is read to 64 KiB only; beyond that its status is what counts."""
    body = b'{"message": "' + b"x" * (65 << 10) + b'"}'
    async with client_of(Script(httpx.Response(403, content=body)).transport) as client:
        error = await failure(client)
    assert (error.reason, str(error)) == (Reason.FORBIDDEN, "the API answered 403")


async def test_broken_error_body() -> None:
    """A body that breaks off does not hide the status."""
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n{"
    async with server_of(serving(answer)) as url, client_of(None, url=url) as client:
        error = await failure(client)
    assert (error.reason, error.status) == (Reason.FORBIDDEN, 403)


async def test_error_body_of_a_broken_connection() -> None:
    """Nor does a connection that breaks while the body is read."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"{"
        raise httpx.ReadError(KEY)

    async with client_of(Script(httpx.Response(403, content=broken())).transport) as client:
        error = await failure(client)
    assert (error.reason, error.status) == (Reason.FORBIDDEN, 403)


async def test_error_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that never comes: it is not waited for long."""
    monkeypatch.setattr("exporter.client.transfer._ERROR_BODY_SECONDS", 0.01)

    async def never() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    script = Script(httpx.Response(403, content=never()))
    async with client_of(script.transport) as client:
        error = await failure(client)
    assert (error.reason, error.status) == (Reason.FORBIDDEN, 403)
