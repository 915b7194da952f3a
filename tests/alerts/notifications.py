"""A real Alertmanager, and what receives its notifications."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import yaml
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

Notification = dict[str, Any]
"""An alert as Alertmanager's webhook tells it."""


class Inbox:
    """A webhook receiver that keeps the firing alerts it was told, by receiver."""

    def __init__(self) -> None:
        self.app = Starlette(routes=[Route("/{receiver}", self._receive, methods=["POST"])])
        self._told: dict[str, list[Notification]] = {}
        self._news = asyncio.Condition()

    async def _receive(self, request: Request) -> Response:
        message = await request.json()
        firing = [alert for alert in message["alerts"] if alert["status"] == "firing"]
        async with self._news:
            self._told.setdefault(request.path_params["receiver"], []).extend(firing)
            self._news.notify_all()
        return Response()

    def named(self, receiver: str, alert: str) -> list[Notification]:
        """Return what a receiver was told of an alert, each time that it was."""
        told = self._told.get(receiver, [])
        return [one for one in told if one["labels"]["alertname"] == alert]

    async def wait_for(self, receiver: str, alertname: str) -> Notification:
        """Wait until a receiver is told an alert, and return it."""
        async with self._news:
            while True:
                for alert in self.named(receiver, alertname):
                    return alert
                await self._news.wait()


@asynccontextmanager
async def alertmanager(
    program: Path, folder: Path, configuration: dict[str, Any]
) -> AsyncIterator[str]:
    """Run Alertmanager on a free port, alone in its cluster; give its host and port."""
    address = f"127.0.0.1:{free_port()}"
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(configuration))
    with (folder / "alertmanager.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
            stdout=log,
            stderr=log,
        )
    try:
        yield address
    finally:
        process.terminate()
        await process.wait()
