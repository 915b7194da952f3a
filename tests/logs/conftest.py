"""Keeps the logging of the tests' own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kept_logging import kept_logging

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Give the process its logging back."""
    with kept_logging():
        yield
