"""The section ``targets``: which projects and regions are read, with which key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from exporter.config.keys import KEY_CHECKS, take_key
from exporter.document.checks import describe, distinct, each, fields, integer, printable
from exporter.document.problems import Check, Findings, Problem, RefusedError
from exporter.models import AllRegions, Project, Selection, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from exporter.credentials import Credential

_REGION_WORDS: Final = (
    "must be a region's id (a whole number of at least 1) or a mapping {id, name}"
)


class RegionEntry(NamedTuple):
    """One region as the document names it."""

    id: int
    name: str | None = None


@dataclass(frozen=True)
class Entry:
    """One item of ``targets``; `credential` is its own key, None if it uses that of ``api``."""

    project_id: int
    regions: tuple[RegionEntry, ...] | AllRegions
    selection: Selection | None = None
    credential: Credential | None = None

    def project(self, api_credential: Credential | None) -> Project:
        """Return the project to read, with the key that counts for it."""
        credential = self.credential or api_credential
        if credential is None:
            words = "has no key; set GCORE_API_KEY, `api.key_file` or a `key_file` of its own"
            raise RefusedError(Problem(words))
        if isinstance(self.regions, AllRegions):
            return Project(self.project_id, self.regions, credential, self.selection)
        regions = tuple(
            Target(self.project_id, region.id, self.selection, region.name, credential=credential)
            for region in self.regions
        )
        return Project(self.project_id, regions, credential, self.selection)


def read_targets(value: object, folder: Path) -> tuple[Entry, ...]:
    """Check the section; none at all is for the caller to judge."""
    if value is None:
        return ()
    entries = each(partial(_entry, folder=folder), "targets")(value)
    _refuse_repeats(entries)
    return entries


def _entry(value: object, folder: Path) -> Entry:
    found = fields(
        value,
        TARGET,
        required={
            "project_id": "the project's id",
            "regions": "a list of regions' ids, or `all`",
        },
    )
    excluded = found.pop("exclude_regions", None)
    if excluded is not None and not isinstance(found["regions"], AllRegions):
        words = "goes only with `regions: all`; leave the region out of `regions` instead"
        raise RefusedError(Problem(words, "exclude_regions"))
    if excluded is not None:
        found["regions"] = AllRegions(frozenset(excluded))
    credential = take_key(found, folder)
    return Entry(**found, credential=credential)


def _regions(value: object) -> tuple[RegionEntry, ...] | AllRegions:
    if value == "all":
        return AllRegions()
    if not isinstance(value, list):
        words = f"must be a list of regions' ids, or `all`, not {describe(value)}"
        raise RefusedError(Problem(words))
    return each(_region, "regions", least=1)(value)


def _region(value: object) -> RegionEntry:
    if isinstance(value, dict):
        return RegionEntry(**fields(value, REGION, required={"id": "the region's id"}))
    return RegionEntry(integer(1, wanted=_REGION_WORDS)(value))


def _excluded(value: object) -> tuple[int, ...]:
    return distinct(each(integer(1), "regions' ids")(value))


def _selection(value: object) -> Selection:
    filters = fields(value, SELECTION, required={"name": "a name, which becomes a label"})
    name = filters.pop("name")
    if not filters:
        names = ", ".join(f"`{key}`" for key in SELECTION if key != "name")
        raise RefusedError(Problem(f"selects nothing; add at least one of {names}"))
    return Selection(name, {key: str(value) for key, value in filters.items()})


def _refuse_repeats(entries: tuple[Entry, ...]) -> None:
    """Refuse two entries that mean the same target, since two series can't share their labels."""
    findings = Findings()
    whole: dict[tuple[int, Selection | None], tuple[int, frozenset[int]]] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry.regions, AllRegions):
            continue
        key = (entry.project_id, entry.selection)
        if key in whole:
            words = f"same project and selection as `regions: all` of targets[{whole[key][0]}]"
            findings.add(f"{words}; remove one", f"[{index}].regions")
        whole.setdefault(key, (index, entry.regions.exclude))
    seen: dict[tuple[int, Selection | None, int], str] = {}
    for place, entry, region in _named_regions(entries):
        first = seen.setdefault((entry.project_id, entry.selection, region), place)
        covering = whole.get((entry.project_id, entry.selection))
        if first != place:
            words = f"same project, region and selection as targets{first}; remove one"
            findings.add(words, place)
        elif covering is not None and region not in covering[1]:
            words = f"`regions: all` of targets[{covering[0]}] reads this region too"
            findings.add(f"{words}; add {region} to its `exclude_regions`", place)
    findings.settle()


def _named_regions(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry, int]]:
    """Give each region that is named by its id, with its place below ``targets``."""
    for index, entry in enumerate(entries):
        if not isinstance(entry.regions, AllRegions):
            for position, region in enumerate(entry.regions):
                yield f"[{index}].regions[{position}]", entry, region.id


REGION: Final[Mapping[str, Check[Any]]] = {"id": integer(1), "name": printable(255)}
SELECTION: Final[Mapping[str, Check[Any]]] = {
    "name": printable(128),
    "instance_id": printable(255),
    "lifecycle_policy_id": integer(1),
    "schedule_id": printable(255),
    "volume_id": printable(255),
}
TARGET: Final[Mapping[str, Check[Any]]] = {
    "project_id": integer(1),
    "regions": _regions,
    "exclude_regions": _excluded,
    **KEY_CHECKS,
    "selection": _selection,
}
