"""Identifiers, numbers and moments that follow from a seed and a moment alone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from random import Random
from uuid import UUID


class Mint:
    """Makes what the rows of one account need; the same seed and `now` make the same.

    Args:
        now: the moment that ages count from, in Unix seconds.
        seed: of everything that looks random.
    """

    def __init__(self, now: float, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - sample data has to repeat, and guards nothing
        self._now = now
        self._numbers = count(101)

    def identifier(self) -> str:
        """Return a new UUID."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def number(self) -> int:
        """Return the next of the small numbers that the API gives policies as ids."""
        return next(self._numbers)

    def moment(self, age: float) -> str:
        """Return the moment `age` seconds before now, as the API writes it for snapshots."""
        return datetime.fromtimestamp(self._now - age, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
