"""From certificates and options to an `ssl.SSLContext`, always from bytes in memory."""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from exporter.document.files import read_bytes
from exporter.document.problems import Findings, Problem, RefusedError
from exporter.web.handshake import checking_sans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.web.options import Pem, TlsOptions

_MOST_BYTES: Final = 1024 * 1024
_SECTION: Final = "tls_server_config"
_REASONS: Final = {
    "KEY_VALUES_MISMATCH": "the key is not that of the certificate; name two that belong together",
    "EE_KEY_TOO_SMALL": "the certificate's key is too small; make one of at least 2048 bits",
    "CA_MD_TOO_WEAK": "the certificate's signature is too weak; have it signed with SHA-256",
}
_UNREADABLE: Final = "certificate or key cannot be read; check that both are whole and in PEM"


@dataclass(frozen=True)
class Material:
    """What `TlsOptions` name, as it is now."""

    cert: bytes = field(repr=False)
    key: bytes = field(repr=False)
    client_ca: bytes = field(repr=False)


def read_material(options: TlsOptions) -> Material:
    """Read the files that are named.

    Raises:
        RefusedError: one cannot be read, or holds no PEM.
    """
    findings, found = Findings(), {"cert": b"", "key": b"", "client_ca": b""}
    for name, marker in (
        ("cert", b"-----BEGIN CERTIFICATE-----"),
        ("key", b"PRIVATE KEY-----"),
        ("client_ca", b"-----BEGIN CERTIFICATE-----"),
    ):
        pem: Pem | None = getattr(options, name)
        if pem is None:
            continue
        with findings.at(
            f"{_SECTION}.{name}_file" if isinstance(pem, Path) else f"{_SECTION}.{name}"
        ):
            found[name] = _read_pem(pem, marker)
    findings.settle()
    return Material(**found)


def _read_pem(pem: Pem, marker: bytes) -> bytes:
    data = _read_file(pem) if isinstance(pem, Path) else pem.reveal().encode()
    if len(data) > _MOST_BYTES:
        raise RefusedError(Problem(f"larger than {_MOST_BYTES // 1024} kB, which is the limit"))
    if marker not in data:
        what = "private key" if b"KEY" in marker else "certificate"
        raise RefusedError(Problem(f"holds no {what} in PEM"))
    return data


def _read_file(path: Path) -> bytes:
    try:
        return read_bytes(path, _MOST_BYTES, again=True)
    except FileNotFoundError:
        words = f"there is no such file; a relative path begins at {path.parent.absolute()}"
    raise RefusedError(Problem(words))


def build_context(options: TlsOptions, material: Material) -> ssl.SSLContext:
    """Return a context that serves HTTP/1.1 as the options say.

    Raises:
        RefusedError: OpenSSL does not take a certificate, a key or a setting.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version, context.maximum_version = options.minimum, options.maximum
    if not options.prefer_server_ciphers:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if options.ciphers:
        context.set_ciphers(":".join(options.ciphers))
    if options.curve is not None:
        context.set_ecdh_curve(options.curve)
    _load_identity(context, material)
    _ask_clients(context, options, material)
    return context


def _load_identity(context: ssl.SSLContext, material: Material) -> None:
    """Load certificate and key, which Python takes from files only."""
    try:
        with _as_file(material.cert) as cert, _as_file(material.key) as key:
            context.load_cert_chain(cert, key, _refuse_password)
    except ssl.SSLError as error:
        words = _REASONS.get(error.reason or "", _UNREADABLE)
    except OSError as error:
        words = f"no place for a temporary file ({error.strerror}); give the exporter a TMPDIR"
    else:
        return
    raise RefusedError(Problem(words, _SECTION))


def _refuse_password() -> str:
    """Stop OpenSSL, which would ask for the password on the terminal."""
    words = "the key is encrypted, and nobody is there to type its password; decrypt it"
    raise RefusedError(Problem(words, _SECTION))


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """Yield the path of a file with the data: on Linux one in memory, which no disk ever sees."""
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("pem"), "wb") as file:  # noqa: PTH123 - a descriptor is no path
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile() as named:
            named.write(data)
            named.flush()
            yield named.name


def _ask_clients(context: ssl.SSLContext, options: TlsOptions, material: Material) -> None:
    """Set what clients have to show."""
    context.verify_mode = options.verify
    if options.verify == ssl.CERT_NONE:
        return
    # As in Go, an intermediate authority is trusted by itself.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        # Outside a certificate, where people write whose it is, there may be any text.
        context.load_verify_locations(cadata=material.client_ca.decode("ascii", "ignore"))
    except ssl.SSLError:
        words = "the authorities' certificates cannot be read; check that they are whole"
    else:
        if options.allowed_sans:
            context.sslobject_class = checking_sans(options.allowed_sans)
        return
    raise RefusedError(Problem(words, f"{_SECTION}.client_ca_file"))
