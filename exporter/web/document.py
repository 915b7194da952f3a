"""From the text of a web configuration to one checked `WebConfig`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from exporter.credentials import Secret
from exporter.document.checks import any_text, describe, duration, fields, flag, integer
from exporter.document.problems import Check, Findings, Problem, RefusedError, is_plain_name
from exporter.document.yaml_reader import read_yaml
from exporter.web.options import RateLimit, WebConfig
from exporter.web.tls_section import read_tls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HIGHEST_COST: Final = 14
_LOWEST_COST: Final = 4
# The last sign of a salt holds two bits only; Python's bcrypt takes no other one there.
_HASH: Final = re.compile(r"\$2[aby]\$([0-3][0-9])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_MAKE: Final = """make one with `htpasswd -nBC 10 "" | tr -d ':\\n'`"""
_HEADER_VALUE: Final = re.compile(r"[ -~]{0,4096}")
_MOST_BURST: Final = 1_000_000


def parse(text: str, folder: Path) -> WebConfig:
    """Read a web configuration; relative files begin at `folder`, and none is opened.

    Raises:
        RefusedError: with every mistake that could be told at once.
    """
    findings, found = Findings(), {}
    tree, findings.problems = read_yaml(text)
    checks: Mapping[str, Check[Any]] = {
        "tls_server_config": partial(read_tls, folder=folder),
        "http_server_config": _headers,
        "basic_auth_users": _users,
        "rate_limit": _rate_limit,
    }
    with findings.at(""):
        found = fields(tree, checks)
    findings.settle()
    return WebConfig(**{_NAMES[section]: value for section, value in found.items()})


def _http2(value: object) -> bool:
    if flag(value):
        raise RefusedError(Problem("cannot be on, the port speaks HTTP/1.1 only; write `false`"))
    return False


def _headers(value: object) -> dict[str, str]:
    """Check the section ``http_server_config`` and return its headers that are not blank."""
    found = fields(value, HTTP).get("headers", {})
    return {name: words for name, words in found.items() if words}


def _header(*allowed: str) -> Check[str]:
    """Return the check of a header's value; without `allowed` any that fits in a line is good."""

    def check(value: object) -> str:
        text = "" if value is None else any_text(value).strip()
        if _HEADER_VALUE.fullmatch(text) is None:
            raise RefusedError(Problem("must be one line of printable ASCII characters"))
        if text and allowed and text not in allowed:
            raise RefusedError(Problem(f"must be {' or '.join(allowed)}"))
        return text

    return check


def _users(value: object) -> dict[bytes, Secret]:
    """Check the section ``basic_auth_users``; an empty one asks for no password."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        words = f"must be a mapping of users to bcrypt hashes, not {describe(value)}"
        raise RefusedError(Problem(words))
    findings, users = Findings(), {}
    for user, hashed in value.items():
        with findings.at(user if is_plain_name(user) else "(a user)"):
            users[_user(user)] = _hash(hashed)
    findings.settle()
    return users


def _user(name: str) -> bytes:
    if ":" in name:
        words = "a user's name cannot have a colon, which ends it in a request; rename the user"
        raise RefusedError(Problem(words))
    return name.encode()


def _hash(value: object) -> Secret:
    """Check a bcrypt hash, of which one of a high cost would keep everyone waiting."""
    match = _HASH.fullmatch(any_text(value))
    if match is None:
        raise RefusedError(Problem(f"is no bcrypt hash; {_MAKE}"))
    if not _LOWEST_COST <= int(match[1]) <= _HIGHEST_COST:
        words = (
            f"has a cost of {int(match[1])}, and {_LOWEST_COST} to {_HIGHEST_COST} are taken "
            f"(at {_HIGHEST_COST} a password takes about a second); {_MAKE}"
        )
        raise RefusedError(Problem(words))
    return Secret(match[0])


def _rate_limit(value: object) -> RateLimit | None:
    """Check the section ``rate_limit``; with an interval of 0 there is none."""
    found = fields(value, RATE_LIMIT, {"interval": "the time between two requests, such as `1s`"})
    if not found["interval"]:
        return None
    if not found.get("burst"):
        raise RefusedError(Problem("must be at least 1, or no request would ever pass", "burst"))
    return RateLimit(**found)


_NAMES: Final = {
    "tls_server_config": "tls",
    "http_server_config": "headers",
    "basic_auth_users": "users",
    "rate_limit": "rate_limit",
}
HEADERS: Final[Mapping[str, Check[str]]] = {
    "Content-Security-Policy": _header(),
    "X-Frame-Options": _header("deny", "sameorigin"),
    "X-Content-Type-Options": _header("nosniff"),
    "X-XSS-Protection": _header(),
    "Strict-Transport-Security": _header(),
}
HTTP: Final[Mapping[str, Check[Any]]] = {
    "http2": _http2,
    "headers": partial(fields, checks=HEADERS),
}
RATE_LIMIT: Final[Mapping[str, Check[Any]]] = {
    "interval": duration("1h", zero=True),
    "burst": integer(0, _MOST_BURST),
}
