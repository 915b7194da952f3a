"""The web configuration file and what it names, read again whenever they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import structlog

from exporter.document.files import read_text
from exporter.document.problems import Findings, Problem, RefusedError, gathered
from exporter.web.context import Material, build_context, read_material
from exporter.web.document import parse
from exporter.web.handshake import RenewedContext

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from exporter.web.options import TlsOptions, WebConfig

T = TypeVar("T")

_LOST: Final = "was there before, and only a restart takes it away"


class _Kept(Generic[T]):
    """The last good value of something that is read again and again."""

    def __init__(self, value: T, path: Path) -> None:
        self.value = value
        self._path = path
        self._told = ""

    def renew(self, read: Callable[[T], T]) -> T:
        """Return what `read` makes of the last good value, or that one if it can't: with a warning.

        The same words are told once, until it could be read again.
        """
        log = structlog.get_logger()
        try:
            self.value = read(self.value)
        except RefusedError as error:
            words = "; ".join(map(str, error.problems))
            if words != self._told:
                log.warning(
                    "web configuration: the old one goes on", file=str(self._path), why=words
                )
                self._told = words
        else:
            if self._told:
                log.info("web configuration: read again", file=str(self._path))
                self._told = ""
        return self.value


class _Document(NamedTuple):
    text: str
    config: WebConfig


class _Identity(NamedTuple):
    options: TlsOptions
    material: Material
    context: ssl.SSLContext


class WebFile:
    """A web configuration that follows its file.

    What can't be used is not taken: the old state goes on until it can. A file may be empty or half
    written for a moment, so what protects the port is never taken away from it either.

    Raises:
        ConfigError: it cannot be used from the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.tls: ssl.SSLContext | None = None
        findings = Findings()
        with findings.at(""):
            text = self._read()
            self._document = _Kept(_Document(text, parse(text, path.parent)), path)
            options = self._document.value.config.tls
            if options is not None:
                self._identity = _Kept(_identity(options, read_material(options)), path)
                self.tls = RenewedContext.over(self._context)
        if findings.problems:
            raise gathered([f"{path}: {problem}" for problem in findings.problems])

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def config(self) -> WebConfig:
        """Return what the file says now, or said last when it made sense."""
        return self._document.renew(self._reread).config

    def _read(self) -> str:
        try:
            return read_text(self._path, again=True)
        except FileNotFoundError:
            words = "there is no such file"
        raise RefusedError(Problem(words))

    def _reread(self, last: _Document) -> _Document:
        if (text := self._read()) == last.text:
            return last
        config = parse(text, self._path.parent)
        findings = Findings()
        for place in _lost(last.config, config):
            findings.add(_LOST, place)
        if config.tls is not None and last.config.tls is None:
            findings.add("is new, and only a restart switches TLS on", "tls_server_config")
        findings.settle()
        return _Document(text, config)

    def _context(self) -> ssl.SSLContext:
        """Return the context for a new connection."""
        config = self.config()

        def renewed(last: _Identity) -> _Identity:
            options = config.tls or last.options  # the former, as TLS is never taken away
            material = read_material(options)
            unchanged = (last.options, last.material) == (options, material)
            return last if unchanged else _identity(options, material)

        return self._identity.renew(renewed).context


def _identity(options: TlsOptions, material: Material) -> _Identity:
    return _Identity(options, material, build_context(options, material))


def _lost(old: WebConfig, new: WebConfig) -> Iterator[str]:
    """Give what protected the port and no longer would."""
    if old.users and not new.users:
        yield "basic_auth_users"
    if old.tls is None:
        return
    if new.tls is None:
        yield "tls_server_config"
        return
    if new.tls.verify < old.tls.verify:
        yield "tls_server_config.client_auth_type"
    if old.tls.allowed_sans and not new.tls.allowed_sans:
        yield "tls_server_config.client_allowed_sans"
