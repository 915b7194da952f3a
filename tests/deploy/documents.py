"""YAML documents, and what has to hold for any of Kubernetes's."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import yaml

# It has no types of its own and none in typeshed.
from kubernetes_validate import validate  # type: ignore[import-untyped]

from tests.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Document = dict[str, Any]

OPERATOR: Final = "monitoring.coreos.com/"
"""Group of the Prometheus Operator's own kinds, whose schemas no package has."""

OLDEST_AND_NEWEST: Final = ("1.25", "1.37")
"""Versions of Kubernetes, of which the first is what the chart promises."""


def documents(text: str) -> list[Document]:
    """Return the documents of a YAML stream, without empty ones."""
    return [document for document in yaml.safe_load_all(text) if document]


def loaded(path: Path) -> Document:
    """Return the only document of a file."""
    [document] = documents(path.read_text("utf-8"))
    return document


def check_schema(document: Document) -> None:
    """Fail unless each field is known to the oldest and newest Kubernetes and of its type."""
    if not document["apiVersion"].startswith(OPERATOR):
        for version in OLDEST_AND_NEWEST:
            validate(document, version, strict=True)


def pod_of(deployment: Document) -> Document:
    """Return the spec of a deployment's pods."""
    spec = deployment["spec"]["template"]["spec"]
    assert isinstance(spec, dict)
    return spec


def check_restricted(pod: Document) -> None:
    """Fail unless a pod meets the "restricted" standard, and ours: nothing to write, no token."""
    own = pod["securityContext"]
    assert own["runAsNonRoot"] is True
    assert own["runAsUser"] > 0
    assert own["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    kinds = {kind for volume in pod["volumes"] or () for kind in volume.keys() - {"name"}}
    assert kinds <= {"configMap", "secret"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}


def check_flags(arguments: Iterable[str]) -> None:
    """Fail unless the exporter has each flag of a command line."""
    assert {argument.partition("=")[0] for argument in arguments} <= _known_words()


@functools.cache
def _known_words() -> frozenset[str]:
    helped = subprocess.check_output([sys.executable, "-m", "exporter", "--help"], cwd=ROOT)
    return frozenset(helped.decode().split())


def files_below(folder: Path) -> Iterator[str]:
    """Give the paths of a folder's files, relative to it."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.relative_to(folder).as_posix()
