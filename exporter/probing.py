"""What replicas behind one address are asked: single targets, which there are, and themselves.

Nothing of a request is ever part of an address, a path or a header of ours to the API: a parameter
only picks one of the configured targets. Words of refusal repeat nothing of the request.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from starlette.responses import Response

from exporter.errors import ReadError
from exporter.replies import HEADERS, RefusalError
from exporter.target_list import TargetName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import ExitStack

    from prometheus_client import CollectorRegistry
    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from exporter.models import Target
    from exporter.scrape_endpoint import Answer, Read, Scrape

PROBE_PATH: Final = "/probe"
TARGETS_PATH: Final = "/-/targets"

_NAMES: Final = "name[]"
_REQUIRED: Final = ("project_id", "region_id")
_OPTIONAL: Final = "selection"
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_USAGE: Final = "A probe has project_id, region_id and, of a target with a selection, selection.\n"

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(
    rf"(?=.{{1,260}}\Z)(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_MAX_PORT: Final = 65535


class OneByOne(Protocol):
    """Reads targets one by one."""

    async def probe(self, name: TargetName, said: float | None, /) -> CollectorRegistry | None:
        """Return the metrics of one target; None if the configuration has no such target.

        Args:
            name: which target.
            said: the seconds that Prometheus said it waits; None if it did not say.
        """

    async def targets(self) -> Sequence[Target]:
        """Return all targets, each with its region's name.

        Raises:
            ReadError: the regions of a project are not known.
        """

    def own(self) -> CollectorRegistry:
        """Return the metrics of the exporter itself."""


def metrics(scrape: Scrape, one_by_one: OneByOne) -> Read:
    """Return what reads all targets, or none with ``targets=none``."""

    async def read(query: QueryParams, said: float | None) -> CollectorRegistry:
        match query.getlist("targets"):
            case []:
                return await scrape(said)
            case ["none"]:
                return one_by_one.own()
            case _:
                words = "The parameter targets can only be none; without it all are read.\n"
                raise RefusalError(HTTPStatus.BAD_REQUEST, words)

    return read


def probe(one_by_one: OneByOne) -> Read:
    """Return what reads the target that the parameters name."""

    async def read(query: QueryParams, said: float | None) -> CollectorRegistry:
        registry = await one_by_one.probe(target_name(query), said)
        if registry is None:
            words = f"There is no such target in the configuration; {TARGETS_PATH} lists them.\n"
            raise RefusalError(HTTPStatus.NOT_FOUND, words)
        return registry

    return read


def discovery(one_by_one: OneByOne) -> Answer:
    """Return what lists all targets for Prometheus's ``http_sd_configs``."""

    async def answer(request: Request, _held: ExitStack) -> Response:
        address = checked_host(request.headers.getlist("Host"))
        try:
            targets = await one_by_one.targets()
        except ReadError as error:
            # An empty or partial list would have Prometheus drop targets; so it keeps its last one.
            words = f"The list of regions is not known yet: {error.reason.value}.\n"
            raise RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, words, retry_after=5) from None
        body = json.dumps(target_groups(targets, address))
        return Response(body, headers={**HEADERS, "Content-Type": "application/json"})

    return answer


def target_name(query: QueryParams) -> TargetName:
    """Return the target that the parameters of a probe name.

    Raises:
        RefusalError: a parameter is missing, repeated, unknown or none of what it can be.
    """
    if problem := _problem(query):
        raise RefusalError(HTTPStatus.BAD_REQUEST, f"{problem} {_USAGE}")
    project_id, region_id = (int(query[name]) for name in _REQUIRED)
    return TargetName(project_id, region_id, query.get(_OPTIONAL, ""))


def _problem(query: QueryParams) -> str | None:
    """Return what is wrong with the parameters of a probe, if anything is."""
    given = Counter(name for name, _ in query.multi_items() if name != _NAMES)
    if set(given) - {*_REQUIRED, _OPTIONAL}:
        return "There is a parameter that a probe does not have."
    for name in (*_REQUIRED, _OPTIONAL):
        if given[name] > 1:
            return f"The parameter {name} is given more than once."
    for name in _REQUIRED:
        if not given[name]:
            return f"The parameter {name} is missing."
        if _ID.fullmatch(query[name]) is None:
            return f"The parameter {name} is no id: digits, without a zero in front."
    return None


def checked_host(values: Sequence[str]) -> str:
    """Return the address that the client reached us by: its ``Host``, a name or IP and a port.

    Raises:
        RefusalError: there is none, or something else, which nobody could be sent to.
    """
    found = _HOST.fullmatch(values[0]) if len(values) == 1 else None
    if found is None or int(found["port"] or 1) > _MAX_PORT:
        words = "The header Host must be a host name or an IP address, and a port if need be.\n"
        raise RefusalError(HTTPStatus.BAD_REQUEST, words)
    return found[0]


def target_groups(targets: Iterable[Target], address: str) -> list[dict[str, object]]:
    """Return the targets as Prometheus's HTTP service discovery wants them.

    They bear no label that would end up in a series: the exposition has its own.
    """
    return [{"targets": [address], "labels": _labels(target)} for target in targets]


def _labels(target: Target) -> dict[str, str]:
    name = {"project_id": str(target.project_id), "region_id": str(target.region_id)}
    if target.selection is not None:
        name[_OPTIONAL] = target.selection.name
    return {
        "__metrics_path__": PROBE_PATH,
        **{f"__param_{key}": value for key, value in name.items()},
        **{f"__meta_gcore_{key}": value for key, value in name.items()},
        "__meta_gcore_region": target.region_name or "",
    }
