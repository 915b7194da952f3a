"""What happens at the beginning of each TLS connection, by the hooks that asyncio leaves."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from exporter.web.tls_section import canonical_san

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

_KINDS: Final = frozenset({"DNS", "IP Address", "email", "URI"})


class RenewedContext(ssl.SSLContext):
    """A context that asks for another one at each connection, which then counts alone.

    Replacing the certificate inside one context, or a context inside a handshake, would leave the
    versions, the authorities and the demands on clients as they were.
    """

    _current: Callable[[], ssl.SSLContext]

    @classmethod
    def over(cls, current: Callable[[], ssl.SSLContext]) -> Self:
        """Return one that asks `current`."""
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context._current = current
        return context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as in ssl.SSLContext
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a connection; asyncio calls this once for each, before anything is read."""
        return self._current().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def checking_sans(allowed: AbstractSet[str]) -> type[ssl.SSLObject]:
    """Return the kind of connection whose client's certificate needs one of the names."""

    class Checked(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            if not allowed & _names(self.getpeercert()):
                structlog.get_logger().info("a client's certificate has no allowed name")
                message = "no subject alternative name of the client's certificate is allowed"
                raise ssl.SSLCertVerificationError(message)

    return Checked


def _names(certificate: Mapping[str, Any] | None) -> set[str]:
    """Return the names that a verified certificate is for."""
    pairs = (certificate or {}).get("subjectAltName", ())
    return {canonical_san(name) for kind, name in pairs if kind in _KINDS}
