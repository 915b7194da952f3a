"""The API key: where it comes from, and a wrapper that keeps it out of every text."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SCHEME: Final = re.compile(r"\Aapikey\s+", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[!-~]+")
_MAX_KEY_FILE_BYTES: Final = 64 * 1024


class Secret:
    """A text that shows itself as ``<secret>`` everywhere and pickles to nothing."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; only the request's header may ask for it."""
        return self._text

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, _spec: str, /) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, ("",)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)


def parse_key(text: str) -> Secret:
    """Take a key as users paste it: with or without the word ``apikey``, blanks, a newline.

    Raises:
        ValueError: nothing is left, or what is left is not printable ASCII without blanks (an
            HTTP client would print such a key whole in its own error). The key is not in the words.
    """
    key = _SCHEME.sub("", text.strip()).strip()
    if not key or key.lower() == "apikey":
        message = "the key is empty"
        raise ValueError(message)
    if _PRINTABLE.fullmatch(key) is None:
        message = "the key has a blank or a character that is not printable ASCII"
        raise ValueError(message)
    return Secret(key)


@dataclass(frozen=True)
class InlineKey:
    """A key written in the configuration or the environment."""

    secret: Secret

    def read(self) -> Secret:
        """Return the key."""
        return self.secret


class KeyFile:
    """A key in a file that may be replaced at any time (Kubernetes, Vault, a cron job)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_good: Secret | None = None

    def read(self) -> Secret:
        """Return the key in the file now, or the last good one while there is none readable.

        Raises:
            OSError: the file cannot be read and never could.
            ValueError: its text is no key (see `parse_key`) and never was one.
        """
        try:
            with self.path.open("rb") as file:
                self._last_good = parse_key(file.read(_MAX_KEY_FILE_BYTES).decode("utf-8-sig"))
        except (OSError, ValueError):
            if self._last_good is None:
                raise
        return self._last_good

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, KeyFile) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"KeyFile({str(self.path)!r})"


Credential = InlineKey | KeyFile
"""A source of a key. Two of them are equal when they name the same source."""
