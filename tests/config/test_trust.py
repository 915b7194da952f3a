"""`api.ca_file` and `api.proxy`: taken or refused, with the words of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trustme

from exporter.config import load
from exporter.status.configuration import configuration_yaml
from tests.config.reading import KEY, TARGETS, WITH_KEY, read, refusal, refusal_beside

if TYPE_CHECKING:
    from pathlib import Path


def test_ca_file_begins_at_the_configuration_s_folder(tmp_path: Path) -> None:
    """A relative path does not depend on where the exporter is started."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "config.yaml").write_text(f"api: {{ca_file: ca.pem}}\n{TARGETS}")
    assert load(tmp_path / "config.yaml", WITH_KEY).api.ca_file == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no such file; a relative path begins at "),
        (b"", "the file holds no certificates; it has to hold them as PEM"),
        (b"-----BEGIN CERTIFICATE-----\nnone\n", "the file holds no certificates; it has to hold"),
    ],
)
def test_bad_ca_file(tmp_path: Path, text: bytes | None, words: str) -> None:
    """It is refused at start and by --config.check, not at the first request."""
    if text is not None:
        (tmp_path / "ca.pem").write_bytes(text)
    told = refusal_beside(tmp_path, f"api: {{key: {KEY}, ca_file: ca.pem}}\n{TARGETS}")
    assert told.startswith(f"api.ca_file: {words}")


@pytest.mark.parametrize("path", [".", "a" * 300])
def test_ca_file_that_is_no_file(tmp_path: Path, path: str) -> None:
    """Whatever the path is, the words stay ours."""
    told = refusal_beside(tmp_path, f'api: {{key: {KEY}, ca_file: "{path}"}}\n{TARGETS}')
    assert told.startswith("api.ca_file: ")
    assert "aaa" not in told


def test_bad_key_and_bad_ca_file_are_told_together(tmp_path: Path) -> None:
    """Who mends one need not start again to learn of the other."""
    told = refusal_beside(tmp_path, f"api: {{key: '', ca_file: none}}\n{TARGETS}")
    assert "api.key: " in told
    assert "api.ca_file: " in told


def test_both_are_shown_in_the_configuration_in_force(tmp_path: Path) -> None:
    """The page `/config` tells whom the exporter trusts and what it goes through."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    api = f"api: {{ca_file: {tmp_path}/ca.pem, proxy: 'http://proxy:1'}}\n"
    shown = configuration_yaml(read(api + TARGETS))
    assert f'  ca_file: "{tmp_path}/ca.pem"\n  proxy: "http://proxy:1"\n' in shown


@pytest.mark.parametrize("url", ["http://proxy.example:3128", "https://[::1]:1", "http://p"])
def test_proxy(url: str) -> None:
    """A proxy has a scheme, a host and perhaps a port."""
    assert read(f"api: {{proxy: '{url}/'}}\n{TARGETS}").api.proxy == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("proxy.example:3128", "is no URL; write one such as `http://proxy.example:3128`"),
        ("socks5://proxy", "is no URL; write one"),
        ("http://user:word@proxy", "must not hold a user or password; write a URL such as"),
        ("http://proxy/path", "must not hold a path; write a URL such as"),
        ("http://proxy?x", "must not hold a query or fragment; write a URL such as"),
        ("http://proxy:99999", "is no URL; write one"),
        ("", "is no URL; write one"),
    ],
)
def test_bad_proxy(url: str, words: str) -> None:
    """What could hold a password, or is no proxy, is refused without being quoted."""
    told = refusal(f"api: {{proxy: '{url}'}}\n{TARGETS}")
    assert told.startswith(f"config.yaml: api.proxy: {words}")
    assert "word@" not in told
