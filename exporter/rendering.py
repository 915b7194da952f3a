"""Renders a scrape once for each form that somebody asked for, however many wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from isal import isal_zlib

from exporter.metrics import write

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry
    from prometheus_client.registry import Collector

    from exporter.negotiation import Format

# On 24 MB of exposition this level takes 10 ms for 1.8 MB, zlib's level 1 64 ms for 2.1 MB.
_GZIP_LEVEL: Final = 1
_GZIP: Final = 16 + isal_zlib.MAX_WBITS
# Both take turns on one processor but for the compression; so a huge one does not hold up others.
_AT_ONCE: Final = 2
_MOST_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True)
class Form:
    """How a scrape is to be written.

    Attributes:
        names: the only families to write; all of them if there are none.
    """

    format: Format
    gzip: bool
    names: tuple[str, ...] = ()

    def render(self, registry: CollectorRegistry) -> bytes:
        """Return the exposition; takes a microsecond a sample."""
        encode, _ = self.format.encoder()
        chosen: Collector = registry.restricted_registry(self.names) if self.names else registry
        pieces = write(chosen, encode, self.format.escaping)
        if not self.gzip:
            return b"".join(pieces)
        gzip = isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP)
        return b"".join([*map(gzip.compress, pieces), gzip.flush()])  # never the whole text


class Rendering:
    """One scrape in one form, while it is rendered and until all who asked have read it."""

    def __init__(self, registry: CollectorRegistry, form: Form, turns: asyncio.Semaphore) -> None:
        self.form = form
        self.began: float | None = None
        self.registry: CollectorRegistry | None = registry
        self.body: bytes | None = None
        self.readers: list[Callable[[], None]] = []
        self._task = asyncio.create_task(self._render(registry, turns))
        self._task.add_done_callback(_retrieve)

    async def finished(self) -> bytes:
        """Wait for it, and return it; it goes on when this is cancelled."""
        return await asyncio.shield(self._task)

    def serves(self, registry: CollectorRegistry, form: Form, asked_at: float) -> bool:
        """Tell whether a request can be served with it: it began later, or has yet to begin."""
        wanted = self.registry is registry and self.form == form
        return wanted and (self.began is None or self.began >= asked_at)

    def leave(self) -> None:
        """Give it up if it has not begun; a thread cannot be stopped."""
        if self.began is None:
            self._task.cancel()

    async def _render(self, registry: CollectorRegistry, turns: asyncio.Semaphore) -> bytes:
        try:
            async with turns:
                self.began = asyncio.get_running_loop().time()
                self.body = await asyncio.to_thread(self.form.render, registry)
        finally:
            self.registry = None  # the figures behind the text are not needed any more
        return self.body


def _retrieve(task: asyncio.Task[bytes]) -> None:
    """Take the fault of a rendering that everybody left, or asyncio would log it."""
    if not task.cancelled():
        task.exception()


class Renderings:
    """The renderings that somebody waits for or reads, the oldest first.

    Clients that do not read keep theirs in memory for as long as they may take. When that is more
    than `most` bytes in all, those who have been reading the oldest are cut off.
    """

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most = most
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._held: list[Rendering] = []

    def take(
        self, registry: CollectorRegistry, form: Form, asked_at: float, cut: Callable[[], None]
    ) -> Rendering:
        """Return the rendering to wait for; `give_back` it after use.

        Args:
            registry: the scrape.
            form: how to write it.
            asked_at: when the request came, on the loop's clock: a rendering that began before
                would show it ages and counters from before.
            cut: closes the connection that the request came on.
        """
        for rendering in self._held:
            if rendering.serves(registry, form, asked_at):
                break
        else:
            rendering = Rendering(registry, form, self._turns)
            self._held.append(rendering)
        rendering.readers.append(cut)
        return rendering

    def give_back(self, rendering: Rendering, cut: Callable[[], None]) -> None:
        """Forget it unless somebody else still reads it."""
        rendering.readers.remove(cut)
        if not rendering.readers:
            rendering.leave()
            if rendering in self._held:
                self._held.remove(rendering)

    def bound(self, newest: Rendering) -> None:
        """Cut off the readers of the oldest until what is held is no more than allowed."""
        finished = [(one, len(one.body)) for one in self._held if one.body is not None]
        total = sum(size for _, size in finished)
        for one, size in finished:
            if total <= self._most:
                break
            if one is not newest:
                total -= size
                self._held.remove(one)
                for cut in tuple(one.readers):
                    cut()
