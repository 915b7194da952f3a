"""The direct transport over TLS."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme

from exporter.client.connections import maker
from exporter.client.transport import DirectTransport
from exporter.models import ApiOptions
from tests.client.support import KEY, server_of
from tests.client.wire import OK, WHOLE, Server, direct, fetch, get, stream_of, trusted_pair

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.support import Serve

HELLO = (200, b"hello")
SIZE = 8 << 20


async def fault_of(serve: Serve, ours: ssl.SSLContext, theirs: ssl.SSLContext) -> Exception:
    """Return the error that asking such a server ends in."""
    async with server_of(serve, tls=theirs) as url, direct(ours) as transport:
        with pytest.raises(httpx.TransportError) as caught:
            await fetch(transport, url)
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


async def test_connection_is_used_again() -> None:
    """Requests one after another take one connection."""
    ours, theirs = trusted_pair("127.0.0.1")
    server = Server(WHOLE)
    async with server_of(server.serve, tls=theirs) as url, direct(ours) as transport:
        for _ in range(3):
            assert await fetch(transport, url) == HELLO
    assert server.connections == 1


async def test_server_that_closed_an_idle_connection() -> None:
    """It is noticed before the request is sent."""
    ours, theirs = trusted_pair("127.0.0.1")
    server = Server(WHOLE)
    async with server_of(server.serve, tls=theirs) as url, direct(ours) as transport:
        assert await fetch(transport, url) == HELLO
        server.writers[0].close()
        assert await fetch(transport, url) == HELLO
    assert len(server.heads) == server.connections == 2


@pytest.mark.parametrize("politely", [False, True])
async def test_body_that_ends_with_the_connection(*, politely: bool) -> None:
    """It is whole, with TLS's closing alert and without."""
    ours, theirs = trusted_pair("127.0.0.1")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\nhello")
        if not politely:
            writer.transport.abort()

    async with server_of(serve, tls=theirs) as url, direct(ours) as transport:
        assert await fetch(transport, url) == HELLO


async def test_body_that_is_cut() -> None:
    """A body that has a length is not."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 6\r\n\r\nhello")

    fault = await fault_of(serve, *trusted_pair("127.0.0.1"))
    assert isinstance(fault, httpx.RemoteProtocolError)


async def test_large_body() -> None:
    """A large body comes whole, to a reader who began late, and the connection stays."""
    ours, theirs = trusted_pair("127.0.0.1")
    server = Server(OK + b"Content-Length: %d\r\n\r\n" % SIZE + bytes(SIZE))
    async with server_of(server.serve, tls=theirs) as url, direct(ours) as transport:
        for _ in range(2):
            stream = stream_of(await transport.handle_async_request(get(url)))
            await asyncio.sleep(0.05)
            chunks = [len(chunk) async for chunk in stream]
            await stream.aclose()
            assert sum(chunks) == SIZE
            assert max(chunks) < 1 << 20
    assert server.connections == 1


async def test_wrong_name() -> None:
    """A certificate of another host's is refused; the cause tells so."""
    fault = await fault_of(Server(WHOLE).serve, *trusted_pair("other.example"))
    assert isinstance(fault, httpx.ConnectError)
    assert isinstance(fault.__cause__, ssl.SSLCertVerificationError)


async def test_handshake_that_breaks_off() -> None:
    """So is a server that goes away before TLS stands; then it is no fault of TLS."""

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with server_of(serve) as url, direct() as transport:
        with pytest.raises(httpx.ConnectError) as caught:
            await fetch(transport, url.replace("http:", "https:"))
    assert isinstance(caught.value.__cause__, ConnectionError)


async def test_what_the_server_is_told(tmp_path: Path) -> None:
    """It hears the name that was asked for, and that HTTP/1.1 is spoken."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(theirs)
    theirs.set_alpn_protocols(["h2", "http/1.1"])
    names = []
    theirs.sni_callback = lambda _tls, name, _context: names.append(name)
    server = Server(WHOLE)
    options = ApiOptions(url="https://localhost", ca_file=str(tmp_path / "ca.pem"))
    async with server_of(server.serve, tls=theirs) as url, maker(options)() as transport:
        assert await fetch(transport, url.replace("127.0.0.1", "localhost")) == HELLO
    assert names == ["localhost"]
    tls = server.writers[0].get_extra_info("ssl_object")
    assert tls.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize(
    ("url", "proxy", "kind"),
    [
        ("https://api.example", None, DirectTransport),
        ("http://127.0.0.1", None, DirectTransport),
        ("http://127.0.0.1", "http://proxy.example:3128", DirectTransport),
        ("https://api.example", "http://proxy.example:3128", httpx.AsyncHTTPTransport),
    ],
)
async def test_who_connects(
    url: str, proxy: str | None, kind: type[httpx.AsyncBaseTransport]
) -> None:
    """All but a proxy's connections are direct ones."""
    async with maker(ApiOptions(url=url, proxy=proxy))() as transport:
        assert type(transport) is kind
