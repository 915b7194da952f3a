"""A web configuration that follows its file, and keeps its head when the file makes no sense."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest
import structlog

from exporter.errors import ConfigError
from exporter.web import WebFile
from tests.web.identities import HASH, TLS, client_context, write_identity
from tests.web.test_context import shaken

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

USERS: Final = f"basic_auth_users: {{alice: '{HASH}', bob: '{HASH}'}}\n"
LOST: Final = "was there before, and only a restart takes it away"


def written(folder: Path, text: str) -> WebFile:
    """Return what follows a file with the text."""
    (folder / "web.yaml").write_text(text)
    return WebFile(folder / "web.yaml")


def issuer(file: WebFile, authority: trustme.CA) -> object:
    """Return the serial number of the certificate that a new connection is shown."""
    assert file.tls is not None
    certificate = shaken(file.tls, client_context(authority)).getpeercert()
    return certificate and certificate["serialNumber"]


def test_it_follows_its_file(folder: Path) -> None:
    """Users, headers and the limit are those of the file now."""
    file = written(folder, USERS)
    (folder / "web.yaml").write_text(
        f"basic_auth_users: {{carol: '{HASH}'}}\nhttp_server_config: {{headers: "
        "{X-Frame-Options: deny}}\nrate_limit: {interval: 1s, burst: 2}"
    )
    config = file.config()
    assert list(config.users) == [b"carol"]
    assert config.headers == {"X-Frame-Options": "deny"}
    assert config.rate_limit is not None


def test_it_is_parsed_when_it_changed_only(folder: Path) -> None:
    """Reading is cheap, parsing is not: the same text is the same configuration."""
    file = written(folder, USERS)
    first = file.config()
    (folder / "web.yaml").write_text(USERS)
    assert file.config() is first


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("basic_auth_users: {alice: pa55word}", "basic_auth_users.alice: is no bcrypt hash; make"),
        ("basic_auth_users: [", "line 1, column 20: not valid YAML"),
        ("", f"basic_auth_users: {LOST}"),
        ("basic_auth_users: {}", f"basic_auth_users: {LOST}"),
        (TLS + USERS, "tls_server_config: is new, and only a restart switches TLS on"),
        (None, "there is no such file"),
    ],
)
def test_what_makes_no_sense_is_not_taken(folder: Path, text: str | None, why: str) -> None:
    """The old configuration goes on with one warning, and one line when it is good again."""
    file = written(folder, USERS)
    (folder / "web.yaml").unlink()
    if text is not None:
        (folder / "web.yaml").write_text(text)
    with structlog.testing.capture_logs() as logged:
        configs = [file.config() for _ in range(3)]
        (folder / "web.yaml").write_text(USERS)
        file.config()
        file.config()
    assert [sorted(config.users) for config in configs] == [[b"alice", b"bob"]] * 3
    assert [(one["log_level"], one["event"]) for one in logged] == [
        ("warning", "web configuration: the old one goes on"),
        ("info", "web configuration: read again"),
    ]
    assert logged[0]["why"].startswith(why)
    assert "pa55word" not in str(logged)


def test_another_mistake_is_another_warning(folder: Path) -> None:
    """Words that differ are told, even while the file is bad."""
    file = written(folder, USERS)
    with structlog.testing.capture_logs() as logged:
        for text in ("[", "nonsense: 1", "[", "["):
            (folder / "web.yaml").write_text(text)
            file.config()
    assert len(logged) == 3


def test_a_new_certificate_is_taken(folder: Path, authority: trustme.CA) -> None:
    """Each connection is shown the certificate that the files hold at that moment."""
    file = written(folder, TLS)
    first, again = issuer(file, authority), issuer(file, authority)
    write_identity(folder, authority)
    assert first == again != issuer(file, authority)


def test_kubernetes_swaps_a_link(folder: Path, authority: trustme.CA) -> None:
    """Files behind a folder's link, which is replaced as a whole, are taken too."""
    for name in ("old", "new"):
        (folder / name).mkdir()
        write_identity(folder / name, authority)
    (folder / "data").symlink_to("old")
    file = written(folder, "tls_server_config: {cert_file: data/cert.pem, key_file: data/key.pem}")
    before = issuer(file, authority)
    (folder / "next").symlink_to("new")
    (folder / "next").rename(folder / "data")
    assert issuer(file, authority) != before


@pytest.mark.parametrize("damage", ["absent", "half", "empty", "mixed", "unreadable"])
def test_a_bad_certificate_is_not_taken(folder: Path, authority: trustme.CA, damage: str) -> None:
    """While it can't be used the last good one is shown, with one warning."""
    file = written(folder, TLS)
    first = issuer(file, authority)
    cert, key = folder / "cert.pem", folder / "key.pem"
    match damage:
        case "absent":
            cert.unlink()
        case "half":
            cert.write_text(cert.read_text()[:300])
        case "empty":
            key.write_text("")
        case "mixed":
            old = key.read_bytes()
            write_identity(folder, authority)
            key.write_bytes(old)
        case _:
            key.unlink()
            os.mkfifo(key)
    with structlog.testing.capture_logs() as logged:
        assert [issuer(file, authority) for _ in range(3)] == [first] * 3
        key.unlink()
        write_identity(folder, authority)
        assert issuer(file, authority) != first
    assert [one["log_level"] for one in logged] == ["warning", "info"]
    assert str(logged[0]["why"]).startswith("tls_server_config")


CLIENTS: Final = (
    "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem, "
    "client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [a]}\n"
)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (TLS, "", f"tls_server_config: {LOST}"),
        (TLS + USERS, USERS, f"tls_server_config: {LOST}"),
        (CLIENTS, TLS, f"tls_server_config.client_auth_type: {LOST}; "),
        (
            CLIENTS,
            CLIENTS.replace(", client_allowed_sans: [a]", ""),
            f"tls_server_config.client_allowed_sans: {LOST}",
        ),
        (
            CLIENTS.replace(", client_allowed_sans: [a]", ""),
            CLIENTS.replace("RequireAnd", "").replace(
                "VerifyClientCert, client_allowed_sans: [a]", "VerifyClientCertIfGiven"
            ),
            f"tls_server_config.client_auth_type: {LOST}",
        ),
    ],
)
def test_protection_is_never_taken_away(folder: Path, before: str, after: str, why: str) -> None:
    """A file that is half written for a moment does not open the port."""
    file = written(folder, before)
    (folder / "web.yaml").write_text(after)
    with structlog.testing.capture_logs() as logged:
        config = file.config()
    assert config == WebFile(_copy(folder, before)).config()
    assert why in f"{logged[0]['why']}; "


def _copy(folder: Path, text: str) -> Path:
    path = folder / "other.yaml"
    path.write_text(text)
    return path


def test_more_protection_is_taken(folder: Path) -> None:
    """Passwords and clients' certificates can be asked for while it runs."""
    file = written(folder, TLS)
    (folder / "web.yaml").write_text(CLIENTS + USERS)
    config = file.config()
    assert config.tls is not None
    assert config.tls.allowed_sans
    assert config.users


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("basic_auth_users: {alice: x}\nnonsense: 1", 2),
        (TLS.replace("cert.pem", "no.pem").replace("key.pem", "no.pem"), 2),
        ("[", 1),
    ],
)
def test_refused_at_the_start(folder: Path, text: str, words: int) -> None:
    """From the start there is no old one: all problems are told, each with the file."""
    with pytest.raises(ConfigError) as caught:
        written(folder, text)
    assert len(caught.value.problems) == words
    assert all(one.startswith(f"{folder / 'web.yaml'}: ") for one in caught.value.problems)


@pytest.mark.parametrize("kind", ["absent", "folder", "pipe", "latin", "locked name"])
def test_what_cannot_be_read(tmp_path: Path, kind: str) -> None:
    """Each obstacle has words of its own."""
    path = tmp_path / "web.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "latin":
            path.write_bytes(b"\xff")
        case "locked name":
            path = tmp_path / "a\0b"
    words = {
        "absent": "there is no such file",
        "latin": "is no text in UTF-8; save it as UTF-8",
        "locked name": "is no path that a file can have",
    }
    with pytest.raises(ConfigError) as caught:
        WebFile(path)
    regular = "is no regular file, and only those can be read again and again; name a file"
    assert caught.value.problems == (f"{path}: {words.get(kind, regular)}",)
