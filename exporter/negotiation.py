"""Which exposition format and which coding a client asked for (RFC 9110, sections 12.4 and 12.5).

prometheus_client's own `choose_encoder` ignores quality values and raises on a version that is no
number. So the choice is made here, and it is handed a clean header that names only the choice.
Nothing a client sends is an error: what cannot be understood is as if it had not been sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from prometheus_client.exposition import choose_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.registry import Collector

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"?'
_LIST_ITEM: Final = re.compile(rf'(?:[^,"]|{_QUOTED})+')
_PARAMETER: Final = re.compile(rf'(?:[^;"]|{_QUOTED})+')
_QUALITY: Final = re.compile(r"0|0?\.[0-9]+|0\.|1(?:\.0*)?")
_ESCAPING_SCHEMES: Final = frozenset({"allow-utf-8", "underscores", "dots", "values"})


@dataclass(frozen=True)
class Format:
    """One exposition format, as it is named in ``Accept`` and ``Content-Type``.

    Attributes:
        escaping: how names outside the legacy character set are written, if the client said it.
    """

    media_type: str
    version: str
    escaping: str | None = None

    def encoder(self) -> tuple[Callable[[Collector], bytes], str]:
        """Return prometheus_client's encoder of this format and the ``Content-Type`` to send."""
        escaping = f";escaping={self.escaping}" if self.escaping else ""
        return choose_encoder(f"{self.media_type};version={self.version}{escaping}")


TEXT_0_0_4: Final = Format("text/plain", "0.0.4")
TEXT_1_0_0: Final = Format("text/plain", "1.0.0")
OPENMETRICS_1_0_0: Final = Format("application/openmetrics-text", "1.0.0")

_OFFERED: Final = (TEXT_0_0_4, TEXT_1_0_0, OPENMETRICS_1_0_0)
"""In our own order, which decides where the client leaves it open: what every reader can read."""


@dataclass(frozen=True)
class _Range:
    """One element of ``Accept``; `position` counts from 0 at the header's start."""

    media_type: str
    version: str | None
    escaping: str | None
    quality: float
    position: int

    def specificity(self, offer: Format) -> int:
        """Return how exactly this names `offer`: 0 not at all, 4 by its version."""
        if self.media_type in {"*/*", "*"}:
            return 1
        if self.media_type == offer.media_type.partition("/")[0] + "/*":
            return 2
        if self.media_type != offer.media_type or self.version not in {None, offer.version}:
            return 0
        return 3 if self.version is None else 4


def choose_format(accept: str) -> Format:
    """Return the format that the client likes best of those that are served.

    Each format's quality is that of the most specific range that names it. Of equal qualities the
    one that the client named first wins, as in Go's client library.

    Args:
        accept: the ``Accept`` header; several are joined with commas, none is the empty text.

    Returns:
        Text 0.0.4 if nothing else is acceptable: a scrape is answered, never refused with a 406.
    """
    ranges = tuple(_ranges(accept))
    wanted = [(best, offer) for offer in _OFFERED if (best := _decisive(ranges, offer))]
    if not wanted:
        return TEXT_0_0_4
    best, offer = max(wanted, key=lambda pair: (pair[0].quality, -pair[0].position))
    # Text 0.0.4 is older than the escaping of names and has no such parameter.
    return offer if offer is TEXT_0_0_4 else replace(offer, escaping=best.escaping)


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether the client takes gzip and does not like the plain body better.

    Args:
        accept_encoding: the ``Accept-Encoding`` header; several are joined with commas.
    """
    qualities: dict[str, float] = {}
    for coding, parameters in _elements(accept_encoding):
        quality = _quality(parameters)
        if quality is not None:
            qualities[coding] = max(quality, qualities.get(coding, 0.0))
    gzip = qualities.get("gzip", qualities.get("*", 0.0))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def _decisive(ranges: tuple[_Range, ...], offer: Format) -> _Range | None:
    """Return the range whose quality counts for `offer`; None if none names it or it is refused."""
    best = max(
        (one for one in ranges if one.specificity(offer)),
        key=lambda one: (one.specificity(offer), one.quality),
        default=None,
    )
    return best if best is not None and best.quality > 0 else None


def _ranges(accept: str) -> Iterator[_Range]:
    for position, (media_type, parameters) in enumerate(_elements(accept)):
        quality = _quality(parameters)
        if quality is not None:
            escaping = parameters.get("escaping")
            yield _Range(
                media_type=media_type,
                version=parameters.get("version"),
                escaping=escaping if escaping in _ESCAPING_SCHEMES else None,
                quality=quality,
                position=position,
            )


def _elements(header: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each element of a list header, in lower case, with its parameters."""
    for item in _LIST_ITEM.findall(header):
        value, *parameters = _PARAMETER.findall(item) or [""]
        pairs = (parameter.partition("=") for parameter in parameters)
        yield (
            value.strip().lower(),
            {name.strip().lower(): _unquoted(text.strip()) for name, _, text in pairs},
        )


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if re.fullmatch(_QUOTED, text) else text


def _quality(parameters: Mapping[str, str]) -> float | None:
    """Return the quality value, 1 if none is given; None if it is no number from 0 to 1."""
    text = parameters.get("q", "1")
    return float(text) if _QUALITY.fullmatch(text) else None
