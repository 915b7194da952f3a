"""How the checks of a configuration say what is wrong, several mistakes at once.

A check takes a value and returns what it means, or raises `RefusedError` with problems whose place
is relative to that value; whoever called it for a part of something larger adds the step.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from exporter.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")
Check = Callable[[object], T]
"""Takes a value of the document, returns what it means, raises `RefusedError`."""

_MOST_PROBLEMS: Final = 20
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_-]{1,40}[0-9]?")


@dataclass(frozen=True)
class Problem:
    """What is wrong and what would be right, and where: a path such as ``targets[1].regions[0]``.

    The words never quote a text of the document, which may be a key in the wrong place.
    """

    words: str
    place: str = ""

    def under(self, step: str) -> Problem:
        """Return the problem as seen from the value that holds this one at `step`."""
        joint = "." if step and self.place and not self.place.startswith("[") else ""
        return Problem(self.words, f"{step}{joint}{self.place}")

    def __str__(self) -> str:
        return f"{self.place}: {self.words}" if self.place else self.words


class RefusedError(Exception):
    """A value cannot be used; whoever reads a whole document makes a `ConfigError` of it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class Findings:
    """The problems of one value's parts, gathered so that all are told together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """Gather what the block refuses, as problems of the part at `step`."""
        try:
            yield
        except RefusedError as error:
            self.problems.extend(problem.under(step) for problem in error.problems)

    def add(self, words: str, place: str = "") -> None:
        """Gather one more problem."""
        self.problems.append(Problem(words, place))

    def settle(self) -> None:
        """Go on only if nothing was found.

        Raises:
            RefusedError: with all that was.
        """
        if self.problems:
            raise RefusedError(*self.problems)


def gathered(problems: Sequence[str]) -> ConfigError:
    """Tell the first problems, and how many more there are: a log line has to stay readable."""
    more = len(problems) - _MOST_PROBLEMS
    told = problems[:_MOST_PROBLEMS]
    return ConfigError([*told, f"and {more} more"] if more > 0 else told)


def is_plain_name(key: str) -> bool:
    """Tell whether a key that nobody knows can be shown: it is a word, so it is no secret."""
    return _PLAIN_NAME.fullmatch(key) is not None
