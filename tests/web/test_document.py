"""The web configuration's text: what is refused, word for word, and what the rest means."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from exporter.document.problems import RefusedError
from exporter.web.document import parse
from exporter.web.options import RateLimit, TlsOptions, WebConfig
from tests.web.identities import HASH, HASH_OF_HTPASSWD

FOLDER = Path("/etc/exporter")
PAIR = "cert_file: c, key_file: k"
SUITES = ", ".join(
    f"TLS_ECDHE_{kind}_WITH_{name}"
    for kind in ("ECDSA", "RSA")
    for name in (
        "AES_128_GCM_SHA256",
        "AES_256_GCM_SHA384",
        "CHACHA20_POLY1305_SHA256",
        "AES_128_CBC_SHA",
        "AES_256_CBC_SHA",
    )
)
OLD = "is broken (RFC 8996) and OpenSSL 3 no longer speaks it; write TLS12 or TLS13"
UNVERIFIED = (
    "would take a certificate that nobody verifies, which Python cannot do; write "
    "RequireAndVerifyClientCert, or VerifyClientCertIfGiven"
)
MAKE = """make one with `htpasswd -nBC 10 "" | tr -d ':\\n'`"""
NEEDS_CA = (
    "tls_server_config.client_ca_file: is missing; write the path of the authority that signs "
    "clients' certificates"
)


def tls(text: str) -> str:
    """Return a document with a certificate, a key and something else."""
    return f"tls_server_config: {{{PAIR}, {text}}}"


REFUSED = {
    "tls: {}": "tls: unknown key; known here: `tls_server_config`, `http_server_config`, "
    "`basic_auth_users`, `rate_limit`",
    "basic_auth_user: {}": "basic_auth_user: unknown key; did you mean `basic_auth_users`?",
    "tls_server_config:": "tls_server_config: is empty; write `cert_file` and `key_file`, or "
    "remove the section for plain HTTP",
    "tls_server_config: {min_version: TLS12}": "tls_server_config.cert_file: is missing; write "
    "the path of the server's certificate in PEM\n"
    "tls_server_config.key_file: is missing; write the path of the server's private key in PEM",
    "tls_server_config: []": "tls_server_config: must be a mapping with keys such as `cert`, not a "
    "list",
    tls("cert: x"): "tls_server_config.cert: stands beside `cert_file`; keep one of the two",
    tls("key: x"): "tls_server_config.key: stands beside `key_file`; keep one of the two",
    tls("client_ca: x, client_ca_file: y"): "tls_server_config.client_ca: stands beside "
    "`client_ca_file`; keep one of the two",
    "tls_server_config: {cert_file: ' ', key_file: k}": "tls_server_config.cert_file: is empty; "
    "write a path, or remove it",
    "tls_server_config: {cert: '', key_file: k}": "tls_server_config.cert: is empty; write it in "
    "PEM, or remove it",
    tls("client_auth_type: Always"): "tls_server_config.client_auth_type: must be one of "
    "NoClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
    tls("client_auth_type: RequestClientCert"): f"tls_server_config.client_auth_type: {UNVERIFIED}",
    tls("client_auth_type: RequireAnyClientCert"): (
        f"tls_server_config.client_auth_type: {UNVERIFIED}"
    ),
    tls("client_auth_type: RequireClientCert"): f"tls_server_config.client_auth_type: {UNVERIFIED}",
    tls("client_auth_type: RequireAndVerifyClientCert"): NEEDS_CA,
    tls("client_auth_type: VerifyClientCertIfGiven"): NEEDS_CA,
    tls("client_ca_file: x"): "tls_server_config.client_auth_type: has to be set beside "
    "`client_ca_file` or `client_ca`; write RequireAndVerifyClientCert",
    tls("client_allowed_sans: [a]"): "tls_server_config.client_allowed_sans: needs "
    "`client_auth_type: RequireAndVerifyClientCert`",
    tls("client_ca: x, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a]"): (
        "tls_server_config.client_allowed_sans: needs "
        "`client_auth_type: RequireAndVerifyClientCert`"
    ),
    tls("client_allowed_sans: []"): "tls_server_config.client_allowed_sans: must be a list of "
    "names with at least one, not an empty one",
    tls("client_allowed_sans: [a, '']"): "tls_server_config.client_allowed_sans[1]: is empty; "
    "write a name, or remove it",
    tls("min_version: TLS10"): f"tls_server_config.min_version: {OLD}",
    tls("max_version: TLS11"): f"tls_server_config.max_version: {OLD}",
    tls("min_version: '1.2'"): "tls_server_config.min_version: must be one of TLS12, TLS13",
    tls("min_version: 1.2"): "tls_server_config.min_version: must be a text (in quotes), not a "
    "decimal number",
    tls("min_version: TLS13, max_version: TLS12"): "tls_server_config.max_version: must not be "
    "below `min_version`",
    tls("cipher_suites: [RC4]"): f"tls_server_config.cipher_suites[0]: must be one of {SUITES}",
    tls("cipher_suites: [TLS_AES_128_GCM_SHA256]"): "tls_server_config.cipher_suites[0]: is of "
    "TLS 1.3, whose suites Python cannot choose from; remove it",
    tls("curve_preferences: [X25519, CurveP256]"): "tls_server_config.curve_preferences: has "
    "several, and Python can set one only; keep the best one, or remove the list",
    tls("curve_preferences: [P256]"): "tls_server_config.curve_preferences[0]: must be one of "
    "CurveP256, CurveP384, CurveP521, X25519",
    tls("prefer_server_cipher_suites: 1"): "tls_server_config.prefer_server_cipher_suites: must be "
    "`true` or `false`, not a number",
    "http_server_config: {http2: true}": "http_server_config.http2: cannot be on, the port speaks "
    "HTTP/1.1 only; write `false`",
    "http_server_config: {headers: {Server: x}}": "http_server_config.headers.Server: unknown key; "
    "known here: `Content-Security-Policy`, `X-Frame-Options`, `X-Content-Type-Options`, "
    "`X-XSS-Protection`, `Strict-Transport-Security`",
    "http_server_config: {headers: {X-Frame-Options: DENY}}": (
        "http_server_config.headers.X-Frame-Options: must be deny or sameorigin"
    ),
    "http_server_config: {headers: {X-Content-Type-Options: sniff}}": (
        "http_server_config.headers.X-Content-Type-Options: must be nosniff"
    ),
    'http_server_config: {headers: {X-XSS-Protection: "1\\r\\nSet-Cookie: a"}}': (
        "http_server_config.headers.X-XSS-Protection: must be one line of printable ASCII "
        "characters"
    ),
    "basic_auth_users: [a]": "basic_auth_users: must be a mapping of users to bcrypt hashes, not a "
    "list",
    "basic_auth_users: {alice: pa55word}": f"basic_auth_users.alice: is no bcrypt hash; {MAKE}",
    "basic_auth_users: {al+ice: pa55word}": f"basic_auth_users.(a user): is no bcrypt hash; {MAKE}",
    "basic_auth_users: {alice: 12345}": "basic_auth_users.alice: must be a text (in quotes), not a "
    "number",
    f"basic_auth_users: {{'a:b': '{HASH}'}}": "basic_auth_users.(a user): a user's name cannot "
    "have a colon, which ends it in a request; rename the user",
    f"basic_auth_users: {{alice: '{HASH.replace('$04$', '$15$')}'}}": (
        "basic_auth_users.alice: has a cost of 15, and 4 to 14 are taken (at 14 a password takes "
        f"about a second); {MAKE}"
    ),
    f"basic_auth_users: {{alice: '{HASH.replace('$04$', '$31$')}'}}": (
        "basic_auth_users.alice: has a cost of 31, and 4 to 14 are taken (at 14 a password takes "
        f"about a second); {MAKE}"
    ),
    f"basic_auth_users: {{alice: '{HASH.replace('$04$', '$03$')}'}}": (
        "basic_auth_users.alice: has a cost of 3, and 4 to 14 are taken (at 14 a password takes "
        f"about a second); {MAKE}"
    ),
    f"basic_auth_users: {{alice: '{HASH.replace('$2b$', '$2x$')}'}}": (
        f"basic_auth_users.alice: is no bcrypt hash; {MAKE}"
    ),
    f"basic_auth_users: {{alice: '{HASH[:28]}A{HASH[29:]}'}}": (
        f"basic_auth_users.alice: is no bcrypt hash; {MAKE}"
    ),
    "rate_limit:": "rate_limit.interval: is missing; write the time between two requests, such as "
    "`1s`",
    "rate_limit: {interval: 1s}": "rate_limit.burst: must be at least 1, or no request would ever "
    "pass",
    "rate_limit: {interval: 1s, burst: 0}": "rate_limit.burst: must be at least 1, or no request "
    "would ever pass",
    "rate_limit: {interval: 5, burst: 1}": "rate_limit.interval: has no unit; write `5s` if "
    "seconds are meant",
    "rate_limit: {interval: 1s, burst: -1}": "rate_limit.burst: must be a whole number from 0 to "
    "1000000, not -1",
    "basic_auth_users: {a: b, a: c}": "line 1, column 26: `basic_auth_users.a` is there twice, "
    f"first at line 1, column 20; keep one\nbasic_auth_users.a: is no bcrypt hash; {MAKE}",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=list(REFUSED))
def test_refused_with_place_and_remedy(text: str, words: str) -> None:
    """Each mistake is told with its place, what is wrong and what would be right."""
    with pytest.raises(RefusedError) as caught:
        parse(text, FOLDER)
    assert "\n".join(map(str, caught.value.problems)) == words


@pytest.mark.parametrize("text", REFUSED)
def test_no_secret_is_told(text: str) -> None:
    """What may be a password or a key is in no message."""
    with pytest.raises(RefusedError) as caught:
        parse(text, FOLDER)
    assert not any(secret in repr(caught.value) for secret in ("pa55word", "12345", HASH[7:]))


@pytest.mark.parametrize("text", ["", "# nothing", "basic_auth_users:", "basic_auth_users: {}"])
def test_little_is_enough(text: str) -> None:
    """An empty file asks for nothing."""
    assert parse(text, FOLDER) == WebConfig()


def test_a_section_of_each_kind() -> None:
    """Everything that is written is found in the options; relative paths begin at the folder."""
    config = parse(
        f"""
tls_server_config:
  cert_file: tls/cert.pem
  key_file: /run/key.pem
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example, "0:0::1"]
  min_version: TLS12
  max_version: TLS12
  cipher_suites:
    - TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    - TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384]
http_server_config:
  http2: false
  headers:
    X-Frame-Options: sameorigin
    Strict-Transport-Security: max-age=60
    X-XSS-Protection:
    Content-Security-Policy: ""
basic_auth_users: {{alice: "{HASH}", "": "{HASH_OF_HTPASSWD}"}}
rate_limit: {{interval: 500ms, burst: 20}}
""",
        FOLDER,
    )
    assert config.tls == TlsOptions(
        cert=FOLDER / "tls/cert.pem",
        key=Path("/run/key.pem"),
        client_ca=FOLDER / "ca.pem",
        verify=ssl.CERT_REQUIRED,
        allowed_sans=frozenset({"prometheus.example", "::1"}),
        minimum=ssl.TLSVersion.TLSv1_2,
        maximum=ssl.TLSVersion.TLSv1_2,
        ciphers=("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-AES128-SHA"),
        prefer_server_ciphers=False,
        curve="secp384r1",
    )
    assert config.headers == {
        "X-Frame-Options": "sameorigin",
        "Strict-Transport-Security": "max-age=60",
    }
    hashes = {user: hashed.reveal() for user, hashed in config.users.items()}
    assert hashes == {b"alice": HASH, b"": HASH_OF_HTPASSWD}
    assert config.rate_limit == RateLimit(0.5, 20)
    assert str(config) == "TLS with clients' certificates, passwords of 2 users, a rate limit"


def test_the_defaults_are_the_format_s() -> None:
    """Without further words: TLS 1.2 and 1.3, the server's preference, nobody is asked."""
    options = parse(f"tls_server_config: {{{PAIR}}}", FOLDER).tls
    assert options == TlsOptions(
        cert=FOLDER / "c",
        key=FOLDER / "k",
        verify=ssl.CERT_NONE,
        minimum=ssl.TLSVersion.TLSv1_2,
        maximum=ssl.TLSVersion.TLSv1_3,
        prefer_server_ciphers=True,
    )


@pytest.mark.parametrize("text", ["interval: 0", "interval: 0s, burst: 0"])
def test_an_interval_of_zero_is_no_limit(text: str) -> None:
    """As in exporter-toolkit."""
    assert parse(f"rate_limit: {{{text}}}", FOLDER).rate_limit is None


def test_nothing_secret_is_shown() -> None:
    """Neither a key nor a hash is in the repr of what was read."""
    text = f"tls_server_config: {{cert: c, key: k3y-canary}}\nbasic_auth_users: {{a: '{HASH}'}}"
    shown = repr(parse(text, FOLDER))
    assert "k3y-canary" not in shown
    assert HASH not in shown
