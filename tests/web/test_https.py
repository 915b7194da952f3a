"""HTTPS as served from the command line."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
import trustme

from tests.web.identities import TLS, client_context, write_identity
from tests.web.serving import serving, status

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS: Final = (
    "tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem, "
    "client_auth_type: RequireAndVerifyClientCert%s}\n"
)


async def test_certificates_rotate(folder: Path, authority: trustme.CA) -> None:
    """A new connection sees the new certificate, even of a new authority; an old one goes on."""
    other = trustme.CA()
    old, new = client_context(authority), client_context(other)
    async with serving(folder, TLS) as (_, url), httpx.AsyncClient(verify=old) as kept:
        healthy = url.replace("/metrics", "/-/healthy")
        before = [await status(url, old), await status(url, new)]
        first = await kept.get(healthy)
        write_identity(folder, other)
        after = [await status(url, old), await status(url, new)]
        second = await kept.get(healthy)
        metrics = await kept.get(url)
    assert url.startswith("https://")
    assert (before, after) == ([200, 0], [0, 200])
    assert [first.status_code, second.status_code] == [200, 200]
    assert "gcore_up{" in metrics.text


async def test_clients_need_a_certificate(folder: Path, authority: trustme.CA) -> None:
    """One that the named authority signed gets through; none, or another authority's, does not."""
    good = authority.issue_cert("client.example")
    strange = trustme.CA().issue_cert("client.example")
    async with serving(folder, CLIENTS % "") as (_, url):
        found = [
            await status(url, client_context(authority, identity))
            for identity in (good, None, strange)
        ]
    assert found == [200, 0, 0]


async def test_clients_may_have_a_certificate(folder: Path, authority: trustme.CA) -> None:
    """With VerifyClientCertIfGiven none will do, and a bad one will not."""
    text = (CLIENTS % "").replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")
    good, strange = authority.issue_cert("a"), trustme.CA().issue_cert("a")
    async with serving(folder, text) as (_, url):
        found = [
            await status(url, client_context(authority, identity))
            for identity in (good, None, strange)
        ]
    assert found == [200, 200, 0]


async def test_clients_need_an_allowed_name(folder: Path, authority: trustme.CA) -> None:
    """A name, address, e-mail or URI of the certificate is on the list, which may change."""
    sans = ", client_allowed_sans: [prom.example, '0:0::7', ops@example.org, 'spiffe://a/b']"
    named = [
        authority.issue_cert("other.example", "prom.example"),
        authority.issue_cert("::7"),
        authority.issue_cert("ops@example.org"),
        authority.issue_cert("PROM.example.org"),
        authority.issue_cert(common_name="prom.example"),
    ]
    async with serving(folder, CLIENTS % sans) as (_, url):
        before = [await status(url, client_context(authority, one)) for one in named]
        (folder / "web.yaml").write_text(CLIENTS % ", client_allowed_sans: ['::7']")
        after = [await status(url, client_context(authority, one)) for one in named]
    assert before == [200, 200, 200, 0, 0]
    assert after == [0, 200, 0, 0, 0]


async def test_old_versions_and_plain_http(folder: Path, authority: trustme.CA) -> None:
    """Neither TLS 1.2, where 1.3 is the least, nor plain HTTP is answered."""
    old = client_context(authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(folder, TLS.replace("}", ", min_version: TLS13}")) as (_, url):
        found = [
            await status(url, old),
            await status(url.replace("https", "http"), old),
            await status(url, client_context(authority)),
        ]
    assert found == [0, 0, 200]


async def test_idle_connections_harm_nobody(folder: Path, authority: trustme.CA) -> None:
    """Connections that never begin their handshake, or stop in it, are closed in the end."""
    async with serving(folder, TLS) as (_, url):
        address = urlsplit(url)
        idle = [await asyncio.open_connection(address.hostname, address.port) for _ in range(20)]
        for _, writer in idle[10:]:
            writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        found = [await status(url, client_context(authority)) for _ in range(5)]
        ends = [await reader.read() for reader, _ in idle]
        for _, writer in idle:
            writer.close()
    assert found == [200] * 5
    assert ends == [b""] * 20


async def test_it_ends_while_a_client_stays(folder: Path, authority: trustme.CA) -> None:
    """A kept-alive TLS connection doesn't hold up the end, whose status is 0."""
    async with (
        serving(folder, TLS) as (process, url),
        httpx.AsyncClient(verify=client_context(authority)) as kept,
    ):
        await kept.get(url.replace("/metrics", "/-/healthy"))
        process.terminate()
        assert await process.wait() == 0
