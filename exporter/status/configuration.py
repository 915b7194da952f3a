"""The configuration in force as YAML, made from the checked values and never from a file's text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from exporter.credentials import InlineKey
from exporter.models import AllRegions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.config import Config
    from exporter.credentials import Credential
    from exporter.models import Project, Selection, SeriesOptions, Target

_MILLISECONDS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


class _Quoted(str):
    """A text that somebody chose: in quotes it is one for every reader of YAML, `1e3` too."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes `_Quoted` texts in quotes."""


def _represent_quoted(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Dumper.add_representer(_Quoted, _represent_quoted)


def configuration_yaml(config: Config) -> str:
    """Return the whole configuration, defaults included, with each key as ``<secret>``.

    With the keys put in again it is a configuration file that means the same.
    """
    document = {
        "api": {
            "url": _Quoted(config.api.url),
            **_key(config.api_credential),
            **_quoted(ca_file=config.api.ca_file, proxy=config.api.proxy),
            "request_timeout": _duration(config.api.request_timeout),
            "page_size": config.api.page_size,
            "max_concurrency": config.api.max_concurrency,
            "max_retries": config.api.max_retries,
        },
        "scrape": {
            "timeout": _duration(config.scrape.timeout),
            "timeout_offset": _duration(config.scrape.timeout_offset),
            "cache_ttl": _duration(config.scrape.cache_ttl),
        },
        "targets": [_project(project, config.api_credential) for project in config.projects],
        "series": _series(config.series),
    }
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    assert isinstance(text, str)  # noqa: S101 - for the type checker: no stream was given
    return text


def _quoted(**texts: str | None) -> Mapping[str, str]:
    """Return the texts that there are."""
    return {name: _Quoted(text) for name, text in texts.items() if text is not None}


def _key(credential: Credential | None) -> Mapping[str, str]:
    match credential:
        case None:
            return {}
        case InlineKey(secret):
            return {"key": str(secret)}
        case _:
            return {"key_file": _Quoted(credential.path)}


def _project(project: Project, api_credential: Credential | None) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"project_id": project.project_id}
    if isinstance(project.regions, AllRegions):
        shown["regions"] = "all"
        if project.regions.exclude:
            shown["exclude_regions"] = sorted(project.regions.exclude)
    else:
        shown["regions"] = [_region(target) for target in project.regions]
    if project.credential != api_credential:
        shown |= _key(project.credential)
    if project.selection is not None:
        shown["selection"] = _selection(project.selection)
    return shown


def _region(target: Target) -> object:
    if target.region_name is None:
        return target.region_id
    return {"id": target.region_id, "name": _Quoted(target.region_name)}


def _selection(selection: Selection) -> Mapping[str, object]:
    filters = {
        name: int(value) if name == "lifecycle_policy_id" else _Quoted(value)
        for name, value in selection.filters.items()
    }
    return {"name": _Quoted(selection.name), **filters}


def _series(series: SeriesOptions) -> Mapping[str, object]:
    tags: dict[str, object] = {"limit": _limit(series.tags.limit)}
    if series.tags.keys is not None:
        tags["keys"] = [_Quoted(key) for key in series.tags.keys]
    tags["read_only"] = series.tags.read_only
    return {
        "volumes": _limit(series.volumes),
        "snapshots": _limit(series.snapshots),
        "tags": tags,
        "age_buckets": [_duration(bucket) for bucket in series.age_buckets],
    }


def _limit(limit: int | None) -> int | str:
    return "unlimited" if limit is None else limit


def _duration(seconds: float) -> str:
    """Return seconds as the configuration writes them: ``1h30m``."""
    left, parts = round(seconds * 1000), ""
    for unit, milliseconds in _MILLISECONDS.items():
        amount, left = divmod(left, milliseconds)
        parts += f"{amount}{unit}" if amount else ""
    return parts or "0s"
