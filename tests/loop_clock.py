"""The event loop's clock, which a test can move ahead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


class LoopClock:
    """Moves the running loop's time; timers that are due then fire at once.

    Args:
        patch: puts the loop's own clock back.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        self._ahead = 0.0
        patch.setattr(loop, "time", lambda: real() + self._ahead)

    def move(self, seconds: float) -> None:
        """Move the time ahead."""
        self._ahead += seconds
