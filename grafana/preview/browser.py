"""Pictures of pages, taken by a headless Chromium."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # it shows our own page only, and runs as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=10000",
)


async def take(program: Path, page: Path, picture: Path, width: int, height: int) -> None:
    """Write a picture of a page.

    Args:
        program: the Chromium.
        page: an HTML file; the browser's own files lie beside it.
        picture: the PNG file.
        width: of the picture in pixels.
        height: of the picture in pixels.

    Raises:
        RuntimeError: the browser failed.
    """
    process = await asyncio.create_subprocess_exec(
        program,
        *_FLAGS,
        f"--user-data-dir={page.parent / 'profile'}",
        f"--window-size={width},{height}",
        f"--screenshot={picture}",
        page.as_uri(),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))
