"""A look-alike of Gcore's API over an account in memory.

Paths, parameters and errors are those of Gcore's API reference. What is documented is checked as
the real one does; parameters that are not documented are ignored.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from exporter.demo.account import select
from exporter.demo.answers import error_answer, page_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from exporter.demo.account import Account, Place, Row, Site
    from exporter.demo.faults import Faults, Subject

DEMO_KEY: Final = "1000$sample-cloud"
"""The one key that opens the sample cloud when no others are given."""

_MAX_LIMIT: Final = 1000
_REGIONS_LIMIT: Final = 100
_MAX_RECORDED: Final = 10_000
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_PLACE: Final = "{project_id:int}/{region_id:int}"


@dataclass(frozen=True)
class RecordedRequest:
    """A request that the cloud got; the key itself is not kept.

    Attributes:
        query: the parameters; of one given twice, the last.
        accepted: whether it bore a key that opens the cloud.
    """

    method: str
    path: str
    query: Mapping[str, str]
    accepted: bool


class SampleCloud:
    """The ASGI application.

    Args:
        account: what it serves; may be changed at any time.
        keys: the tokens that open it; may be changed at any time through the attribute.
        faults: what happens to requests instead, by what they ask for; may be changed at any
            time.

    Attributes:
        requests: the latest requests, oldest first.
    """

    def __init__(
        self,
        account: Account,
        *,
        keys: Iterable[str] = (DEMO_KEY,),
        faults: Faults | None = None,
    ) -> None:
        self.account = account
        self.keys = set(keys)
        self.faults: Faults = {} if faults is None else faults
        self.requests: deque[RecordedRequest] = deque(maxlen=_MAX_RECORDED)
        self._app = Starlette(
            routes=[
                _get("/cloud/v1/projects", self._projects),
                _get("/cloud/v1/regions", self._regions),
                _get(f"/cloud/v1/snapshots/{_PLACE}", self._snapshots),
                _get(f"/cloud/v1/volumes/{_PLACE}", self._volumes),
            ],
            exception_handlers={HTTPException: _documented_error},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application does."""
        if scope["type"] == "http":
            request = Request(scope)
            query = dict(request.query_params)
            accepted = self._is_accepted(request)
            self.requests.append(RecordedRequest(request.method, request.url.path, query, accepted))
        await self._app(scope, receive, send)

    def _is_accepted(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "apikey" and token in self.keys

    async def _projects(self, request: Request) -> Response:
        return self._page(request, lambda: self.account.projects)

    async def _regions(self, request: Request) -> Response:
        answer = await self._misbehave("regions", request)
        if answer is not None:
            return answer
        return self._page(request, lambda: self.account.regions, limit=_REGIONS_LIMIT)

    async def _snapshots(self, request: Request) -> Response:
        return await self._of_site(request, lambda site: _selected(site, request.query_params))

    async def _volumes(self, request: Request) -> Response:
        return await self._of_site(request, lambda site: site.volumes)

    async def _of_site(self, request: Request, rows: Callable[[Site], Sequence[Row]]) -> Response:
        place = request.path_params["project_id"], request.path_params["region_id"]
        answer = await self._misbehave(place, request)
        if answer is not None:
            return answer
        return self._page(request, lambda: rows(self._site(place)))

    async def _misbehave(self, subject: Subject, request: Request) -> Response | None:
        fault = self.faults.get(subject)
        return None if fault is None else await fault(request)

    def _page(
        self, request: Request, rows: Callable[[], Sequence[Row]], *, limit: int = _MAX_LIMIT
    ) -> Response:
        """Return the page that is asked for; `limit` holds where the request has none."""
        if not self._is_accepted(request):
            raise HTTPException(401, "The token is missing or not valid")
        query = request.query_params
        limit = _integer(query, "limit", default=limit, least=1, most=_MAX_LIMIT)
        offset = _integer(query, "offset", default=0, least=0)
        compressed = "gzip" in request.headers.get("accept-encoding", "")
        return page_answer(rows(), offset, limit, compressed=compressed)

    def _site(self, place: Place) -> Site:
        site = self.account.sites.get(place)
        if site is None:
            raise HTTPException(404, "Project {} or region {} is not known".format(*place))
        if site.forbidden:
            raise HTTPException(403, "Project {} has no right in region {}".format(*place))
        return site


def _get(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    route = Route(path, endpoint)
    route.methods = {"GET"}  # Starlette adds HEAD, which the API does not document
    return route


async def _documented_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
    return error_answer(error.status_code, error.detail, error.headers)


def _selected(site: Site, query: Mapping[str, str]) -> Sequence[Row]:
    try:
        return select(site, query)
    except ValueError as error:
        raise HTTPException(400, "lifecycle_policy_id: not an integer") from error


def _integer(
    query: Mapping[str, str], name: str, *, default: int, least: int, most: int | None = None
) -> int:
    text = query.get(name)
    if text is None:
        return default
    if _INTEGER.fullmatch(text) is None:
        raise HTTPException(400, f"{name}: not an integer")
    number = int(text)
    if number < least or (most is not None and number > most):
        raise HTTPException(400, f"{name}: out of range")
    return number
