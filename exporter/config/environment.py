"""The environment variables that Gcore's own tools know too; an empty one counts as unset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exporter.config.keys import file_key, inline_key
from exporter.config.targets import Entry, RegionEntry
from exporter.config.url import base_url
from exporter.document.problems import Findings, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.credentials import Credential

KEY: Final = "GCORE_API_KEY"
KEY_FILE: Final = "GCORE_API_KEY_FILE"
URL: Final = "GCORE_BASE_URL"
PROJECT: Final = "GCORE_CLOUD_PROJECT_ID"
REGION: Final = "GCORE_CLOUD_REGION_ID"
ALONE: Final = f"{KEY} (or {KEY_FILE}), {PROJECT} and {REGION}"
"""What is a whole configuration without a file."""

_ID: Final = re.compile(r"[1-9][0-9]{0,29}")


def names_key(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment names a key, good or bad, which beats the one of ``api``."""
    return bool(environment.get(KEY) or environment.get(KEY_FILE))


def is_alone(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment alone is a configuration, good or bad."""
    ids_are_set = environment.get(PROJECT) and environment.get(REGION)
    return bool(ids_are_set) and names_key(environment)


@dataclass(frozen=True)
class Surroundings:
    """What the environment says; it beats the document, except for the target.

    Attributes:
        targets: the one target that it names, looked at only for a document without any.
    """

    credential: Credential | None = None
    url: str | None = None
    targets: tuple[Entry, ...] = ()


def read_surroundings(environment: Mapping[str, str], *, needs_target: bool) -> Surroundings:
    """Check what the environment says."""
    findings = Findings()
    credential, url = None, None
    targets: tuple[Entry, ...] = ()
    with findings.at(""):
        credential = _read_key(environment)
    with findings.at(URL):
        url = base_url(environment[URL]) if environment.get(URL) else None
    if needs_target:
        with findings.at(""):
            targets = _read_target(environment)
    findings.settle()
    return Surroundings(credential, url, targets)


def _read_key(environment: Mapping[str, str]) -> Credential | None:
    """Return the key; a relative file begins at the working folder."""
    key, key_file = environment.get(KEY), environment.get(KEY_FILE)
    if key and key_file:
        raise RefusedError(Problem(f"is set beside {KEY_FILE}; unset one of the two", KEY))
    findings = Findings()
    credential: Credential | None = None
    with findings.at(KEY if key else KEY_FILE):
        if key:
            credential = inline_key(key)
        elif key_file:
            credential = file_key(key_file, Path())
    findings.settle()
    return credential


def _read_target(environment: Mapping[str, str]) -> tuple[Entry, ...]:
    if not environment.get(PROJECT) and not environment.get(REGION):
        return ()
    findings = Findings()
    for name in (PROJECT, REGION):
        if not environment.get(name):
            findings.add("is not set, and its twin is; set both or none", name)
        elif not _ID.fullmatch(environment[name]):
            findings.add("must be a whole number of at least 1", name)
    findings.settle()
    return (Entry(int(environment[PROJECT]), (RegionEntry(int(environment[REGION])),)),)
