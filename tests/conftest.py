"""What holds for every test: no network, no settings of the user's, no luck."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.network import stay_on_this_machine
from tests.tools import Toolbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TOOLBOX = pytest.StashKey[Toolbox]()


def pytest_configure(config: pytest.Config) -> None:
    """Choose what chance may do: new examples at a desk, the same ones in each run of CI."""
    settings.register_profile(
        "project",
        max_examples=int(os.environ.get("EXAMPLES", "100")),  # `make fuzz` asks for more
        deadline=None,  # a busy machine is no fault of the code, here and in the line below
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=bool(os.environ.get("CI")),
        print_blob=True,
    )
    settings.load_profile("project")
    config.stash[_TOOLBOX] = Toolbox(os.environ)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Name last, below the results, what was not tested for want of a program."""
    missing = config.stash[_TOOLBOX].missing
    if missing:
        names = " and ".join(sorted(missing))
        config.get_terminal_writer().line(
            f"Skipped the tests that need {names}: install them to run these."
        )


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse connections to any other machine."""
    with pytest.MonkeyPatch.context() as patch:
        stay_on_this_machine(patch)
        yield


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the environment that configures the exporter, and proxies."""
    for name in list(os.environ):
        if name.startswith("GCORE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def tool(pytestconfig: pytest.Config) -> Callable[[str], Path]:
    """Return what finds a program by name, or skips the test (see `Toolbox.find`)."""
    return pytestconfig.stash[_TOOLBOX].find
