"""Gauge families of many samples, and their text without an object for each of them.

prometheus_client takes 11 microseconds and some 500 bytes a sample; this writes the same bytes in
a tenth of that. Everything but the lines of such samples is left to prometheus_client.
"""

from __future__ import annotations

from itertools import chain, compress, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from prometheus_client import Metric
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client.registry import Collector

_SAME_NAMES: Final = frozenset({None, "allow-utf-8", "underscores"})
"""Escaping schemes that leave names of the legacy character set, as all of ours are, as they are.
The others rewrite an underscore, too."""

_BILLION: Final = 1e9
_MOST_NUMBERS: Final = 10_000


class Columns(NamedTuple):
    """Samples, column by column.

    Attributes:
        values: one for each sample; a sample whose value is None is absent.
        labels: of each own label the texts of all samples.
    """

    values: Sequence[float | None]
    labels: tuple[Sequence[str], ...] = ()

    def present(self) -> tuple[Sequence[float], tuple[Sequence[str], ...]]:
        """Return the values and labels of the samples that are not absent.

        Raises:
            ValueError: a column is longer or shorter than the others.
        """
        if any(len(column) != len(self.values) for column in self.labels):
            message = "columns of different lengths"
            raise ValueError(message)
        values = [value for value in self.values if value is not None]
        if len(values) == len(self.values):
            return values, self.labels
        chosen = [value is not None for value in self.values]
        return values, tuple(list(compress(column, chosen)) for column in self.labels)

    def rows(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Give the samples that are present one by one: their own labels, and the value."""
        values, labels = self.present()
        for *own, value in zip(*labels, values, strict=True):
            yield tuple(own), float(value)


class BulkGauge(Metric):
    """A gauge family whose samples are made only where somebody looks at them.

    Args:
        name: of the family and of each sample; of Prometheus's legacy character set.
        documentation: the HELP text.
        labels: the names of the labels that all samples of a group share.
        own: the names of those that differ within a group.
    """

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str], own: Sequence[str]
    ) -> None:
        super().__init__(name, documentation, "gauge")
        self._labels = tuple(labels)
        self._own = tuple(own)
        self._written = sorted(range(len(own)), key=self._own.__getitem__)
        self._groups: list[tuple[tuple[str, ...], Callable[[], Columns]]] = []

    def add_group(self, shared: tuple[str, ...], columns: Callable[[], Columns]) -> None:
        """Add the samples that `columns` gives, each time that it is called."""
        self._groups.append((shared, columns))

    @property
    def samples(self) -> list[Sample]:
        """The samples, made anew."""
        names = (*self._labels, *self._own)
        return [
            Sample(self.name, dict(zip(names, (*shared, *own), strict=True)), value)
            for shared, columns in self._groups
            for own, value in columns().rows()
        ]

    @samples.setter
    def samples(self, samples: list[Sample]) -> None:
        """Take the empty list that `Metric` begins with."""

    def empty(self) -> Metric:
        """Return the family without its samples."""
        return Metric(self.name, self.documentation, "gauge")

    def lines(self) -> Iterator[bytes]:
        """Give the text of each group, as prometheus_client writes it."""
        numbers = _Numbers()
        for shared, columns in self._groups:
            values, labels = columns().present()
            first, *others = map(repeat, self._pieces(shared))
            texts = [_escaped(labels[at]) for at in self._written]
            fields = zip([*texts, map(numbers.__getitem__, values)], others, strict=True)
            lines = zip(first, *chain.from_iterable(fields), strict=False)  # Pieces repeat.
            yield "".join(chain.from_iterable(lines)).encode()

    def _pieces(self, shared: tuple[str, ...]) -> list[str]:
        """Return what stands in a line before, between and behind its own labels and its value.

        All labels are in prometheus_client's order.
        """
        given = dict(zip(self._labels, _escaped(shared), strict=True))
        pieces = [f"{self.name}{{"]
        for name in sorted([*given, *self._own]):
            pieces[-1] += f'{name}="{given.get(name, "")}'
            if name not in given:
                pieces.append("")
            pieces[-1] += '",'
        pieces[-1] = pieces[-1].removesuffix(",") + "} "
        return [*pieces, "\n"]


class _Numbers(dict[float, str]):
    """The texts of values; those that a family repeats, as sizes and counts are, are kept."""

    def __missing__(self, value: float) -> str:
        if _BILLION <= value < 10 * _BILLION and value == int(value):
            # A Unix time: ten digits, which `repr` finds again in the nearest float. It takes a
            # third of the time of what follows, and few snapshots share one.
            return repr(value / _BILLION).removesuffix(".0") + "e+09"
        text: str = floatToGoString(value)  # type: ignore[no-untyped-call] # it has no types
        if value and len(self) < _MOST_NUMBERS:  # 0.0 and -0.0 are one key, but not one text.
            self[value] = text
        return text


class _Families:
    """A collector of given families."""

    def __init__(self, *families: Metric) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Give them."""
        return iter(self._families)


def write(
    collector: Collector, encode: Callable[[Collector], bytes], escaping: str | None
) -> Iterator[bytes]:
    """Give the exposition of a collector in pieces.

    Args:
        collector: what to write.
        encode: prometheus_client's encoder of the format.
        escaping: the scheme for names that `encode` follows; None if it knows of none.
    """
    end = encode(_Families())
    for family in collector.collect():
        if isinstance(family, BulkGauge) and escaping in _SAME_NAMES:
            yield encode(_Families(family.empty())).removesuffix(end)
            yield from family.lines()
        else:
            yield encode(_Families(family)).removesuffix(end)
    yield end


def _escaped(column: Sequence[str]) -> Sequence[str]:
    """Return texts as label values are written; one look tells that there is nothing to escape."""
    together = "".join(column)
    if not any(character in together for character in '\\\n"'):
        return column
    return [_escape(text) for text in column]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
