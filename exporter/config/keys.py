"""API keys: written out, or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exporter.credentials import Credential, InlineKey, KeyFile, parse_key
from exporter.document.checks import any_text
from exporter.document.problems import Check, Findings, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEY_CHECKS: Final[Mapping[str, Check[str]]] = {"key": any_text, "key_file": any_text}
"""The two keys of every section that can name an API key."""


def take_key(found: dict[str, Any], folder: Path, *, beaten: bool = False) -> Credential | None:
    """Take ``key`` and ``key_file`` out of a checked section and return what they name.

    Args:
        found: the section; both keys are gone afterwards.
        folder: where a relative ``key_file`` begins.
        beaten: the environment names a key, so this one is not looked at.
    """
    key, key_file = found.pop("key", None), found.pop("key_file", None)
    if key is not None and key_file is not None:
        raise RefusedError(Problem("stands beside `key_file`; keep one of the two", "key"))
    if beaten:
        return None
    findings = Findings()
    credential: Credential | None = None
    with findings.at("key"):
        credential = None if key is None else inline_key(key)
    with findings.at("key_file"):
        credential = credential if key_file is None else file_key(key_file, folder)
    findings.settle()
    return credential


def inline_key(text: str) -> InlineKey:
    """Check a key that is written out."""
    try:
        return InlineKey(parse_key(text))
    except ValueError as error:
        words = str(error)
    raise RefusedError(Problem(f"{words}; write it as Gcore shows it, such as `1234$abcdef`"))


def file_key(text: str, folder: Path) -> KeyFile:
    """Check a key file by reading it once.

    The words do not name the file: a key may have been written here by mistake.
    """
    if not text.strip():
        raise RefusedError(Problem("is empty; write the path of a file that holds the key"))
    credential = KeyFile(folder / text)
    try:
        credential.read()
    except FileNotFoundError:
        words = f"there is no such file; a relative path begins at {folder.absolute()}"
    except IsADirectoryError:
        words = "is a folder; write the path of the file in it that holds the key"
    except PermissionError:
        words = "the file may not be read; give the exporter's user the right to read it"
    except OSError as error:
        words = f"the file cannot be read ({error.strerror})"
    except UnicodeError:
        words = "the file is no text in UTF-8; it has to hold the key and nothing else"
    except ValueError as error:
        words = f"the file holds no key ({error}); it has to hold the key and nothing else"
    else:
        return credential
    raise RefusedError(Problem(words))
