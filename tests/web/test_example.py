"""The example and the page of the documentation say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from exporter.web.document import HEADERS, HTTP, RATE_LIMIT, parse
from exporter.web.options import TlsOptions, WebConfig
from exporter.web.tls_section import TLS
from tests.tools import ROOT

_EXAMPLE: Final = (ROOT / "web-config.example.yaml").read_text(encoding="utf-8")
_PAGE: Final = (ROOT / "docs" / "web-config.md").read_text(encoding="utf-8")
_KEYS: Final = [*TLS, *HTTP, *HEADERS, *RATE_LIMIT, "basic_auth_users"]


def test_the_example_shows_the_defaults() -> None:
    """What is not commented out means the same as if it were, but for the certificate."""
    folder = Path("/folder")
    tls = TlsOptions(folder / "cert.pem", folder / "key.pem")
    assert parse(_EXAMPLE, folder) == WebConfig(tls=tls)


@pytest.mark.parametrize("key", _KEYS)
def test_each_key_is_shown_and_told(key: str) -> None:
    """Every key of the format is in the example once, and in the documentation."""
    assert len(re.findall(rf"^ *#?{key}:", _EXAMPLE, re.MULTILINE)) == 1
    assert key in _PAGE


def test_what_is_refused_is_told() -> None:
    """The page has every word of the format that Python cannot keep."""
    refused = ["RequestClientCert", "RequireAnyClientCert", "TLS10", "TLS11", "http2: true"]
    assert [word for word in refused if word not in _PAGE] == []


def test_the_page_s_example_is_good() -> None:
    """The web configuration on the page is read, with a real hash in the place of the dots."""
    hashed = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
    found = re.search(r"```yaml\n(tls_server_config:.*?)```", _PAGE, re.DOTALL)
    assert found is not None
    config = parse(found[1].replace("$2y$10$...", hashed), Path("/folder"))
    assert list(config.users) == [b"prometheus"]
    assert config.tls is not None
