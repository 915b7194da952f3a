"""A limit of requests in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.web.options import RateLimit


class TokenBucket:
    """Holds up to `burst` tokens and gets one each `interval` seconds; a request takes one."""

    def __init__(self, limit: RateLimit, now: float) -> None:
        self.limit = limit
        self._tokens = float(limit.burst)
        self._at = now

    def take(self, now: float) -> float:
        """Take a token.

        Args:
            now: seconds on a monotonic clock.

        Returns:
            0, or the seconds until there is a token if there is none.
        """
        gained = max(now - self._at, 0) / self.limit.interval
        self._tokens = min(self._tokens + gained, self.limit.burst)
        self._at = max(now, self._at)
        if self._tokens < 1:
            return (1 - self._tokens) * self.limit.interval
        self._tokens -= 1
        return 0
