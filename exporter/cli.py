"""The command line: flags, environment, exit status.

A flag beats its environment variable, and that beats the file. A secret is never a flag: a command
line is open to every user of the machine.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

import click
import structlog
from click.core import ParameterSource

from exporter import __version__, healthcheck, logs
from exporter.config import load
from exporter.errors import ConfigError
from exporter.listener import parse_address
from exporter.models import AllRegions
from exporter.scrape_endpoint import MOST_REQUESTS
from exporter.web import WebFile
from exporter.wiring import WebOptions, serve, serve_demo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Unpack

    from exporter.config import Config
    from exporter.listener import Address

_F = TypeVar("_F", bound="Callable[..., object]")

PROGRAM: Final = "gcore-snapshot-exporter"

# Segments of unreserved characters (RFC 3986), none of them `.` or `..`; the rest is ours.
_TELEMETRY_PATH: Final = re.compile(
    r"(?!/-/|/-$|/config$|/probe$)(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"
)


def _addresses(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> tuple[Address, ...]:
    """Parse listening addresses, which the environment gives as a list with blanks or commas."""
    texts = re.split(r"[\s,]+", " ".join(values).strip(", \t\r\n"))
    try:
        return tuple(map(parse_address, texts))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _path(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Take a telemetry path that no other route has."""
    if _TELEMETRY_PATH.fullmatch(value) is None:
        message = (
            f"{value!r}: write a path such as /metrics: a slash, then letters, digits and ._~- "
            "in each part; it must not be /, /config or /probe and not begin with /-/"
        )
        raise click.BadParameter(message)
    return value


class _Flags(TypedDict):
    config_file: Path
    config_check: bool
    web_config_file: Path | None
    web_listen_address: tuple[Address, ...]
    web_telemetry_path: str
    web_max_requests: int
    web_enable_lifecycle: bool
    log_level: str
    log_format: str
    demo: bool
    healthcheck: bool


def _flag(name: str, **settings: Any) -> Callable[[_F], _F]:  # noqa: ANN401 - as click types it
    """Return click's decorator for a flag that is also an environment variable."""
    variable = name.replace(".", "_").replace("-", "_")
    return click.option(
        f"--{name}",
        variable,
        envvar=f"GCORE_EXPORTER_{variable.upper()}",
        show_envvar=True,
        show_default=True,
        **settings,
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@_flag(
    "config.file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    default="config.yaml",
    help="Configuration file. There need be none at the default place: GCORE_API_KEY (or "
    "GCORE_API_KEY_FILE), GCORE_CLOUD_PROJECT_ID and GCORE_CLOUD_REGION_ID are enough.",
)
@_flag("config.check", is_flag=True, help="Check the configuration, without the network, and end.")
@_flag(
    "web.config.file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Web configuration file: TLS, passwords, headers and a rate limit for the port.",
)
@_flag(
    "web.listen-address",
    callback=_addresses,
    metavar="ADDRESS",
    multiple=True,
    default=[":10048"],
    help="Where to listen: :PORT, host:port or [v6]:port; repeatable.",
)
@_flag(
    "web.telemetry-path",
    callback=_path,
    metavar="PATH",
    default="/metrics",
    help="Path of the metrics.",
)
@_flag(
    "web.max-requests",
    type=click.IntRange(min=1, max=10_000),
    metavar="NUMBER",
    default=MOST_REQUESTS,
    help="Scrapes that may be under way at once; one more is answered with 503.",
)
@_flag(
    "web.enable-lifecycle",
    is_flag=True,
    help="Load the configuration again on POST or PUT of /-/reload, as on SIGHUP.",
)
@_flag(
    "log.level",
    type=click.Choice(list(logs.LEVELS)),
    default="info",
    help="Lowest level that is logged.",
)
@_flag(
    "log.format",
    type=click.Choice(logs.FORMATS),
    default="logfmt",
    help="How log lines are written, to standard error.",
)
@_flag("demo", is_flag=True, help="Serve a made-up account: no key, no file, no network.")
@click.option(
    "--healthcheck",
    is_flag=True,
    help="Ask the exporter that runs with the same flags whether it is healthy, and end with 0 or "
    "1. Without other flags in a container it takes those of process 1.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def _command(context: click.Context, /, **flags: Unpack[_Flags]) -> None:
    """Prometheus exporter for block-storage snapshots at Gcore Cloud."""
    if flags["demo"] and flags["config_check"]:
        message = "--demo has no configuration that --config.check could check; leave one out"
        raise click.UsageError(message)
    logs.configure(flags["log_level"], flags["log_format"])
    given = context.get_parameter_source("config_file") is not ParameterSource.DEFAULT
    try:
        _run(flags, config_file_given=given)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        context.exit(1)
    except Exception as error:  # noqa: BLE001 - Python's own traceback might show a key
        structlog.get_logger().critical("ended by a fault of the exporter", exc_info=error)
        context.exit(1)


def _run(flags: _Flags, *, config_file_given: bool) -> None:
    """Do what the flags say, until a signal if that is to serve.

    Raises:
        ConfigError: the configuration, the one of the port, or an address to listen on, cannot be
            used.
    """
    if flags["healthcheck"]:
        sys.exit(healthcheck.problem(flags["web_listen_address"][0], flags["web_config_file"]))
    problems: list[str] = []
    config, file = None, None
    load_config = partial(load, flags["config_file"], os.environ, required=config_file_given)
    with _gathering(problems):
        if not flags["demo"]:
            config = load_config()
    with _gathering(problems):
        if flags["web_config_file"] is not None:
            file = WebFile(flags["web_config_file"])
    if problems:
        raise ConfigError(problems)
    web = WebOptions(
        flags["web_listen_address"],
        flags["web_telemetry_path"],
        file,
        max_requests=flags["web_max_requests"],
        enable_lifecycle=flags["web_enable_lifecycle"],
    )
    if config is None:
        asyncio.run(serve_demo(web))
    elif flags["config_check"]:
        _tell(config, file)
    else:
        asyncio.run(serve(config, web, load_config))


@contextmanager
def _gathering(problems: list[str]) -> Iterator[None]:
    """Add the problems of the block to those of others, so that all are told together."""
    try:
        yield
    except ConfigError as error:
        problems.extend(error.problems)


def _tell(config: Config, file: WebFile | None) -> None:
    """Tell what is valid."""
    click.echo(f"configuration is valid: {_summary(config)}")
    if file is not None:
        click.echo(f"web configuration is valid: {file.config()}")


def _summary(config: Config) -> str:
    counts = [
        None if isinstance(project.regions, AllRegions) else len(project.regions)
        for project in config.projects
    ]
    targets, unknown = sum(filter(None, counts)), counts.count(None)
    words = [f"{targets} target{'s' * (targets != 1)}"] if targets or not unknown else []
    if unknown:
        words.append(f"all regions of {unknown} project{'s' * (unknown != 1)}")
    return " and ".join(words)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit status.

    Args:
        arguments: the command line without the program; that of the process if None.
    """
    given = sys.argv[1:] if arguments is None else arguments
    _command.main(healthcheck.with_flags_of_process_1(given, PROGRAM), prog_name=PROGRAM)
