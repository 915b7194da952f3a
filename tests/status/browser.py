"""A real Chromium, run once for each look at a page."""

from __future__ import annotations

import asyncio
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-breakpad",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
)
_DARK = "--blink-settings=preferredColorScheme=0"


@dataclass(frozen=True)
class Look:
    """What a look at a page gave.

    Attributes:
        html: the page as it stands after it was loaded and its scripts ran.
        complaints: what the browser's console says, such as a style that the policy forbids.
    """

    html: str
    complaints: list[str]


async def look(program: Path, folder: Path, url: str, *, dark: bool = False) -> Look:
    """Open a page of this machine.

    Args:
        program: the browser.
        folder: made for its profile and output; there is none yet.
        url: the page.
        dark: whether the user likes dark pages.
    """
    flags = [*_FLAGS, *([_DARK] if dark else []), f"--user-data-dir={folder / 'profile'}"]
    return await asyncio.to_thread(_look, [str(program), *flags, "--dump-dom", url], folder)


def _look(command: list[str], folder: Path) -> Look:
    folder.mkdir()
    # Into files, since a process that it leaves behind would keep a pipe open.
    with (folder / "html").open("wb") as html, (folder / "log").open("wb") as log:
        subprocess.run(command, stdout=html, stderr=log, timeout=60, check=True)
    console = re.findall(r":CONSOLE[:(]\d+\)?\] (.*)", (folder / "log").read_text("utf-8"))
    return Look((folder / "html").read_text("utf-8"), console)
