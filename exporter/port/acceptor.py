"""The accept loop of our own port."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog

from exporter.port.connection import Connection

if TYPE_CHECKING:
    import socket
    import ssl

    import uvicorn
    from uvicorn.server import ServerState

    from exporter.port.admission import Admission

_HANDSHAKE_SECONDS: Final = 5.0
_FAREWELL_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.5
_SILENCE_SECONDS: Final = 60.0


class Acceptor:
    """Takes connections off listening sockets.

    asyncio's own loop does not do: out of descriptors it logs once for each place in the backlog,
    each second, and before a TLS handshake is done nobody counts its connection.

    Args:
        config: uvicorn's, loaded.
        server_state: what uvicorn's connections share.
        admission: where connections count.
        tls: asked for each connection; None without TLS.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        admission: Admission,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._admission = admission
        self._tls = tls
        self._accepting: list[asyncio.Task[None]] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._silent_until = 0.0

    def begin(self, listening: socket.socket) -> None:
        """Accept connections of a listening socket from now on."""
        listening.setblocking(False)  # noqa: FBT003 - the standard library's own argument
        self._accepting.append(asyncio.create_task(self._accept(listening)))

    async def end(self) -> None:
        """Accept no more, and drop the connections whose TLS handshake is under way."""
        tasks = [*self._accepting, *self._opening]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except ConnectionError:
                continue  # the client was gone before it came to its turn
            except OSError as error:
                await self._back_off(error)
                continue
            self._open(accepted, peer[0])
            await asyncio.sleep(0)  # a queue of them must not hold up those that are served

    async def _back_off(self, error: OSError) -> None:
        """Give the process time to close something; what waits in the backlog stays there."""
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + _SILENCE_SECONDS
            structlog.get_logger().warning(
                "no connection can be accepted; trying again, silently for a minute",
                error=error.strerror,
            )
        self._admission.make_room()
        await asyncio.sleep(_PAUSE_SECONDS)

    def _open(self, accepted: socket.socket, host: str) -> None:
        connection = Connection(self._config, self._server_state, self._admission, host)
        opening = asyncio.create_task(self._connect(connection, accepted))
        self._opening.add(opening)
        opening.add_done_callback(lambda task: self._opened(task, connection, accepted))
        connection.arrive(opening)

    async def _connect(self, connection: Connection, accepted: socket.socket) -> None:
        """Hand the socket to its protocol, after the TLS handshake if there is one."""
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: connection,
            accepted,
            ssl=self._tls,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if self._tls else None,
            ssl_shutdown_timeout=_FAREWELL_SECONDS if self._tls else None,
        )

    def _opened(
        self, task: asyncio.Task[None], connection: Connection, accepted: socket.socket
    ) -> None:
        self._opening.discard(task)
        if task.cancelled():
            failure: BaseException | None = None
        elif (failure := task.exception()) is None:
            return
        connection.forget()
        accepted.close()
        # Reset, no TLS, no common version, too slow: the other side's business.
        if failure is not None and not isinstance(failure, OSError):
            structlog.get_logger().error("a connection could not be opened", exc_info=failure)
