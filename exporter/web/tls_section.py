"""The section ``tls_server_config``: which of exporter-toolkit's words Python's ssl can keep."""

from __future__ import annotations

import ipaddress
import ssl
from typing import TYPE_CHECKING, Any, Final, TypeVar

from exporter.credentials import Secret
from exporter.document.checks import any_text, distinct, each, fields, flag
from exporter.document.problems import Check, Findings, Problem, RefusedError
from exporter.web.options import TlsOptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from exporter.web.options import Pem

T = TypeVar("T")

_VERSIONS: Final = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_OLD_VERSION: Final = "is broken (RFC 8996) and OpenSSL 3 no longer speaks it; write TLS12 or TLS13"

_AUTH: Final = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_UNVERIFIED_AUTH: Final = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
_UNVERIFIED: Final = (
    "would take a certificate that nobody verifies, which Python cannot do; write "
    "RequireAndVerifyClientCert, or VerifyClientCertIfGiven"
)

# Go's names of its suites for TLS 1.2 (crypto/tls.CipherSuites), with OpenSSL's.
_CIPHERS: Final = {
    f"TLS_ECDHE_{kind}_WITH_{name}": f"ECDHE-{kind}-{openssl}"
    for kind in ("ECDSA", "RSA")
    for name, openssl in {
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
        "AES_128_CBC_SHA": "AES128-SHA",
        "AES_256_CBC_SHA": "AES256-SHA",
    }.items()
}
_CIPHERS_OF_1_3: Final = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
)
_FIXED_CIPHER: Final = "is of TLS 1.3, whose suites Python cannot choose from; remove it"

_CURVES: Final = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}


def read_tls(value: object, folder: Path) -> TlsOptions:
    """Check the section; relative files begin at `folder`."""
    if not value and isinstance(value, dict | None):
        words = "is empty; write `cert_file` and `key_file`, or remove the section for plain HTTP"
        raise RefusedError(Problem(words))
    found = fields(value, TLS)
    findings = Findings()
    pems: dict[str, Any] = {}
    for name in ("cert", "key", "client_ca"):
        with findings.at(""):
            pems[name] = _pem(found, name, folder)
    clients = {name: found.pop(name) for name in _OF_CLIENTS & found.keys()}
    with findings.at(""):
        _check_clients(clients, has_ca=pems.get("client_ca") is not None)
    findings.settle()
    options = TlsOptions(
        **pems,
        verify=clients.get("client_auth_type", ssl.CERT_NONE),
        allowed_sans=clients.get("client_allowed_sans", frozenset()),
        **{_NAMES[name]: item for name, item in found.items()},
    )
    if options.minimum > options.maximum:
        raise RefusedError(Problem("must not be below `min_version`", "max_version"))
    return options


def _pem(found: dict[str, Any], name: str, folder: Path) -> Pem | None:
    """Take ``NAME`` and ``NAME_file`` out of the section and return the one that is there."""
    text: str | None = found.pop(name, None)
    file: str | None = found.pop(f"{name}_file", None)
    if text is not None and file is not None:
        raise RefusedError(Problem(f"stands beside `{name}_file`; keep one of the two", name))
    if text is None and file is None and name != "client_ca":
        words = f"is missing; write the path of the server's {_KINDS[name]} in PEM"
        raise RefusedError(Problem(words, f"{name}_file"))
    if file is not None:
        return folder / file
    return None if text is None else Secret(text)


def _check_clients(clients: Mapping[str, Any], *, has_ca: bool) -> None:
    """Check that what is asked of clients can be asked of them."""
    findings = Findings()
    verify = clients.get("client_auth_type", ssl.CERT_NONE)
    if has_ca and verify == ssl.CERT_NONE:
        words = "has to be set beside `client_ca_file` or `client_ca`; write "
        findings.add(f"{words}RequireAndVerifyClientCert", "client_auth_type")
    if not has_ca and verify != ssl.CERT_NONE:
        words = "is missing; write the path of the authority that signs clients' certificates"
        findings.add(words, "client_ca_file")
    if "client_allowed_sans" in clients and verify != ssl.CERT_REQUIRED:
        words = "needs `client_auth_type: RequireAndVerifyClientCert`"
        findings.add(words, "client_allowed_sans")
    findings.settle()


def _nonempty(what: str) -> Check[str]:
    def check(value: object) -> str:
        text = any_text(value)
        if not text.strip():
            raise RefusedError(Problem(f"is empty; write {what}, or remove it"))
        return text

    return check


def _one_of(
    known: Mapping[str, T], refused: Mapping[str, str], *, what: str = "must be one of"
) -> Check[T]:
    """Return the check of a word; the known ones mean something, the refused ones have reasons."""

    def check(value: object) -> T:
        text = any_text(value)
        if text in refused:
            raise RefusedError(Problem(refused[text]))
        if text not in known:
            raise RefusedError(Problem(f"{what} {', '.join(known)}"))
        return known[text]

    return check


def _sans(value: object) -> frozenset[str]:
    names = each(_nonempty("a name"), "names", least=1)(value)
    return frozenset(canonical_san(name) for name in names)


def canonical_san(name: str) -> str:
    """Return a subject alternative name as it is compared: an IP address may be written in ways."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _ciphers(value: object) -> tuple[str, ...]:
    one = _one_of(_CIPHERS, dict.fromkeys(_CIPHERS_OF_1_3, _FIXED_CIPHER))
    return distinct(each(one, "cipher suites")(value))


def _curve(value: object) -> str | None:
    curves = each(_one_of(_CURVES, {}), "curves")(value)
    if len(curves) > 1:
        words = "has several, and Python can set one only; keep the best one, or remove the list"
        raise RefusedError(Problem(words))
    return next(iter(curves), None)


_KINDS: Final = {"cert": "certificate", "key": "private key"}
_OF_CLIENTS: Final = frozenset({"client_auth_type", "client_allowed_sans"})
_NAMES: Final[Mapping[str, str]] = {
    "min_version": "minimum",
    "max_version": "maximum",
    "cipher_suites": "ciphers",
    "prefer_server_cipher_suites": "prefer_server_ciphers",
    "curve_preferences": "curve",
}
_version: Final = _one_of(_VERSIONS, dict.fromkeys(("TLS10", "TLS11"), _OLD_VERSION))
_path: Final = _nonempty("a path")
_text: Final = _nonempty("it in PEM")
TLS: Final[Mapping[str, Check[Any]]] = {
    "cert": _text,
    "cert_file": _path,
    "key": _text,
    "key_file": _path,
    "client_ca": _text,
    "client_ca_file": _path,
    "client_auth_type": _one_of(
        _AUTH,
        dict.fromkeys(
            ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert"), _UNVERIFIED
        ),
    ),
    "client_allowed_sans": _sans,
    "min_version": _version,
    "max_version": _version,
    "cipher_suites": _ciphers,
    "prefer_server_cipher_suites": flag,
    "curve_preferences": _curve,
}
