"""Strict YAML: a text becomes plain dicts, lists, texts, numbers, booleans and None.

Built on PyYAML's events instead of its loaders, since those take duplicate keys silently, follow
YAML 1.1 (``no`` is False, ``0123`` is 83, ``12:30:45`` a number) and expand merge bombs. Here plain
scalars follow the core schema of YAML 1.2, and there are no anchors, aliases, merge keys or tags.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import yaml

from exporter.document.problems import Findings, Problem, RefusedError, is_plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES: Final = 256 * 1024
_MAX_DEPTH: Final = 16

# What YAML 1.2 lets stand in a stream; the rest are control characters and lone surrogates.
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,29})")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?=[eE])))(?:[eE][-+]?[0-9]+)?"
)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_INVALID: Final = "not valid YAML; check the indentation, the colons and the quotes around it"
# PyYAML's own words may quote the text, so the start of a known one is translated.
_FAULTS: Final[Mapping[str, str]] = {
    "mapping values are not allowed": (
        "a colon where no key can stand; check the indentation, or put the value in quotes"
    ),
    "could not find expected ':'": "a key without a colon after it",
    "expected <block end>": "the indentation fits no line above; align it with its neighbours",
    "found character '\\t'": "a tab where only blanks can stand; indent with blanks",
    "found unexpected end of stream": "a quoted text without its closing quote",
    "found unexpected document separator": "a quoted text without its closing quote",
    "found unknown escape character": (
        "an unknown escape in a text in double quotes; use single quotes"
    ),
    "expected ',' or ']'": "a list in brackets without a comma or its closing bracket",
    "expected ',' or '}'": "a mapping in braces without a comma or its closing brace",
}


def read_yaml(text: str) -> tuple[object, list[Problem]]:
    """Read the one document in `text`.

    Returns:
        The tree, None for an empty document; and the faults that left it readable: duplicate keys
        (the first one stays), anchors, tags and texts with characters that no YAML may hold.

    Raises:
        RefusedError: the text cannot be read further: size, syntax, nesting, an alias. Faults have
            a line and a column, and never the text that stands there.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RefusedError(Problem(f"larger than {MAX_BYTES // 1024} kB, which is the limit"))
    if match := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, match.start())
        column = match.start() - text.rfind("\n", 0, match.start()) - 1
        words = "a control character or a half surrogate, which YAML does not allow; remove it"
        raise RefusedError(Problem(words, f"line {line + 1}, column {column + 1}"))
    return _Builder(text).build()


class _Mark(Protocol):
    """A place in the text by PyYAML's two kinds of parser."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


def _spot(mark: _Mark | None) -> str:
    """Name a place by PyYAML's counts, which begin at 0."""
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _fault(error: yaml.YAMLError) -> Problem:
    """Put a syntax error into words of ours."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    told = str(getattr(error, "problem", ""))
    words = next((ours for start, ours in _FAULTS.items() if told.startswith(start)), _INVALID)
    return Problem(words, _spot(mark))


def _resolve(text: str) -> object:
    """Return what a plain scalar means in the core schema of YAML 1.2.

    Numbers in octal, in hexadecimal or with a leading zero stay texts, and so never pass for
    another number than the reader of the file sees.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text


class _Builder:
    """Builds the tree from the parser's events."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, yaml.SafeLoader))
        self._spot = ""
        self._findings = Findings()

    def build(self) -> tuple[object, list[Problem]]:
        """Return the tree and the faults that did not stop it."""
        try:
            return self._document(), self._findings.problems
        except yaml.YAMLError as error:
            stopped = [_fault(error)]
        except RefusedError as error:
            stopped = list(error.problems)
        except (ValueError, OverflowError):
            # An escape or a version with a number that Python cannot take: PyYAML doesn't check.
            stopped = [Problem(_INVALID, self._spot)]
        # Raised out here, so that PyYAML's error, which holds the text, is not its context.
        raise RefusedError(*self._findings.problems, *stopped)

    def _document(self) -> object:
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        tree = self._value(self._next(), "", _MAX_DEPTH)
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            words = "a second document begins; the configuration is one document"
            raise RefusedError(Problem(words, _spot(after.start_mark)))
        return tree

    def _next(self) -> yaml.Event:
        event = next(self._events)
        self._spot = _spot(event.end_mark)
        return event

    def _value(self, event: yaml.Event, path: str, depth: int) -> object:
        """Return the value that begins with `event`; `depth` levels may still be nested in it."""
        self._refuse_extras(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth == 0:
            words = f"nested more than {_MAX_DEPTH} levels deep"
            raise RefusedError(Problem(words, _spot(event.start_mark)))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth - 1)
        return self._mapping(path, depth - 1)

    def _refuse_extras(self, event: yaml.Event) -> None:
        """Note an anchor or a tag, and stop at an alias."""
        if isinstance(event, yaml.AliasEvent):
            words = "an alias (*), which is not supported; write the value out"
            raise RefusedError(Problem(words, _spot(event.start_mark)))
        if getattr(event, "anchor", None) is not None:
            self._findings.add(
                "an anchor (&), which is not supported; remove it", _spot(event.start_mark)
            )
        if getattr(event, "tag", None) is not None:
            words = "a tag (!), which is not supported; remove it, or put the value in quotes"
            self._findings.add(words, _spot(event.start_mark))

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        if _UNPRINTABLE.search(event.value):
            self._findings.add(
                "a text with a control character or a half surrogate; remove it",
                _spot(event.start_mark),
            )
        return event.value if event.style else _resolve(event.value)

    def _sequence(self, path: str, depth: int) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, f"{path}[{len(items)}]", depth))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, object]:
        """Return a mapping without the keys that had to be refused."""
        mapping: dict[str, object] = {}
        first: dict[str, str] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._value(event, path, depth)
            name = key if isinstance(key, str) and is_plain_name(key) else "(a key)"
            place = f"{path}.{name}" if path else name
            value = self._value(self._next(), place, depth)
            if not isinstance(key, str) or key == "<<":
                words = "a key that is no plain word; merge keys (<<) are not supported either"
                self._findings.add(words, _spot(event.start_mark))
            elif key in mapping:
                words = f"`{place}` is there twice, first at {first[key]}; keep one"
                self._findings.add(words, _spot(event.start_mark))
            else:
                mapping[key] = value
                first[key] = _spot(event.start_mark)
        return mapping
