"""The rows of the table "Faults of the API", as behaviours with what they must lead to."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from exporter.errors import Reason
from tests.faults import behaviours as do

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.server import Behaviour

RETRIES: Final = 1
"""`api.max_retries` of the exporter under test."""


@dataclass(frozen=True)
class Fault:
    """A way to misbehave towards one target.

    Attributes:
        reason: of the target's failure.
        attempts: requests for the page that fails; None where a walk makes many.
        status: of the last answer, as the log tells it.
    """

    behave: Behaviour
    reason: Reason
    attempts: int | None = 1 + RETRIES
    status: int | None = None


def _status(status: int, reason: Reason, attempts: int = 1) -> Fault:
    return Fault(do.fails(status), reason, attempts, status)


def _body(behave: Behaviour) -> Fault:
    return Fault(behave, Reason.PAYLOAD, status=200)


def _count(count: object) -> Fault:
    return _body(do.says({"count": count, "results": []}))


def _rows(*rows: object) -> Fault:
    return _body(do.says({"count": len(rows), "results": rows}))


_LIMIT: Final = 10_000_000
_LENGTH: Final = do.OK + b"Content-Length: 100000\r\n\r\n"

STATUSES: Final[Mapping[str, Fault]] = {
    "403": _status(403, Reason.FORBIDDEN),
    "404": _status(404, Reason.NOT_FOUND),
    "500": _status(500, Reason.SERVER, 2),
    "502": _status(502, Reason.SERVER, 2),
    "503": _status(503, Reason.SERVER, 2),
    "504": _status(504, Reason.SERVER, 2),
    "409": _status(409, Reason.SERVER, 2),
    "408": _status(408, Reason.TIMEOUT, 2),
    "400": _status(400, Reason.UNEXPECTED),
    "301": Fault(do.redirects(301), Reason.UNEXPECTED, 1, 301),
    "302": Fault(do.redirects(302), Reason.UNEXPECTED, 1, 302),
    "307": Fault(do.redirects(307), Reason.UNEXPECTED, 1, 307),
    "503 on a later page": Fault(do.later(do.fails(503)), Reason.SERVER, status=503),
}

CONNECTIONS: Final[Mapping[str, Fault]] = {
    "no answer": Fault(do.sends(), Reason.CONNECTION),
    "half a header": Fault(do.sends(b"HTTP/1.1 200 OK\r\nContent-Le"), Reason.CONNECTION),
    "reset": Fault(do.resets(b""), Reason.CONNECTION),
    "reset in the header": Fault(do.resets(b"HTTP/1.1 200 OK\r\nX: "), Reason.CONNECTION),
    "reset in the body": Fault(do.resets(_LENGTH + b"{"), Reason.CONNECTION),
    "no HTTP": Fault(do.sends(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Reason.PAYLOAD),
}

SLOW: Final[Mapping[str, Fault]] = {
    "hang": Fault(do.hangs, Reason.TIMEOUT, 1),
    "drip of 1xx": Fault(do.drips(b"", b"HTTP/1.1 103 Hints\r\n\r\n"), Reason.TIMEOUT, 1),
    "drip of header": Fault(do.drips(do.OK, b"X: y\r\n"), Reason.TIMEOUT, 1),
    "drip of body": Fault(do.drips(_LENGTH, b" "), Reason.TIMEOUT, 1),
    "drip of chunks": Fault(do.drips(do.CHUNKED, b"1\r\n \r\n"), Reason.TIMEOUT, 1),
}

BODIES: Final[Mapping[str, Fault]] = {
    "cut by length": _body(do.cuts_body),
    "cut in chunks": _body(do.sends(do.CHUNKED, b'20\r\n{"count": 5,')),
    "cut before the last chunk": _body(do.sends(do.CHUNKED, b'c\r\n{"count": 5,\r\n')),
    "cut by closing": _body(do.sends(do.OK + b"\r\n", b'{"count": 5, "results": [')),
    "cut in HTTP/1.0": _body(do.sends(b'HTTP/1.0 200 OK\r\n\r\n{"count": 5,')),
    "cut gzip": _body(do.cuts_gzip),
    "empty": _body(do.answers(b"")),
    "HTML": _body(do.answers(b"<!doctype html><title>502</title>", "Content-Type: text/html")),
    "no JSON": _body(do.answers(b"count: 5")),
    "bad UTF-8": _body(do.answers(b'{"count": 0, "results": [], "x": "\xff"}')),
    "NaN": _body(do.answers(b'{"count": NaN, "results": []}')),
    "nesting": _body(do.answers(b'{"count": 0, "results": ' + b"[" * 100_000)),
    "nesting in a field": _body(do.answers(b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}")),
}

SIZES: Final[Mapping[str, Fault]] = {
    "over 32 MiB": _body(do.streams(b'{"count": 0, "x": "', b"x" * do.MIB, 33)),
    "over 32 MiB with a length": _body(do.answers(b" " * (32 * do.MIB + 1))),
    "bomb": _body(do.bomb()),
    "stacked gzip": _body(do.stacked()),
    "deflate": _body(do.answers(zlib.compress(b"{}"), "Content-Encoding: deflate")),
    "br": _body(do.answers(b"{}", "Content-Encoding: br")),
    "gzip that is none": _body(do.answers(b"{}", "Content-Encoding: gzip")),
}

SHAPES: Final[Mapping[str, Fault]] = {
    "a list": _body(do.says([])),
    "no results": _body(do.says({"count": 0})),
    "results null": _body(do.says({"count": 0, "results": None})),
    "no count": _body(do.says({"results": []})),
    "count null": _count(None),
    "count text": _count("5"),
    "count negative": _count(-1),
    "count fractional": _count(0.5),
    "count above 10 million": _count(_LIMIT + 1),
    "row null": _rows(None),
    "row text": _rows("snapshot"),
    "row without id": _rows({"name": "x"}),
    "row with id null": _rows({"id": None}),
    "more rows than asked for": _rows(*({"id": str(number)} for number in range(51))),
}

WALKS: Final[Mapping[str, Fault]] = {
    "the same page for ever": Fault(do.repeats, Reason.INCONSISTENT, None),
    "new ids for ever": Fault(do.endless, Reason.TIMEOUT, None),
    "no two pages agree": Fault(do.unstable, Reason.INCONSISTENT, None),
    "count without rows": Fault(
        do.says({"count": _LIMIT, "results": []}), Reason.INCONSISTENT, None
    ),
}

FAULTS: Final[Mapping[str, Fault]] = {
    **STATUSES,
    **CONNECTIONS,
    **SLOW,
    **BODIES,
    **SIZES,
    **SHAPES,
    **WALKS,
}
"""All that befalls one target and leaves the others of its key alone."""

HEALING: Final = tuple(name for name, fault in FAULTS.items() if fault.attempts == 1 + RETRIES)
"""Faults that sending again heals, if they befall one request only."""
