"""From options and files to what OpenSSL does."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from exporter.credentials import Secret
from exporter.document.problems import RefusedError
from exporter.web.context import build_context, read_material
from exporter.web.options import TlsOptions
from exporter.web.tls_section import TLS
from tests.web.identities import client_context, write_identity

if TYPE_CHECKING:
    from pathlib import Path

PEM: Final = "-----BEGIN CERTIFICATE-----\n"


def options(folder: Path) -> TlsOptions:
    """Return the least that there has to be."""
    return TlsOptions(folder / "cert.pem", folder / "key.pem")


def built(options: TlsOptions) -> ssl.SSLContext:
    """Return the context as the files are now."""
    return build_context(options, read_material(options))


def refusal(options: TlsOptions) -> str:
    """Return the words with which the options are refused."""
    with pytest.raises(RefusedError) as caught:
        built(options)
    return "\n".join(map(str, caught.value.problems))


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """Return the client's end of a connection after the handshake, which happens in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    for _ in range(4):
        for end in (theirs, ours):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return theirs


def test_files_and_inline_are_the_same(folder: Path, authority: trustme.CA) -> None:
    """A certificate and key that are written out serve as those in files do."""
    cert, key = ((folder / name).read_text() for name in ("cert.pem", "key.pem"))
    for one in (options(folder), TlsOptions(Secret(cert), Secret(key))):
        end = shaken(built(one), client_context(authority))
        assert end.version() == "TLSv1.3"


def test_one_file_may_hold_both(folder: Path, authority: trustme.CA) -> None:
    """Certificate and key in one file, as haproxy wants it, is named twice."""
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    assert shaken(built(TlsOptions(both, both)), client_context(authority)).version()


def test_where_there_is_no_memory_file(
    folder: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS a temporary file is used, and is gone afterwards."""
    monkeypatch.delattr("os.memfd_create")
    (folder / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
    assert shaken(built(options(folder)), client_context(authority)).version()
    assert list((folder / "tmp").iterdir()) == []


def test_without_a_place_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only machine is told what to do."""
    monkeypatch.delattr("os.memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(folder / "nowhere"))
    assert refusal(options(folder)) == (
        "tls_server_config: no place for a temporary file (No such file or directory); give the "
        "exporter a TMPDIR"
    )


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(folder: Path, authority: trustme.CA, version: ssl.TLSVersion) -> None:
    """`min_version` and `max_version` bound what is spoken."""
    server = built(replace(options(folder), minimum=version, maximum=version))
    end = shaken(server, client_context(authority))
    assert end.version() == version.name.replace("_", ".", 1).replace("_", ".")


def test_an_older_client_is_refused(folder: Path, authority: trustme.CA) -> None:
    """With `min_version: TLS13` a client of 1.2 gets no connection."""
    client = client_context(authority)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    server = built(replace(options(folder), minimum=ssl.TLSVersion.TLSv1_3))
    with pytest.raises(ssl.SSLError, match=r"UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION"):
        shaken(server, client)


@pytest.mark.parametrize("kind", [trustme.KeyType.ECDSA, trustme.KeyType.RSA])
def test_every_suite_can_be_had(authority: trustme.CA, kind: trustme.KeyType) -> None:
    """Each name of the format's suites is one that OpenSSL then speaks."""
    made = authority.issue_cert("localhost", key_type=kind)
    both = Secret(made.private_key_and_cert_chain_pem.bytes().decode())
    for name in suites(kind.name):
        server = built(TlsOptions(both, both, ciphers=(name,), maximum=ssl.TLSVersion.TLSv1_2))
        client = client_context(authority)
        client.set_ciphers("ALL")
        cipher = shaken(server, client).cipher()
        assert cipher is not None
        assert cipher[0] == name


def suites(kind: str) -> tuple[str, ...]:
    """Return OpenSSL's names of the suites for a kind of key."""
    names = (
        "AES_128_GCM_SHA256",
        "AES_256_GCM_SHA384",
        "CHACHA20_POLY1305_SHA256",
        "AES_128_CBC_SHA",
        "AES_256_CBC_SHA",
    )
    found = TLS["cipher_suites"]([f"TLS_ECDHE_{kind}_WITH_{name}" for name in names])
    assert isinstance(found, tuple)
    return found


def test_whose_preference_counts(folder: Path, authority: trustme.CA) -> None:
    """The server's order by default, the client's with `prefer_server_cipher_suites: false`."""
    ours = ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256")
    client = client_context(authority)
    client.set_ciphers(":".join(reversed(ours)))
    most = replace(options(folder), ciphers=ours, maximum=ssl.TLSVersion.TLSv1_2)
    found = [
        shaken(built(replace(most, prefer_server_ciphers=prefer)), client).cipher()
        for prefer in (True, False)
    ]
    assert [cipher and cipher[0] for cipher in found] == list(ours)


@pytest.mark.parametrize("name", ["CurveP256", "CurveP384", "CurveP521", "X25519"])
def test_every_curve_can_be_had(folder: Path, authority: trustme.CA, name: str) -> None:
    """Each name of the format's curves is one that OpenSSL knows, and then the only one."""
    curve = TLS["curve_preferences"]([name])
    server = built(replace(options(folder), curve=curve))
    client = client_context(authority)
    client.set_ecdh_curve(curve)
    assert shaken(server, client).version() == "TLSv1.3"
    other = client_context(authority)
    other.set_ecdh_curve("prime256v1" if name == "CurveP521" else "secp521r1")
    with pytest.raises(ssl.SSLError):
        shaken(server, other)


def test_http_1_1_is_agreed_on(folder: Path, authority: trustme.CA) -> None:
    """A client that offers HTTP/2 too takes HTTP/1.1."""
    client = client_context(authority)
    client.set_alpn_protocols(["h2", "http/1.1"])
    assert shaken(built(options(folder)), client).selected_alpn_protocol() == "http/1.1"


def test_an_intermediate_authority_is_enough(folder: Path, authority: trustme.CA) -> None:
    """As in Go, a client's certificate may end at an intermediate authority that is named."""
    middle = authority.create_child_ca()
    server = built(
        replace(
            options(folder),
            client_ca=Secret(middle.cert_pem.bytes().decode()),
            verify=ssl.CERT_REQUIRED,
        )
    )
    client = client_context(authority, middle.issue_cert("client.example"))
    assert shaken(server, client).version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("cert.pem", "", "cert_file: holds no certificate in PEM"),
        ("key.pem", "k3y-canary", "key_file: holds no private key in PEM"),
        ("key.pem", "x" * 1024 * 1024 + "x", "key_file: larger than 1024 kB, which is the limit"),
    ],
)
def test_what_is_no_pem(folder: Path, name: str, text: str, words: str) -> None:
    """A file that holds something else is told by its place."""
    (folder / name).write_text(text)
    assert refusal(options(folder)) == f"tls_server_config.{words}"


def test_several_are_told_together(folder: Path) -> None:
    """A missing file, a folder, a pipe: each at its place."""
    (folder / "key.pem").unlink()
    (folder / "key.pem").mkdir()
    wrong = replace(options(folder), cert=folder / "no.pem", client_ca=Secret("x"))
    regular = "is no regular file, and only those can be read again and again; name a file"
    assert refusal(wrong) == (
        "tls_server_config.cert_file: there is no such file; a relative path begins at "
        f"{folder}\n"
        f"tls_server_config.key_file: {regular}\n"
        "tls_server_config.client_ca: holds no certificate in PEM"
    )


UNREADABLE = (
    "tls_server_config: certificate or key cannot be read; check that both are whole and in PEM"
)


def test_half_a_certificate(folder: Path) -> None:
    """A certificate that is cut short is told apart from none."""
    (folder / "cert.pem").write_text((folder / "cert.pem").read_text()[:300])
    assert refusal(options(folder)) == UNREADABLE


def test_another_certificate_s_key(folder: Path, authority: trustme.CA) -> None:
    """A key that belongs to another certificate is told as such."""
    cert = (folder / "cert.pem").read_text()
    write_identity(folder, authority)
    (folder / "cert.pem").write_text(cert)
    assert refusal(options(folder)) == (
        "tls_server_config: the key is not that of the certificate; name two that belong together"
    )


def test_an_encrypted_key(folder: Path) -> None:
    """OpenSSL does not ask the terminal for the password."""
    key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    lock = BestAvailableEncryption(b"password")
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    (folder / "key.pem").write_bytes(locked)
    assert refusal(options(folder)) == (
        "tls_server_config: the key is encrypted, and nobody is there to type its password; "
        "decrypt it"
    )


@pytest.mark.parametrize("text", [PEM + "\u00ff", PEM + "AAAA\n-----END CERTIFICATE-----\n", PEM])
def test_half_an_authority(folder: Path, text: str) -> None:
    """Authorities that cannot be read are refused, since nobody could connect."""
    (folder / "ca.pem").write_text(text)
    asking = replace(options(folder), client_ca=folder / "ca.pem", verify=ssl.CERT_REQUIRED)
    assert refusal(asking) == (
        "tls_server_config.client_ca_file: the authorities' certificates cannot be read; check "
        "that they are whole"
    )


@pytest.mark.parametrize(
    ("allowed", "names", "passes"),
    [
        ("prom.example", ["other.example", "prom.example"], True),
        ("::7", ["0:0::7"], True),
        ("ops@example.org", ["ops@example.org"], True),
        ("prom.example", ["prom.example.org"], False),
        ("prom.example", [], False),
    ],
)
def test_only_allowed_names_pass(
    folder: Path, authority: trustme.CA, allowed: str, names: list[str], *, passes: bool
) -> None:
    """A verified certificate ends the handshake all the same if none of its names is allowed."""
    server = built(
        replace(
            options(folder),
            client_ca=folder / "ca.pem",
            verify=ssl.CERT_REQUIRED,
            allowed_sans=frozenset({allowed}),
        )
    )
    identity = authority.issue_cert(*names, common_name="prom.example")
    refused = pytest.raises(ssl.SSLCertVerificationError, match="no subject alternative name")
    with nullcontext() if passes else refused:
        shaken(server, client_context(authority, identity))
