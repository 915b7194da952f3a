"""Whatever is written, it is a web configuration or a refusal and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.document.problems import RefusedError
from exporter.web.document import HTTP, RATE_LIMIT, parse
from exporter.web.options import WebConfig
from exporter.web.passwords import read_credentials
from exporter.web.tls_section import TLS
from tests.web.identities import HASH

_SIGNS: Final = "[]{}:,&*!|>%@`\"'#?-\n\t \\~<=$01ae\x00\x85\u2028\ufeff\ud800"
_DOCUMENT: Final = f"""\
tls_server_config: {{cert_file: a, key_file: b, client_ca_file: c, client_auth_type: \
RequireAndVerifyClientCert, client_allowed_sans: [d], curve_preferences: [X25519]}}
http_server_config: {{http2: false, headers: {{X-Frame-Options: deny}}}}
basic_auth_users: {{alice: "{HASH}"}}
rate_limit: {{interval: 1s, burst: 5}}
"""
_KEYS: Final = [
    *("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"),
    *TLS,
    *HTTP,
    *RATE_LIMIT,
]


def outcome(text: str) -> WebConfig | RefusedError:
    """Return what comes of the text; any other error goes on to the test."""
    try:
        return parse(text, Path("/folder"))
    except RefusedError as error:
        return error


@given(st.text() | st.text(_SIGNS, max_size=80))
@example("\ud800")
@example('basic_auth_users: {"\\ud800": a}')
def test_any_text(text: str) -> None:
    """No text is a crash, and a refusal has words."""
    found = outcome(text)
    assert isinstance(found, WebConfig) or found.problems


@given(
    st.lists(
        st.tuples(st.integers(0, len(_DOCUMENT)), st.integers(0, 6), st.text(_SIGNS, max_size=3)),
        min_size=1,
        max_size=6,
    )
)
def test_any_damage_to_a_good_document(damage: list[tuple[int, int, str]]) -> None:
    """However a good document is bent, it is read or refused."""
    text = _DOCUMENT
    for start, length, inserted in damage:
        text = text[:start] + inserted + text[start + length :]
    found = outcome(text)
    assert isinstance(found, WebConfig) or found.problems


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([HASH, "1s"])
_trees = st.recursive(
    _scalars | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(_trees | st.dictionaries(st.sampled_from(_KEYS[:4]), _trees))
def test_any_tree(tree: object) -> None:
    """No value in no place is a crash."""
    found = outcome(yaml.safe_dump(tree, allow_unicode=True))
    assert isinstance(found, WebConfig) or found.problems


@given(st.lists(st.binary() | st.binary().map(lambda data: b"Basic " + data), max_size=3))
def test_any_authorization_header(headers: list[bytes]) -> None:
    """No header is a crash; only one alone can say something."""
    found = read_credentials(headers)
    assert found is None or len(headers) == 1
