"""How fast one key may ask after the API told it to slow down.

The quota is not published, and other replicas may draw on the same one. So the pace is found as TCP
finds its own: each round of 429s halves it, each good answer raises it a little, and as long as
nobody complains there is none.
"""

from __future__ import annotations

from random import SystemRandom
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST: Final = 0.1
"""Seconds between two requests after the first complaint."""

_LONGEST: Final = 1.0
_EASING: Final = 0.95
"""What a good answer leaves of the interval: 20 intervals are all that one complaint can cost."""

_DRAW: Final = SystemRandom().uniform

_SHORTEST: Final = 0.01
"""Seconds below which the requests go unpaced again."""


class Pace:
    """Gives the requests of one key their moments.

    Args:
        clock: monotonic seconds.
        between: draws a number between two, so that replicas don't keep step.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        between: Callable[[float, float], float] = _DRAW,
    ) -> None:
        self._clock = clock
        self._between = between
        self._interval = 0.0
        self._slowed_at = float("-inf")
        self._next = 0.0

    def slow_down(self, sent: float) -> None:
        """Take note of a 429 to a request that was sent at the moment `sent`.

        Requests that were in flight together are refused together: of these, one counts.
        """
        if sent < self._slowed_at:
            return
        now = self._slowed_at = self._clock()
        self._interval = min(_LONGEST, 2 * self._interval or _FIRST)
        self._next = max(self._next, now + self._between(0, self._interval))

    def ease(self) -> None:
        """Take note of a good answer."""
        self._interval *= _EASING
        if self._interval < _SHORTEST:
            self._interval = 0.0

    def wait(self) -> float:
        """Return the seconds until the next free moment."""
        return max(0.0, self._next - self._clock()) if self._interval else 0.0

    def take(self) -> None:
        """Take the next free moment."""
        if self._interval:
            drawn = self._between(self._interval / 2, 3 * self._interval / 2)
            self._next = max(self._next, self._clock()) + drawn
