"""What ``--healthcheck`` finds, and whom it asks."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import trustme
from starlette.responses import PlainTextResponse

from exporter import healthcheck
from exporter.errors import ConfigError
from exporter.healthcheck import problem, with_flags_of_process_1
from exporter.listener import Address, bind, running
from exporter.web import WebFile
from tests.processes import free_port, metrics_url, started
from tests.server.support import app_of
from tests.web.identities import HASH, TLS, write_identity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

PROGRAM = "gcore-snapshot-exporter"
HERE = Address("127.0.0.1", 0)


@asynccontextmanager
async def served(
    web_config: Path | None = None, *, app: ASGIApp | None = None, listen: Address = HERE
) -> AsyncIterator[Address]:
    """Serve an exporter's routes as the web configuration says; yield the address given to it."""
    [opened] = bind([listen])
    port = int(opened.getsockname()[1])
    tls = None if web_config is None else WebFile(web_config).tls
    async with running(app or app_of(), [opened], tls):
        yield Address(listen.host, port)


def written(path: Path, text: str) -> Path:
    """Return the path of a file that now has this text."""
    path.write_text(text)
    return path


async def found(address: Address, web_config: Path | None = None) -> str | None:
    """Ask from another thread, as another process would."""
    return await asyncio.to_thread(problem, address, web_config)


@pytest.fixture
def web_config(tmp_path: Path) -> Path:
    """Return a web configuration with TLS, whose certificate is for another name."""
    write_identity(tmp_path, trustme.CA(), "exporter.example")
    return written(tmp_path / "web.yml", TLS)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "127.0.0.1", "localhost"])  # noqa: S104 - loopback is asked
async def test_a_serving_exporter_is_healthy(host: str) -> None:
    """Wherever it listens, it is asked on this machine."""
    async with served(listen=Address(host, 0)) as address:
        assert await found(address) is None


async def test_tls_is_followed(web_config: Path) -> None:
    """With TLS it is asked by TLS; the certificate need not be for this machine."""
    async with served(web_config) as address:
        assert await found(address, web_config) is None


async def test_passwords_are_not_asked_for(web_config: Path) -> None:
    """With users in the web configuration the check needs no password."""
    written(web_config, f"{TLS}basic_auth_users: {{alice: '{HASH}'}}\n")
    flags = (f"--web.config.file={web_config}", "--web.listen-address=127.0.0.1:0")
    async with started("--demo", *flags) as exporter:
        port = urlsplit(await metrics_url(exporter)).port
        assert await found(Address("127.0.0.1", port or 0), web_config) is None


async def test_a_port_that_wants_certificates_has_to_take_connections(
    web_config: Path, tmp_path: Path
) -> None:
    """Nobody gets an answer without a certificate: an open port is enough, a closed one is not."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    clients = "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem"
    written(web_config, TLS.replace("}", f", {clients}}}"))
    async with served(web_config) as address:
        assert await found(address, web_config) is None
    assert "no answer" in str(await found(address, web_config))


async def test_a_closed_port_is_told() -> None:
    """Nothing listens: the words name the address."""
    address = Address("127.0.0.1", free_port())
    assert str(await found(address)).startswith(f"{address}: no answer from the exporter: ")


async def test_another_protocol_is_told() -> None:
    """TLS where none is configured is no answer in HTTP, and no traceback."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x15\x03\x03\x00\x02\x02\x46")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
        assert "no answer from the exporter" in str(await found(address))


async def test_a_hung_exporter_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that takes connections and never answers fails the check in its own time."""
    monkeypatch.setattr(healthcheck, "_TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", silent.getsockname()[1])
        assert "timed out" in str(await found(address))


async def test_a_wrong_status_is_told() -> None:
    """Any answer but 200 is a problem."""
    async with served(app=PlainTextResponse("no", 503)) as address:
        assert await found(address) == f"{address}: the exporter answered 503"


def test_port_0_cannot_be_asked() -> None:
    """Which port the kernel chose is not known here, and that is said."""
    assert "port 0" in str(problem(Address("", 0), None))


def test_a_bad_web_configuration_is_told(tmp_path: Path) -> None:
    """Without the file nobody knows how to ask."""
    with pytest.raises(ConfigError, match=r"web\.yml"):
        problem(Address("", 1), tmp_path / "web.yml")


@pytest.mark.parametrize(
    ("process_1", "flags"),
    [
        ("/opt/bin/python\0/opt/bin/gcore-snapshot-exporter\0--demo\0", ["--demo"]),
        ("docker-init\0--\0gcore-snapshot-exporter\0--a\0b c\0", ["--a", "b c"]),
        ("/opt/bin/gcore-snapshot-exporter\0", []),
        ("/sbin/init\0splash\0", []),
        ("", []),
    ],
)
def test_the_flags_of_process_1_are_taken(process_1: str, flags: list[str], tmp_path: Path) -> None:
    """Alone on the command line, it asks the exporter that is, or was started by, process 1."""
    (tmp_path / "cmdline").write_text(process_1)
    arguments = with_flags_of_process_1(["--healthcheck"], PROGRAM, tmp_path / "cmdline")
    assert arguments == [*flags, "--healthcheck"]


@pytest.mark.parametrize("given", [[], ["--demo"], ["--healthcheck", "--web.listen-address=:1"]])
def test_flags_that_are_given_count_alone(given: list[str], tmp_path: Path) -> None:
    """Whoever gives flags is not overruled, nor is another command changed."""
    (tmp_path / "cmdline").write_text(f"{PROGRAM}\0--demo\0")
    assert with_flags_of_process_1(given, PROGRAM, tmp_path / "cmdline") == given


def test_without_proc_the_own_flags_count(tmp_path: Path) -> None:
    """Where there is no /proc, nothing is added."""
    assert with_flags_of_process_1(["--healthcheck"], PROGRAM, tmp_path / "none") == [
        "--healthcheck"
    ]


async def test_the_command_tells_by_its_status() -> None:
    """From the command line: 0 beside a running exporter, 1 with words after it ended."""
    async with started("--demo", "--web.listen-address=127.0.0.1:0") as exporter:
        port = urlsplit(await metrics_url(exporter)).port
        ask = ("--healthcheck", f"--web.listen-address=127.0.0.1:{port}")
        async with started(*ask) as check:
            _, words = await check.communicate()
        assert (check.returncode, words) == (0, b"")
        exporter.terminate()
        await exporter.wait()
        async with started(*ask) as check:
            _, words = await check.communicate()
        assert (check.returncode, words.startswith(f"127.0.0.1:{port}: no ".encode())) == (1, True)
