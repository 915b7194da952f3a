"""From the file and the environment to one checked `Config`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporter.config import environment as env
from exporter.config.sections import read_api, read_scrape, read_series
from exporter.config.targets import read_targets
from exporter.document.checks import fields
from exporter.document.files import read_text
from exporter.document.problems import Check, Findings, Problem, RefusedError, gathered
from exporter.document.yaml_reader import read_yaml
from exporter.errors import ConfigError
from exporter.models import ApiOptions, Project, ScrapeOptions, SeriesOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.config.targets import Entry
    from exporter.credentials import Credential


@dataclass(frozen=True)
class Config:
    """Everything the exporter is told, checked.

    Attributes:
        api_credential: the key of ``api`` or the environment; None only if every project has its
            own.
        projects: at least one.
    """

    api: ApiOptions
    api_credential: Credential | None
    scrape: ScrapeOptions
    projects: tuple[Project, ...]
    series: SeriesOptions

    @property
    def has_selections(self) -> bool:
        """Whether any project has a selection, so that the label ``selection`` is there."""
        return any(project.selection is not None for project in self.projects)

    @property
    def regions_credential(self) -> Credential:
        """The key that the list of regions is read with: that of ``api``, else the first one."""
        return self.api_credential or self.projects[0].credential


def load(path: Path, environment: Mapping[str, str], *, required: bool = True) -> Config:
    """Read the configuration.

    Args:
        path: the file; a relative ``key_file`` begins at its folder.
        environment: the process's environment variables; empty ones count as unset.
        required: False for the default place, which nobody named: without a file there, the
            environment alone is the configuration.

    Raises:
        ConfigError: with every mistake that could be told at once.
    """
    try:
        text = read_text(path)
    except FileNotFoundError:
        if not required and env.is_alone(environment):
            return parse("", str(path), environment)
        words = f"{path}: there is no such file; create it from config.example.yaml"
        instead = "name another one" if required else f"set {env.ALONE} instead"
        raise ConfigError([f"{words}, or {instead}"]) from None
    except RefusedError as error:
        raise ConfigError(f"{path}: {problem}" for problem in error.problems) from None
    return parse(text, str(path), environment)


def parse(text: str, name: str, environment: Mapping[str, str]) -> Config:
    """Read the configuration from a text.

    Args:
        text: YAML.
        name: the file's path, for messages, and for the folder of a relative ``key_file``.
        environment: as for `load`.

    Raises:
        ConfigError: with every mistake that could be told at once.
    """
    inside, outside = Findings(), Findings()
    document, surroundings = Document(), env.Surroundings()
    projects: tuple[Project, ...] = ()
    with inside.at(""):
        document = _read_document(text, Path(name).parent, key_beaten=env.names_key(environment))
    needs_target = not document.targets and not inside.problems
    with outside.at(""):
        surroundings = env.read_surroundings(environment, needs_target=needs_target)
    credential = surroundings.credential or document.credential
    if not inside.problems and not outside.problems:
        with inside.at(""):
            projects = _projects(document.targets, surroundings.targets, credential)
    if problems := [*(f"{name}: {problem}" for problem in inside.problems), *outside.problems]:
        raise gathered([str(problem) for problem in problems])
    api = replace(document.api, url=surroundings.url or document.api.url)
    return Config(api, credential, document.scrape, projects, document.series)


@dataclass(frozen=True)
class Document:
    """The document's sections, checked; what is not written has its default."""

    api: ApiOptions = field(default_factory=ApiOptions)
    credential: Credential | None = None
    scrape: ScrapeOptions = field(default_factory=ScrapeOptions)
    targets: tuple[Entry, ...] = ()
    series: SeriesOptions = field(default_factory=SeriesOptions)


def _read_document(text: str, folder: Path, *, key_beaten: bool) -> Document:
    """Read and check the document alone."""
    findings, found = Findings(), {}
    tree, findings.problems = read_yaml(text)
    checks: Mapping[str, Check[Any]] = {
        "api": partial(read_api, folder=folder, key_beaten=key_beaten),
        "scrape": read_scrape,
        "targets": partial(read_targets, folder=folder),
        "series": read_series,
    }
    with findings.at(""):
        found = fields(tree, checks)
    findings.settle()
    api, credential = found.pop("api", (ApiOptions(), None))
    return Document(api=api, credential=credential, **found)


def _projects(
    written: tuple[Entry, ...], surrounding: tuple[Entry, ...], credential: Credential | None
) -> tuple[Project, ...]:
    """Return what to read: the document's targets, else the environment's one."""
    if not written and not surrounding:
        words = f"no target; write one, or set {env.PROJECT} and {env.REGION}"
        raise RefusedError(Problem(words, "targets"))
    findings, projects = Findings(), []
    for index, entry in enumerate(written or surrounding):
        with findings.at(f"targets[{index}]" if written else "api"):
            projects.append(entry.project(credential))
    findings.settle()
    return tuple(projects)
