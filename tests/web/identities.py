"""Certificates and hashes for tests, made anew in each run."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import bcrypt

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

PASSWORD: Final = "s3cret-canary"  # noqa: S105 - made up, for tests
HASH: Final = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
"""Of `PASSWORD`, of the lowest cost, so that tests are quick."""

HASH_OF_HTPASSWD: Final = HASH.replace("$2b$", "$2y$")
"""The same as Apache's htpasswd writes it."""

TLS: Final = "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"
"""Names what `write_identity` writes."""


def write_identity(folder: Path, authority: trustme.CA, *names: str) -> None:
    """Write ``cert.pem`` and ``key.pem`` for a server, for this machine unless names are given."""
    made = authority.issue_cert(*(names or ("localhost", "127.0.0.1")))
    (folder / "cert.pem").write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    (folder / "key.pem").write_bytes(made.private_key_pem.bytes())


def client_context(
    authority: trustme.CA, identity: trustme.LeafCert | None = None
) -> ssl.SSLContext:
    """Return a client's context that trusts the authority, with a certificate if one is given."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if identity is not None:
        identity.configure_cert(context)
    return context
