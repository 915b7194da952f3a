"""What a web configuration says, checked and frozen."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.credentials import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

Pem = Path | Secret
"""Where a certificate or key is: in a file that is read again, or written out."""


@dataclass(frozen=True)
class TlsOptions:
    """The section ``tls_server_config``.

    Attributes:
        client_ca: who may have signed clients' certificates.
        verify: whether clients need a certificate.
        allowed_sans: one of these has to be a subject alternative name of a client's certificate;
            empty if any will do. IP addresses are in their canonical form.
        ciphers: OpenSSL's names of the suites of TLS 1.2, best first; empty for OpenSSL's own.
        curve: OpenSSL's name of the only curve; None for OpenSSL's own.
    """

    cert: Pem
    key: Pem
    client_ca: Pem | None = None
    verify: ssl.VerifyMode = ssl.CERT_NONE
    allowed_sans: frozenset[str] = frozenset()
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: tuple[str, ...] = ()
    prefer_server_ciphers: bool = True
    curve: str | None = None


@dataclass(frozen=True)
class RateLimit:
    """A request each `interval` seconds, and `burst` of them at once after a quiet time."""

    interval: float
    burst: int


@dataclass(frozen=True)
class WebConfig:
    """The whole document; what is not written is not there.

    Attributes:
        headers: set on every answer.
        users: names as they come in a request, each with its bcrypt hash; empty if nobody has to
            say who they are.
    """

    tls: TlsOptions | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[bytes, Secret] = field(default_factory=dict)
    rate_limit: RateLimit | None = None

    def __str__(self) -> str:
        """Tell what protects the port."""
        return ", ".join(self._parts()) or "neither TLS nor passwords"

    def _parts(self) -> list[str]:
        clients = {
            ssl.CERT_OPTIONAL: " with clients' certificates if they have one",
            ssl.CERT_REQUIRED: " with clients' certificates",
        }
        parts = [] if self.tls is None else ["TLS" + clients.get(self.tls.verify, "")]
        if self.users:
            parts.append(f"passwords of {len(self.users)} user{'s' * (len(self.users) != 1)}")
        if self.rate_limit is not None:
            parts.append("a rate limit")
        return parts
