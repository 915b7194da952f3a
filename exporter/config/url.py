"""The base URL of the API."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from exporter.document.checks import any_text
from exporter.document.problems import Problem, RefusedError

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_URL: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9/._~!$&'()*+,;=:@%-]*)?",
    re.IGNORECASE,
)
_LONGEST: Final = 2048
_HIGHEST_PORT: Final = 65535
_EXAMPLE: Final = "such as `https://api.gcore.com`"


def base_url(value: object) -> str:
    """Return the URL without a slash at its end.

    Plain http is for loopback only: elsewhere the key would travel in clear. Whatever could hold a
    secret or change the request (user, query, fragment) is refused.
    """
    text = any_text(value)
    match = url_parts(text, _EXAMPLE)
    scheme = match["scheme"].lower()
    if scheme == "http" and not _is_loopback(match["host"]):
        words = "must begin with https:// (plain http would show the key to the network)"
        raise RefusedError(Problem(words))
    return (scheme + text[len(scheme) :]).rstrip("/")


def url_parts(text: str, example: str) -> re.Match[str]:
    """Match a URL of a scheme, host, port and path; whatever else it holds is refused.

    Args:
        text: the URL.
        example: how the refusal says what to write, ``such as ...``.
    """
    if "@" in text.split("://", 1)[-1].split("/", 1)[0]:
        raise RefusedError(Problem(f"must not hold a user or password; write a URL {example}"))
    if "?" in text or "#" in text:
        raise RefusedError(Problem(f"must not hold a query or fragment; write a URL {example}"))
    match = _URL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or not _has_good_address(match):
        raise RefusedError(Problem(f"is no URL; write one {example}"))
    return match


def _has_good_address(match: re.Match[str]) -> bool:
    """Tell whether the port is one, and what stands in brackets is an IPv6 address."""
    if match["port"] is not None and not 0 < int(match["port"]) <= _HIGHEST_PORT:
        return False
    return not match["host"].startswith("[") or _address(match["host"]) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback
