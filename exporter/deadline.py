"""The moment by which a scrape must be over."""

from __future__ import annotations

import asyncio


class Deadline:
    """A moment on the event loop's monotonic clock; it only ever moves later.

    It moves when a scrape joins a walk that another one began: the walk then runs to the latest
    deadline of those who wait for it.
    """

    def __init__(self, at: float) -> None:
        self.at = at

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that lies `seconds` ahead of the running loop's now."""
        return cls(asyncio.get_running_loop().time() + seconds)

    def extend(self, at: float) -> None:
        """Move it to the moment `at` if that is later."""
        self.at = max(self.at, at)

    def remaining(self) -> float:
        """Return the seconds that are left; negative when it has passed."""
        return self.at - asyncio.get_running_loop().time()
