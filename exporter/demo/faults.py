"""Ready-made ways for the sample cloud to misbehave.

A fault gets each request for its place. What it returns is the answer, sent as it is; with None
the cloud answers as usual.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Literal

from starlette.requests import Request
from starlette.responses import Response

from exporter.demo.account import Place
from exporter.demo.answers import error_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

Fault = Callable[[Request], Awaitable[Response | None]]

Subject = Place | Literal["regions"]
"""What a fault befalls: all lists of a project in a region, or the list of regions."""

Faults = MutableMapping[Subject, Fault]


def status(
    code: int, message: str = "told to fail", headers: Mapping[str, str] | None = None
) -> Fault:
    """Answer with an error of the documented shape."""

    async def fault(_request: Request) -> Response:
        return error_answer(code, message, headers)

    return fault


def raw(body: bytes, code: int = 200, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with this body as it is."""

    async def fault(_request: Request) -> Response:
        return Response(body, code, headers, "application/json")

    return fault


def delayed(seconds: float) -> Fault:
    """Wait, then answer as usual."""

    async def fault(_request: Request) -> None:
        await asyncio.sleep(seconds)

    return fault


def first(requests: int, fault: Fault) -> Fault:
    """Let the first `requests` requests meet the fault, and heal after them."""
    left = requests

    async def healing(request: Request) -> Response | None:
        nonlocal left
        if left == 0:
            return None
        left -= 1
        return await fault(request)

    return healing
