"""The regions list of the API: which regions there are, and what they are called."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from exporter.errors import ReadError, Reason
from exporter.fault import logged
from exporter.inventory import clean_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from exporter.deadline import Deadline
    from exporter.models import AllRegions, Region

REFRESH_SECONDS: Final = 3600.0
"""The list is read at start and then at most this often: regions open a few times a year."""

CLOSED_STATES: Final = frozenset({"NEW", "INACTIVE", "DELETING", "DELETED"})
"""States in which a region is not read. One in maintenance, or in a state that we do not know, is:
its `gcore_up` must not vanish without a word."""


class RegionDirectory:
    """Remembers the regions list, and the name of each region from the first source that has one.

    A name once known stays for the life of the process, since it is a label of counters.
    """

    def __init__(self, read: Callable[[Deadline], Awaitable[Sequence[Region]]]) -> None:
        self._read = read
        self._names: dict[int, str] = {}
        self._open: tuple[int, ...] | None = None
        self._error: ReadError | None = None
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    def name(self, region_id: int) -> str:
        """Return the region's name, or its id as text while none is known."""
        return self._names.get(region_id) or str(region_id)

    def learn(self, region_id: int, name: str | None) -> None:
        """Take a name from another source, unless one is known already."""
        if name:
            self._names.setdefault(region_id, clean_text(name))

    def succeed(self, former: RegionDirectory, *, same_list: bool) -> None:
        """Take over the names that another directory knows, now and later.

        Args:
            former: that of the configuration before this one.
            same_list: whether it read the same list, so that its last answer is good until there
                is a newer one.
        """
        self._names = former._names
        if same_list:
            self._open = former._open

    def resolve(self, regions: AllRegions) -> tuple[int, ...]:
        """Return the ids of the regions to read.

        Raises:
            ReadError: the list was never read: the error of the last attempt, or `timeout` while
                the first is under way.
        """
        if self._open is None:
            raise self._error or ReadError(Reason.TIMEOUT, "the regions list did not come in time")
        return tuple(region_id for region_id in self._open if region_id not in regions.exclude)

    def refresh(self, deadline: Deadline, *, needed: bool) -> asyncio.Task[None] | None:
        """Ask for the list if that is due: at first, then hourly, or always while it is `needed`.

        Returns:
            The attempt to wait for when no list is known yet, else None: a known list is good
            enough while a new one is on its way. The attempt raises nothing.
        """
        now = asyncio.get_running_loop().time()
        unknown = self._open is None
        due = self._asked_at is None or now - self._asked_at >= REFRESH_SECONDS
        if self._asking is None and (due or (needed and unknown)):
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask(deadline))
        return self._asking if unknown else None

    async def close(self) -> None:
        """End an attempt that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    async def _ask(self, deadline: Deadline) -> None:
        try:
            regions = await self._read(deadline)
        except ReadError as error:
            self._error = error
            structlog.get_logger().warning(
                "regions list not read",
                reason=error.reason.value,
                status=error.status,
                attempts=error.attempts,
                request_id=error.request_id,
                error=str(error),
            )
        except Exception as error:  # noqa: BLE001 - no fault of ours may cost a scrape its answer
            self._error = logged(error)
        else:
            self._open = tuple(sorted({r.id for r in regions if r.state not in CLOSED_STATES}))
            for region in regions:
                self.learn(region.id, region.display_name)
        finally:
            self._asking = None
