"""Whom the connection to the API trusts, and what it goes through."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any, Final

from exporter.config.url import url_parts
from exporter.document.checks import any_text
from exporter.document.problems import Findings, Problem, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

_EXAMPLE: Final = "such as `http://proxy.example:3128`"


def take_ca_file(found: dict[str, Any], folder: Path) -> None:
    """Put the whole path of a checked section's ``ca_file`` in its place.

    Args:
        found: the section.
        folder: where a relative path begins.
    """
    if "ca_file" in found:
        findings = Findings()
        with findings.at("ca_file"):
            found["ca_file"] = _ca_file(found["ca_file"], folder)
        findings.settle()


def _ca_file(text: str, folder: Path) -> str:
    """Check a file of certificates by loading it."""
    path = str(folder / text)
    try:
        ssl.create_default_context(cafile=path)
    except FileNotFoundError:
        words = f"there is no such file; a relative path begins at {folder.absolute()}"
    except ssl.SSLError:
        words = "the file holds no certificates; it has to hold them as PEM"
    except OSError as error:
        words = f"the file cannot be read ({error.strerror})"
    except ValueError:
        words = "is no path that a file can have"
    else:
        return path
    raise RefusedError(Problem(words))


def proxy_url(value: object) -> str:
    """Check the URL of a proxy; a user and password in it are refused as in every URL here."""
    text = any_text(value)
    match = url_parts(text, _EXAMPLE)
    if (match["path"] or "/") != "/":
        raise RefusedError(Problem(f"must not hold a path; write a URL {_EXAMPLE}"))
    return re.sub(r"/$", "", text)
