"""``--healthcheck``: ask the exporter that runs beside us whether it is healthy.

For the health checks of containers, whose images have no curl: the exporter's own command follows
its address and TLS by the flags and variables that it already has. `/-/healthy` is open without a
password. A certificate is not verified: this is our own port, asked for on our own machine, and the
names in it are those of other machines.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from exporter.server import HEALTHY_PATH
from exporter.web import WebFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.listener import Address

FLAG: Final = "--healthcheck"

_TIMEOUT_SECONDS: Final = 4.0
_PROCESS_1: Final = Path("/proc/1/cmdline")
# An address that listens everywhere is asked on this machine.
_HERE: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - none is bound


def with_flags_of_process_1(
    arguments: Sequence[str], program: str, cmdline: Path = _PROCESS_1
) -> list[str]:
    """Return the arguments to parse: those of a lone ``--healthcheck`` are the exporter's own.

    In a container the exporter is process 1, or is started by it (`docker run --init`). Its image's
    health check is written down before anyone has chosen flags, so it looks for them there.

    Args:
        arguments: the command line without the program.
        program: the command's name, which stands before its flags.
        cmdline: where the kernel shows the command line of process 1.
    """
    if list(arguments) != [FLAG]:
        return list(arguments)
    try:
        words = cmdline.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    except OSError:  # not Linux, or not ours to see
        words = []
    places = [place for place, word in enumerate(words) if PurePath(word).name == program]
    return [*(words[places[0] + 1 :] if places else []), FLAG]


def problem(address: Address, web_config: Path | None) -> str | None:
    """Return what is wrong with the exporter that listens at `address`; None if it is healthy.

    Where it insists on clients' certificates it is healthy if it takes connections: without one, no
    answer can be had.

    Args:
        address: where it listens.
        web_config: its web configuration file, which says whether it speaks TLS.

    Raises:
        ConfigError: the file cannot be used.
    """
    if not address.port:
        return f"{address}: port 0 stands for any free one; name the port that it listens on"
    tls = None if web_config is None else WebFile(web_config).config().tls
    host = _HERE.get(address.host, address.host)
    try:
        if tls is not None and tls.verify is ssl.CERT_REQUIRED:
            socket.create_connection((host, address.port), _TIMEOUT_SECONDS).close()
            return None
        status = _asked(host, address.port, secure=tls is not None)
    except (OSError, http.client.HTTPException) as error:
        return f"{address}: no answer from the exporter: {str(error) or type(error).__name__}"
    return None if status == HTTPStatus.OK else f"{address}: the exporter answered {status}"


def _asked(host: str, port: int, *, secure: bool) -> int:
    """Return the status of the answer.

    Raises:
        OSError: there is no connection, or none in time.
        HTTPException: what answers does not speak HTTP.
    """
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    if secure:
        connection = http.client.HTTPSConnection(
            host, port, timeout=_TIMEOUT_SECONDS, context=_unverified()
        )
    try:
        connection.request("GET", HEALTHY_PATH)
        return connection.getresponse().status
    finally:
        connection.close()


def _unverified() -> ssl.SSLContext:
    """Return a context that takes any certificate (see the module's words)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
