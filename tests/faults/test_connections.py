"""Faults on the way to the API, which befall all targets: DNS, TLS, a proxy."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from exporter.errors import Reason
from tests.faults.lab import CANARY, lab
from tests.faults.truth import PLACES
from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.faults.lab import Lab


SECURE = "https://localhost:{port}"


def served_by(leaf: trustme.LeafCert) -> ssl.SSLContext:
    """Return what a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def trusting(ca: trustme.CA, folder: Path) -> str:
    """Write the CA's certificate, and return the configuration that trusts it."""
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    return "  ca_file: ca.pem\n"


async def check_down(made: Lab, words: str, attempts: int) -> None:
    """Check that no target can be read, with these words, and that the key was not told."""
    shown = await made.scrape()
    for place in PLACES:
        made.check_failed(shown, place, Reason.CONNECTION)
    lines = [line for line in made.new_log_lines() if "target not read" in line]
    assert len(lines) == len(PLACES)
    assert all(words in line and f" attempts={attempts} " in line for line in lines), lines
    assert not made.server.requests, "no request ever reached the server"
    await made.check_pages()


async def test_ca_file(tmp_path: Path) -> None:
    """A certificate of the configured CA is trusted, by host name and address."""
    ca = trustme.CA()
    tls = served_by(ca.issue_cert("localhost", "127.0.0.1"))
    async with lab(tmp_path, tls=tls, api=trusting(ca, tmp_path), url=SECURE) as made:
        made.check_healthy(await made.scrape())


@pytest.mark.parametrize("fault", ["unknown CA", "wrong host", "expired"])
async def test_bad_certificate(tmp_path: Path, fault: str) -> None:
    """It is told as `connection`, not tried again, and no key is sent."""
    ca = trustme.CA()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    leaf = {
        "unknown CA": lambda: trustme.CA().issue_cert("localhost"),
        "wrong host": lambda: ca.issue_cert("other.example"),
        "expired": lambda: ca.issue_cert("localhost", not_after=past),
    }[fault]()
    api = trusting(ca, tmp_path)
    async with lab(tmp_path, tls=served_by(leaf), api=api, url=SECURE, warm=False) as made:
        await check_down(made, "TLS with the API failed (SSLCertVerificationError)", 1)


async def test_unknown_ca_without_a_ca_file(tmp_path: Path) -> None:
    """The test's CA is trusted above because it is configured, and for no other reason."""
    tls = served_by(trustme.CA().issue_cert("localhost"))
    async with lab(tmp_path, tls=tls, url=SECURE, warm=False) as made:
        await check_down(made, "TLS with the API failed (SSLCertVerificationError)", 1)


async def test_no_tls(tmp_path: Path) -> None:
    """A server that speaks plain HTTP gets no key over plain HTTP."""
    heard = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, lab(tmp_path, url=f"https://127.0.0.1:{port}", warm=False) as made:
        await check_down(made, "TLS with the API failed", 1)
    assert heard
    assert not any(CANARY.search(text.decode("latin-1")) for text in heard)


async def test_refused(tmp_path: Path) -> None:
    """Nobody listens: tried again, then told."""
    async with lab(tmp_path, url=f"http://127.0.0.1:{free_port()}", warm=False) as made:
        await check_down(made, "the connection to the API could not be made", 2)


async def test_dns(tmp_path: Path) -> None:
    """A host without an address (``.invalid`` never has one, RFC 6761)."""
    async with lab(tmp_path, url="https://api.invalid", warm=False) as made:
        await check_down(made, "the API's host name could not be resolved", 2)


class Proxy:
    """A proxy for CONNECT, which notes what it is told in clear.

    Attributes:
        refuses: it makes no connection.
    """

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.heads: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Serve on a free port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        if self.refuses:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
            return
        host, _, port = self.heads[-1].split()[1].decode().rpartition(":")
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_proxy(tmp_path: Path) -> None:
    """Everything goes through it, and it sees names of hosts only: no path and no key."""
    ca, proxy = trustme.CA(), Proxy()
    tls = served_by(ca.issue_cert("localhost"))
    async with proxy.running() as port:
        api = f"{trusting(ca, tmp_path)}  proxy: http://127.0.0.1:{port}\n"
        async with lab(tmp_path, tls=tls, api=api, url=SECURE) as made:
            made.check_healthy(await made.scrape())
    assert proxy.heads
    assert all(head.startswith(b"CONNECT localhost:") for head in proxy.heads)
    assert not CANARY.search(b"".join(proxy.heads).decode())
    assert b"cloud" not in b"".join(proxy.heads)


async def test_no_proxy_for_plain_http(tmp_path: Path) -> None:
    """Plain http is for this machine: through a proxy the key would travel in clear."""
    proxy = Proxy()
    async with (
        proxy.running() as port,
        lab(tmp_path, api=f"  proxy: http://127.0.0.1:{port}\n") as made,
    ):
        made.check_healthy(await made.scrape())
    assert proxy.heads == []


async def test_proxy_that_refuses(tmp_path: Path) -> None:
    """It is a connection that could not be made, tried again, and told as the proxy's doing."""
    proxy = Proxy(refuses=True)
    async with proxy.running() as port:
        api = f"  proxy: http://127.0.0.1:{port}\n"
        async with lab(tmp_path, api=api, url="https://api.example", warm=False) as made:
            await check_down(made, "the proxy made no connection to the API", 2)


async def test_proxy_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not used: nobody configured it, and it would be handed the key."""
    proxy = Proxy()
    async with proxy.running() as port:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with lab(tmp_path) as made:
            made.check_healthy(await made.scrape())
    assert proxy.heads == []
