"""What happens to a test whose program is missing, and to the user's settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.tools import Toolbox


def test_a_tool_on_the_path_is_found() -> None:
    """The toolbox looks where the shell would."""
    python = Path(sys.executable)
    assert Toolbox({"PATH": str(python.parent), "CI": "true"}).find(python.name) == python


def test_a_missing_tool_skips_at_a_desk() -> None:
    """Without CI the test is skipped, and the tool remembered so that the run can name it."""
    toolbox = Toolbox({"PATH": ""})
    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        toolbox.find("no-such-program")
    assert toolbox.missing == {"no-such-program"}


def test_a_missing_tool_fails_in_ci() -> None:
    """With CI set the same is a failure, so that a green run has run everything."""
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        Toolbox({"PATH": "", "CI": "true"}).find("no-such-program")


def test_no_setting_of_the_user_reaches_a_test() -> None:
    """Neither a key nor a proxy of whoever runs the tests can change their outcome."""
    assert [
        name for name in os.environ if name.startswith("GCORE_") or name.lower().endswith("_proxy")
    ] == []
