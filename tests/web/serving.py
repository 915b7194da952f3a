"""The exporter as users start it, with a web configuration."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import httpx

from tests.processes import metrics_url, started

if TYPE_CHECKING:
    import ssl
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator
    from pathlib import Path

_CONFIG: Final = """\
api: {url: "http://127.0.0.1:1", key: made-up, max_retries: 0}
targets: [{project_id: 1, regions: [{id: 7, name: Seven}]}]
"""


@asynccontextmanager
async def serving(folder: Path, text: str) -> AsyncIterator[tuple[Process, str]]:
    """Run it with the text as web configuration; yield it and where its metrics are.

    Its API refuses connections, so a scrape is over at once.
    """
    (folder / "web.yaml").write_text(text)
    (folder / "config.yaml").write_text(_CONFIG)
    flags = (
        "--web.listen-address=127.0.0.1:0",
        f"--config.file={folder / 'config.yaml'}",
        f"--web.config.file={folder / 'web.yaml'}",
    )
    async with started(*flags) as process:
        yield process, await metrics_url(process)


async def status(url: str, context: ssl.SSLContext) -> int:
    """Return the status of the health check, asked for on a connection of its own; 0 for none."""
    async with httpx.AsyncClient(verify=context) as client:
        try:
            return (await client.get(url.replace("/metrics", "/-/healthy"))).status_code
        except httpx.TransportError:
            return 0
