"""The API's URL: what is taken, and what is refused before a key goes there."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ConfigError
from tests.config.reading import TARGETS, WITH_KEY, read, refusal

NO_URL = "is no URL; write one such as `https://api.gcore.com`"
NO_USER = "must not hold a user or password; write a URL such as `https://api.gcore.com`"
NO_QUERY = "must not hold a query or fragment; write a URL such as `https://api.gcore.com`"
NO_TLS = "must begin with https:// (plain http would show the key to the network)"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://api.gcore.com", "https://api.gcore.com"),
        ("https://api.gcore.com/", "https://api.gcore.com"),
        ("HTTPS://api.gcore.com//", "https://api.gcore.com"),
        ("https://proxy.example:8443/gcore/", "https://proxy.example:8443/gcore"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://example.com/a@b", "https://example.com/a@b"),
    ],
)
def test_url_that_is_taken(written: str, url: str) -> None:
    """A good URL is kept, without the slashes at its end."""
    assert read(f"{TARGETS}api: {{url: '{written}'}}").api.url == url


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", NO_URL),
        ("api.gcore.com", NO_URL),
        ("ftp://api.gcore.com", NO_URL),
        ("https://", NO_URL),
        ("https:///cloud", NO_URL),
        ("https://exa mple.com", NO_URL),
        ("https://a..b", NO_URL),
        ("https://-a", NO_URL),
        ("https://a:0", NO_URL),
        ("https://a:65536", NO_URL),
        ("https://a:b", NO_URL),
        ("https://[::1", NO_URL),
        ("https://[1.2.3.4.5]", NO_URL),
        ("https://b\u00fccher.example", NO_URL),
        ("https://a/\u00fc", NO_URL),
        ("https://a/" + "b" * 2048, NO_URL),
        ("https://user:word@api.gcore.com", NO_USER),
        ("user@api.gcore.com", NO_USER),
        ("https://api.gcore.com?a=b", NO_QUERY),
        ("https://api.gcore.com/#a", NO_QUERY),
        ("http://api.gcore.com", NO_TLS),
        ("http://10.0.0.1", NO_TLS),
        ("http://localhost.example.com", NO_TLS),
    ],
)
def test_url_that_is_refused(written: str, words: str) -> None:
    """Each has its reason, the same from the file and from the environment."""
    text = f"{TARGETS}api: {{url: '{written}'}}"
    assert refusal(text) == f"config.yaml: api.url: {words}"
    if written:
        environment = {**WITH_KEY, "GCORE_BASE_URL": written}
        assert refusal(TARGETS, environment) == f"GCORE_BASE_URL: {words}"


@given(st.text("htps:/.[]@?#%0aZ-_~\\ ", max_size=20), st.booleans())
def test_http_client_takes_what_we_take(rest: str, begun: bool) -> None:  # noqa: FBT001 -- hypothesis passes arguments by type
    """A URL that passes is one for httpx too, to the same place."""
    written = f"https://{rest}" if begun else rest
    try:
        url = read(TARGETS, {**WITH_KEY, "GCORE_BASE_URL": written or "x"}).api.url
    except ConfigError:
        return
    assert str(httpx.URL(url)).rstrip("/").lower() == url.lower()
