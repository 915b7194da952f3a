"""The file that a document is read from."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from exporter.document.problems import Problem, RefusedError
from exporter.document.yaml_reader import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: Path, *, again: bool = False) -> str:
    """Return the text of the file, of which a reader of YAML sees if it is too large.

    Args:
        path: the file.
        again: it will be read again and again, as in `read_bytes`.

    Raises:
        FileNotFoundError: there is none.
        RefusedError: there is one that cannot be read.
    """
    try:
        return read_bytes(path, MAX_BYTES, again=again).decode("utf-8")
    except UnicodeError:
        words = "is no text in UTF-8; save it as UTF-8"
    raise RefusedError(Problem(words))


def read_bytes(path: Path, most: int, *, again: bool = False) -> bytes:
    """Return what is in the file, but not more than one byte above `most`.

    Args:
        path: the file.
        most: bytes.
        again: it will be read again and again; so it has to be a regular file, and no pipe that
            keeps its reader waiting.

    Raises:
        FileNotFoundError: there is none.
        RefusedError: there is one that cannot be read.
    """
    try:
        if again and not stat.S_ISREG(path.stat().st_mode):
            words = "is no regular file, and only those can be read again and again; name a file"
            raise RefusedError(Problem(words))
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        raise
    except IsADirectoryError:
        words = "is a folder; name the file in it"
    except PermissionError:
        words = "may not be read; give the exporter's user the right to read it"
    except OSError as error:
        words = f"cannot be read ({error.strerror})"
    except ValueError:
        words = "is no path that a file can have"
    raise RefusedError(Problem(words))
