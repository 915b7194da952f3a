"""The connections to the API, each lent to one request at a time.

A pool of httpcore's own loses track of a connection whose request is cancelled in the wrong moment
(measured: one descriptor for every three cancelled requests, for ever). Cancelling is what a
deadline does all day. So each connection here is a transport of its own, and one that was not
returned whole is closed with all that is in it.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from exporter.client.protocol import READ
from exporter.client.transport import DirectTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from exporter.models import ApiOptions

_KEEP_ALIVE_SECONDS: Final = 120.0
"""How long a connection is kept for the next scrape. One that the server closed is noticed."""


class Connections:
    """Lends connections, and keeps those that came back whole.

    Args:
        make: makes one; it connects at its first use.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """Lend a connection; after any exception, cancelling above all, it is closed."""
        connection = self._idle.pop() if self._idle else self._make()
        try:
            yield connection
        except BaseException:
            closing = asyncio.create_task(_close(connection))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            raise
        self._idle.append(connection)

    async def close(self) -> None:
        """Close all of them."""
        async with AsyncExitStack() as stack:
            for connection in self._idle:
                stack.push_async_callback(_close, connection)
            await asyncio.gather(*self._closing)
        self._idle.clear()


async def _close(connection: httpx.AsyncBaseTransport) -> None:
    with suppress(httpx.HTTPError, OSError):
        await connection.aclose()


def maker(options: ApiOptions) -> Callable[[], httpx.AsyncBaseTransport]:
    """Return what makes connections to the API.

    The environment has no say: a proxy or a CA file named there would be handed the key. The proxy
    of the configuration is used for https only, where it sees no key; http is for this machine
    itself.
    """
    if options.ca_file:
        tls = ssl.create_default_context(cafile=options.ca_file)
    else:
        tls = httpx.create_ssl_context(trust_env=False)
    tls.set_alpn_protocols(["http/1.1"])
    if options.proxy and options.url.startswith("https:"):
        return partial(_through_proxy, options.proxy, tls)
    return partial(DirectTransport, tls, _KEEP_ALIVE_SECONDS, memoryview(bytearray(READ)))


def _through_proxy(proxy: str, tls: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    """Make one of httpx's own: CONNECT, TLS to and through a proxy and its password are its job."""
    limits = httpx.Limits(
        max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS
    )
    return httpx.AsyncHTTPTransport(trust_env=False, limits=limits, verify=tls, proxy=proxy)
