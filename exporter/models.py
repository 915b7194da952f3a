"""What the API sends and what the configuration asks for, as decoded and checked values.

The fields of a snapshot are those of ``GET /cloud/v1/snapshots/{project_id}/{region_id}`` in
Gcore's API reference; only those that a metric needs are decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.credentials import Credential

GIB: Final = 1024**3
"""Bytes in the GiB that the API gives sizes in."""

MAX_COUNT: Final = 10_000_000
"""The largest `count` that is believed; a longer list could not be read in any scrape."""

MAX_SIZE_GIB: Final = 2**53 // GIB
"""The largest size that is believed: beyond it a Prometheus value no longer holds every byte."""


MAX_TEXT: Final = 1024
"""Characters of a text that become a label's value; what comes behind them is cut off."""


class Tag(msgspec.Struct, frozen=True, gc=False):
    """One of Gcore's key-value pairs; never a Prometheus label of its own."""

    key: str
    value: str
    read_only: bool = False


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """One row of the list, as sent; a field that is absent, null or of a wrong type is None.

    Attributes:
        size: nominal size of the source volume in GiB.
        created_at: ISO 8601; without a zone it is UTC.
        tags: the JSON text of the list of tags. It is a view into the page's buffer, all of which
            it keeps in memory: see `detached`.
    """

    id: Annotated[str, msgspec.Meta(min_length=1)]
    name: str | None = None
    status: str | None = None
    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE_GIB)] | None = None
    created_at: str | None = None
    volume_id: str | None = None
    region: str | None = None
    tags: msgspec.Raw = msgspec.Raw(b"")

    def detached(self) -> Snapshot:
        """Return the row with tags of its own, for whoever keeps it longer than its page."""
        return msgspec.structs.replace(self, tags=self.tags.copy())


class Page(msgspec.Struct, frozen=True, gc=False):
    """One answer of the list: `count` is the number of all that match, not of this page."""

    count: Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
    results: list[Snapshot]


class Region(msgspec.Struct, frozen=True, gc=False):
    """A row of ``GET /cloud/v1/regions``."""

    id: int
    display_name: str | None = None
    state: str | None = None


class RegionPage(msgspec.Struct, frozen=True, gc=False):
    """One answer of the list of regions."""

    count: Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
    results: list[Region]


@dataclass(frozen=True)
class Selection:
    """The snapshots that the API's own filters select, under a name that becomes a label.

    Attributes:
        filters: query parameters of the snapshot list (``instance_id``, ``lifecycle_policy_id``,
            ``schedule_id``, ``volume_id``) with their values as text.
    """

    name: str
    filters: Mapping[str, str] = field(compare=False)


@dataclass(frozen=True)
class Target:
    """A project in a region: what one walk reads and what has a `gcore_up`.

    Attributes:
        region_id: None for a project of ``regions: all`` while its regions are not known.
        selection: None for all snapshots of the region.
        region_name: the name that the configuration gives, if it does.
    """

    project_id: int
    region_id: int | None
    selection: Selection | None = None
    region_name: str | None = field(default=None, compare=False)
    credential: Credential = field(kw_only=True, compare=False)


@dataclass(frozen=True)
class AllRegions:
    """``regions: all``: every region of the regions list, less the excluded ids."""

    exclude: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Project:
    """One entry of ``targets`` in the configuration: a project and the regions to read in it.

    Attributes:
        regions: targets of their own when the configuration names the regions.
    """

    project_id: int
    regions: tuple[Target, ...] | AllRegions
    credential: Credential
    selection: Selection | None = None


@dataclass(frozen=True)
class TagOptions:
    """Which tags are counted; `limit` None lifts the limit, `keys` None counts every key."""

    limit: int | None = 200
    keys: tuple[str, ...] | None = None
    read_only: bool = True


@dataclass(frozen=True)
class SeriesOptions:
    """How many objects of a target get series of their own (the metric contract's "worst first").

    Attributes:
        volumes: volumes with series of their own; 0 switches them off, None lifts the limit.
        snapshots: the same for snapshots.
        age_buckets: upper bounds of the age histogram in seconds, ascending, without +Inf.
    """

    volumes: int | None = 2000
    snapshots: int | None = 500
    tags: TagOptions = TagOptions()
    age_buckets: tuple[float, ...] = tuple(86400.0 * days for days in (1, 7, 30, 90, 180, 365))


@dataclass(frozen=True)
class ApiOptions:
    """How the API is asked.

    Attributes:
        url: the base, without a slash at its end.
        request_timeout: seconds for one request, from sending to the whole body.
        page_size: rows asked for in a page, 1 to 1000 (the API's own bound).
        max_concurrency: requests in flight, over all targets.
        max_retries: how often one request is sent again.
        ca_file: path of the certificates to trust instead of the public ones (PEM).
        proxy: URL of the proxy that connections to an https `url` go through.
    """

    url: str = "https://api.gcore.com"
    request_timeout: float = 10.0
    page_size: int = 1000
    max_concurrency: int = 8
    max_retries: int = 2
    ca_file: str | None = None
    proxy: str | None = None


@dataclass(frozen=True)
class ScrapeOptions:
    """How long a scrape may take, in seconds.

    Attributes:
        timeout: used when Prometheus does not say its own.
        timeout_offset: kept back from it for rendering and the way to Prometheus.
        cache_ttl: how long a read may be served again; 0 reads on every scrape.
    """

    timeout: float = 10.0
    timeout_offset: float = 0.5
    cache_ttl: float = 0.0
