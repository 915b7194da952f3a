"""The sections ``api``, ``scrape`` and ``series``; a new option is one row of a table here."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from exporter.config.keys import KEY_CHECKS, take_key
from exporter.config.trust import proxy_url, take_ca_file
from exporter.config.url import base_url
from exporter.document.checks import (
    any_text,
    distinct,
    duration,
    each,
    fields,
    flag,
    integer,
    limit,
)
from exporter.document.problems import Check, Findings, Problem, RefusedError
from exporter.models import ApiOptions, ScrapeOptions, SeriesOptions, TagOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from exporter.credentials import Credential

_LONGEST_TAG_KEY: Final = 255
_MOST_BUCKETS: Final = 50


def read_api(
    value: object, folder: Path, *, key_beaten: bool
) -> tuple[ApiOptions, Credential | None]:
    """Check the section ``api``; `key_beaten` when the environment names the key."""
    found = fields(value, API)
    findings = Findings()
    credential: Credential | None = None
    with findings.at(""):
        credential = take_key(found, folder, beaten=key_beaten)
    with findings.at(""):
        take_ca_file(found, folder)
    findings.settle()
    return ApiOptions(**found), credential


def read_scrape(value: object) -> ScrapeOptions:
    """Check the section ``scrape``."""
    options = ScrapeOptions(**fields(value, SCRAPE))
    if options.timeout_offset >= options.timeout:
        words = "must be shorter than `timeout` (it is 500ms unless written)"
        raise RefusedError(Problem(words, "timeout_offset"))
    return options


def read_series(value: object) -> SeriesOptions:
    """Check the section ``series``."""
    return SeriesOptions(**fields(value, SERIES))


def _tags(value: object) -> TagOptions:
    return TagOptions(**fields(value, TAGS))


def _tag_key(value: object) -> str:
    """Check a tag's key by the API's own rule for them."""
    text = any_text(value)
    if not 0 < len(text) <= _LONGEST_TAG_KEY or any(sign in text for sign in " \t\n="):
        words = f"must be 1 to {_LONGEST_TAG_KEY} characters without a blank, tab, newline or `=`"
        raise RefusedError(Problem(words))
    return text


def _tag_keys(value: object) -> tuple[str, ...]:
    return distinct(each(_tag_key, "tag keys", least=1)(value))


def _age_buckets(value: object) -> tuple[float, ...]:
    buckets = each(duration("100y"), "durations", least=1)(value)
    if len(buckets) > _MOST_BUCKETS:
        raise RefusedError(Problem(f"must be a list of at most {_MOST_BUCKETS} durations"))
    findings = Findings()
    for index, (before, bucket) in enumerate(itertools.pairwise(buckets), start=1):
        if bucket <= before:
            findings.add(f"must be longer than [{index - 1}]", f"[{index}]")
    findings.settle()
    return buckets


API: Final[Mapping[str, Check[Any]]] = {
    "url": base_url,
    **KEY_CHECKS,
    "ca_file": any_text,
    "proxy": proxy_url,
    "request_timeout": duration("10m"),
    "page_size": integer(1, 1000),
    "max_concurrency": integer(1, 64),
    "max_retries": integer(0, 10),
}
SCRAPE: Final[Mapping[str, Check[Any]]] = {
    "timeout": duration("10m"),
    "timeout_offset": duration("10m", zero=True),
    "cache_ttl": duration("1h", zero=True),
}
TAGS: Final[Mapping[str, Check[Any]]] = {"limit": limit, "keys": _tag_keys, "read_only": flag}
SERIES: Final[Mapping[str, Check[Any]]] = {
    "volumes": limit,
    "snapshots": limit,
    "tags": _tags,
    "age_buckets": _age_buckets,
}
