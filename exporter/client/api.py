"""The lists that the API is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from tenacity import RetryCallState, wait_random_exponential

from exporter.client.connections import Connections, maker
from exporter.client.gate import Gate
from exporter.client.sending import Call, RequestObserver, Sender
from exporter.errors import ReadError, Reason
from exporter.limiter import FairLimiter
from exporter.payload import decode_page, decode_regions

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from exporter.credentials import Credential
    from exporter.deadline import Deadline
    from exporter.models import ApiOptions, Page, Region, RegionPage, Target

_REGION_PAGE_SIZE: Final = 1000
_MAX_REGION_PAGES: Final = 100

_BACKOFF: Final = wait_random_exponential(multiplier=0.5, max=8)
"""Seconds before a request is sent again: anything up to 0.5, 1, 2, ... 8 ("full jitter")."""


class Client:
    """Asks the API; one of them lives as long as its configuration.

    Args:
        options: where the API is and how hard it may be asked.
        observer: told of every request.
        transport: carries the requests instead of the network.
        backoff: seconds before a request is sent again, for the state that tenacity hands it.
    """

    def __init__(
        self,
        options: ApiOptions,
        observer: RequestObserver,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        backoff: Callable[[RetryCallState], float] = _BACKOFF,
    ) -> None:
        self._connections = Connections(maker(options) if transport is None else lambda: transport)
        limiter = FairLimiter(options.max_concurrency)
        self._sender = Sender(options, observer, self._connections, limiter, backoff)
        self._gates: dict[Credential, Gate] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._connections.close()

    def begin_scrape(self) -> None:
        """Have key files read again, and a refused key tried again by one request alone."""
        for gate in self._gates.values():
            gate.begin_scrape()

    async def read_page(self, target: Target, offset: int, limit: int, deadline: Deadline) -> Page:
        """Read one page of a target's snapshots.

        Args:
            target: whose snapshots; its region must be known.
            offset: rows to skip.
            limit: rows to ask for, 1 to 1000.
            deadline: the moment by which all waits, retries and the answer must be over.

        Raises:
            ReadError: the page could not be read.
        """
        filters = target.selection.filters if target.selection else {}
        call = Call(
            endpoint="snapshots",
            path=f"/cloud/v1/snapshots/{target.project_id}/{target.region_id}",
            query={**filters, "limit": str(limit), "offset": str(offset)},
            owner=target,
            gate=self._gate(target.credential),
            deadline=deadline,
        )
        return await self._sender.carry_out(call, lambda body: decode_page(body, limit))

    async def read_regions(self, credential: Credential, deadline: Deadline) -> tuple[Region, ...]:
        """Read the whole list of regions, each id once.

        Raises:
            ReadError: it could not be read, or has no end (`inconsistent`).
        """
        regions: dict[int, Region] = {}
        offset = 0
        for _ in range(_MAX_REGION_PAGES):
            page = await self._read_region_page(credential, offset, deadline)
            known = len(regions)
            regions.update((region.id, region) for region in page.results)
            offset += len(page.results)
            if not page.results or offset >= page.count:
                return tuple(regions.values())
            if len(regions) == known:
                break
        message = "the list of regions does not end, or a page of it told nothing new"
        raise ReadError(Reason.INCONSISTENT, message)

    async def _read_region_page(
        self, credential: Credential, offset: int, deadline: Deadline
    ) -> RegionPage:
        call = Call(
            endpoint="regions",
            path="/cloud/v1/regions",
            query={"limit": str(_REGION_PAGE_SIZE), "offset": str(offset)},
            owner="regions",
            gate=self._gate(credential),
            deadline=deadline,
        )
        return await self._sender.carry_out(
            call, lambda body: decode_regions(body, _REGION_PAGE_SIZE)
        )

    def _gate(self, credential: Credential) -> Gate:
        return self._gates.setdefault(credential, Gate(credential))
