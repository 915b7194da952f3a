"""How one call to the API is carried out: gate, slot, request, and again if that may heal it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from exporter.client.bounds import within
from exporter.client.transfer import Alone, TlsError, Wire, fetch
from exporter.errors import ReadError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from exporter.client.connections import Connections
    from exporter.client.gate import Gate
    from exporter.credentials import Secret
    from exporter.deadline import Deadline
    from exporter.limiter import FairLimiter
    from exporter.models import ApiOptions

T = TypeVar("T")


_HEALING: Final = frozenset({Reason.SERVER, Reason.CONNECTION, Reason.RATE_LIMITED})
"""Reasons that sending again can heal; of the others a bad body once, and a 408."""


class RequestObserver(Protocol):
    """Is told of every request; `endpoint` is ``snapshots`` or ``regions``."""

    def answered(self, endpoint: str, code: str, seconds: float) -> None:
        """Take note of a request that is over.

        Args:
            endpoint: which list was asked for.
            code: the status in digits, or ``error`` when no whole answer came: a timeout, a
                connection that failed or broke off, a caller that gave up.
            seconds: from sending to the whole body.
        """

    def retried(self, endpoint: str) -> None:
        """Take note that a request is sent again."""


@dataclass
class Call:
    """What to ask for, on whose behalf, and what came of it so far.

    Attributes:
        path: below the API's base, with its leading slash.
        owner: whose turn it takes among those who wait for a slot.
        sent: requests sent, retries included.
    """

    endpoint: str
    path: str
    query: Mapping[str, str]
    owner: Hashable
    gate: Gate
    deadline: Deadline
    sent: int = field(default=0, init=False)
    _bad_bodies: int = field(default=0, init=False)

    def may_heal(self, error: BaseException) -> bool:
        """Tell whether sending again can heal the error; bad bodies are counted."""
        if not isinstance(error, ReadError) or isinstance(error, TlsError):
            return False
        if error.reason is Reason.PAYLOAD:
            self._bad_bodies += 1
            return self._bad_bodies == 1
        return error.reason in _HEALING or error.status == HTTPStatus.REQUEST_TIMEOUT

    def has_no_time_for(self, state: RetryCallState) -> bool:
        """Tell whether the wait before the next request would outlast the deadline."""
        return state.upcoming_sleep >= self.deadline.remaining()


@dataclass(frozen=True)
class Sender:
    """Carries out calls with what all of them share.

    Attributes:
        backoff: seconds before a request is sent again, unless the gate is shut for longer.
        large: see `Alone`.
        turns: lets one body in each turn of the event loop go on to be decoded. Bodies tend to end
            together; decoding all of them at once would keep requests that wait to be sent, and
            whoever asks for the exporter's health, waiting as long.
    """

    options: ApiOptions
    observer: RequestObserver
    connections: Connections
    limiter: FairLimiter
    backoff: Callable[[RetryCallState], float]
    large: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    turns: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def carry_out(self, call: Call, decode: Callable[[bytearray], T]) -> T:
        """Return the decoded answer, after as many retries as may heal and fit in the deadline.

        Raises:
            ReadError: the last one, with the number of `attempts`; nothing else is raised.
        """
        retrying = AsyncRetrying(
            sleep=call.gate.nap,
            wait=lambda state: call.gate.shut_for() or self.backoff(state),
            stop=lambda state: (
                state.attempt_number > self.options.max_retries or call.has_no_time_for(state)
            ),
            retry=retry_if_exception(call.may_heal),
            reraise=True,
        )
        try:
            return await retrying(self._attempt, call, decode)
        except ReadError as error:
            error.attempts = call.sent
            raise

    async def _attempt(self, call: Call, decode: Callable[[bytearray], T]) -> T:
        """Return the decoded answer of one request; whatever goes wrong is a `ReadError`."""
        alone = Alone(self.large)
        try:
            async with within(call.deadline):
                received = [await self._send(call, alone)]
            return _decoded(received.pop(), decode)
        except ReadError:
            raise
        except TimeoutError:
            late = ReadError(Reason.TIMEOUT, "the scrape's deadline came before the answer")
            error = call.gate.refusal() or call.gate.congestion() or late
        except Exception as fault:  # noqa: BLE001 - one bug must not cost the other targets
            message = f"a fault in the exporter ({type(fault).__name__}); please report it"
            error = ReadError(Reason.UNEXPECTED, message)
        finally:
            alone.release()
        raise error

    async def _send(self, call: Call, alone: Alone) -> bytearray:
        """Return the body of the answer, once the gate is open and a slot is free."""
        while True:
            await call.gate.opened(call.deadline)
            async with self.limiter.slot(call.owner):
                with call.gate.passage() as secret:
                    if secret is not None:
                        body = await self._exchange(call, secret, alone)
                        call.gate.confirm()
                        async with self.turns:
                            await asyncio.sleep(0)
                        return body

    async def _exchange(self, call: Call, secret: Secret, alone: Alone) -> bytearray:
        """Send one request and tell the observer how it ended."""
        if call.sent:
            self.observer.retried(call.endpoint)
        call.sent += 1
        clock = asyncio.get_running_loop().time
        started, code = clock(), "error"
        try:
            body = await self._bounded_fetch(call, secret, alone)
            code = str(HTTPStatus.OK.value)
        except ReadError as error:
            code = str(error.status or code)
            raise
        finally:
            self.observer.answered(call.endpoint, code, clock() - started)
        return body

    async def _bounded_fetch(self, call: Call, secret: Secret, alone: Alone) -> bytearray:
        url = self.options.url + call.path
        sent = asyncio.get_running_loop().time()
        on_status = partial(call.gate.answered, secret, sent)
        try:
            async with (
                within(call.deadline, self.options.request_timeout),
                self.connections.lent() as connection,
            ):
                wire = Wire(connection, alone)
                return await fetch(wire, url, call.query, secret, on_status)
        except TimeoutError:
            error = ReadError(Reason.TIMEOUT, "no whole answer came in time")
        except ReadError as refused:
            error = refused.with_traceback(None)  # Its frames hold what there was of the body.
        raise error


def _decoded(body: bytearray, decode: Callable[[bytearray], T]) -> T:
    try:
        return decode(body)
    except ReadError as refused:
        error = refused.with_traceback(None)
    del body  # An error is kept while its request waits to be sent again, and this frame with it.
    error.status = HTTPStatus.OK.value
    raise error
