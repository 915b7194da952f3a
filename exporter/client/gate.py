"""What one key may do now: be sent, be sent by one request only, wait, or nothing more."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.client.pace import Pace
from exporter.errors import ReadError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.credentials import Credential, Secret
    from exporter.deadline import Deadline


class Gate:
    """Stands before every request of one credential.

    - 429 with ``Retry-After`` shuts it for that time, also across scrapes; any 429 sets a pace.
    - 401 shuts it until the next scrape, which sends one request alone before the others.
    - The key is read again at the first use in a scrape.
    """

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._secret: Secret | None = None
        self._outdated = True
        self._opens_at = 0.0
        self._pace = Pace(asyncio.get_running_loop().time)
        self._distrusted = False  # The last answer was a 401.
        self._refused = asyncio.Event()  # It was one in this scrape.
        self._probe: asyncio.Event | None = None  # Set when the request sent alone is answered.

    def begin_scrape(self) -> None:
        """Have the key read again, and tried again if it was refused."""
        self._outdated = True

    def shut_for(self) -> float:
        """Return the seconds until the moment that the API asked to wait for; 0 when past."""
        return max(0.0, self._opens_at - asyncio.get_running_loop().time())

    def refusal(self) -> ReadError | None:
        """Return the error of all requests of the key once it was refused in this scrape."""
        if not self._refused.is_set():
            return None
        message = "the API refused the key (401); nothing more is sent with it in this scrape"
        return ReadError(Reason.AUTH, message, status=HTTPStatus.UNAUTHORIZED.value)

    def congestion(self) -> ReadError | None:
        """Return the error of a request that got no turn in time because the key is slowed down."""
        if not self._pace.wait():
            return None
        message = "the API asked to slow down; there was no turn for this request in time"
        return ReadError(Reason.RATE_LIMITED, message)

    def confirm(self) -> None:
        """Refuse an answer that came while the key was refused: its target fails with the others.

        Raises:
            ReadError: `auth`.
        """
        if refusal := self.refusal():
            raise refusal

    async def opened(self, deadline: Deadline) -> None:
        """Wait until a request may be sent.

        Raises:
            ReadError: `auth` if the key was refused in this scrape or cannot be read,
                `rate_limited` if the wait that the API asked for, or that the pace asks for, does
                not fit in the deadline.
        """
        while True:
            self._key()
            wait = max(self.shut_for(), self._pace.wait())
            if wait > max(0.0, deadline.remaining()):
                message = f"the API asked to wait, {wait:.0f} s more; that is past the deadline"
                raise ReadError(Reason.RATE_LIMITED, message)
            if wait:
                await self.nap(wait)
            elif self._probe is not None:
                await self._probe.wait()
            else:
                return

    @contextmanager
    def passage(self) -> Iterator[Secret | None]:
        """Give the key to one request, or None when the gate was shut since it was `opened`.

        Raises:
            ReadError: `auth`, as `opened`.
        """
        secret = self._key()
        if self._probe is not None or self.shut_for() or self._pace.wait():
            yield None
            return
        self._pace.take()
        if self._distrusted:
            with self._alone():
                yield secret
        else:
            yield secret

    def answered(self, secret: Secret, sent: float, status: int, wait: float | None) -> None:
        """Learn from an answer.

        Args:
            secret: the key that the request was sent with; what was said of a key that was
                replaced since does not count.
            sent: when that was, on the loop's clock.
            status: the answer's.
            wait: seconds that the answer asked to wait for, if it did.
        """
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._pace.slow_down(sent)
            if wait is not None:
                self._opens_at = max(self._opens_at, asyncio.get_running_loop().time() + wait)
        elif status == HTTPStatus.OK:
            self._pace.ease()
        if secret != self._secret:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            self._distrusted = True
            self._refused.set()
        elif not self._refused.is_set():
            self._distrusted = False
        if self._probe is not None:
            self._probe.set()
            self._probe = None

    async def nap(self, seconds: float) -> None:
        """Sleep, but no longer than until the key is refused: there is nothing to wait for then."""
        try:
            async with asyncio.timeout(seconds):
                await self._refused.wait()
        except TimeoutError:
            return

    def _key(self) -> Secret:
        if self._outdated or self._secret is None:
            self._secret = self._read()
            self._outdated = False
            self._refused.clear()
        if refusal := self.refusal():
            raise refusal
        return self._secret

    def _read(self) -> Secret:
        try:
            return self._credential.read()
        except (OSError, ValueError) as fault:
            name = type(fault).__name__
        message = f"no usable key could be read from {self._credential!r} ({name})"
        raise ReadError(Reason.AUTH, message)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        probe = self._probe = asyncio.Event()
        try:
            yield
        finally:
            probe.set()
            if self._probe is probe:
                self._probe = None
