"""What was read is held by whoever asked for it, and by nothing else."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING

import pytest

from exporter.deadline import Deadline
from tests.client.support import TARGET, Script, client_of, ok, settle

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _without_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
async def test_a_page_is_freed_at_once() -> None:
    """No cycle holds a page: it goes with its last user, not when the collector comes by."""
    async with client_of(Script(ok("a")).transport) as client:
        page = await asyncio.create_task(client.read_page(TARGET, 0, 10, Deadline.after(30)))
        await settle()
        holders = sys.getrefcount(page)
    assert holders <= 2  # the variable, and the argument of the call
