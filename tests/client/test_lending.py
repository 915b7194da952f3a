"""Connections are lent to one request at a time, and kept only if they come back whole."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from exporter.client.connections import Connections
from tests.client.support import settle


class Connection(httpx.AsyncBaseTransport):
    """Counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0

    async def aclose(self) -> None:
        """Close it."""
        await asyncio.sleep(0)
        self.closed += 1
        message = "closing may fail"
        raise OSError(message)


async def test_connection_that_came_back_is_lent_again() -> None:
    """One request after another uses one connection; two at a time use two."""
    made: list[Connection] = []

    def make() -> Connection:
        made.append(Connection())
        return made[-1]

    connections = Connections(make)
    for _ in range(3):
        async with connections.lent():
            pass
    assert len(made) == 1
    async with connections.lent() as one, connections.lent() as other:
        assert one is not other
    await connections.close()
    assert [connection.closed for connection in made] == [1, 1]


@pytest.mark.parametrize("fault", [ValueError, asyncio.CancelledError])
async def test_connection_of_a_failed_request_is_closed(fault: type[BaseException]) -> None:
    """What state it is in nobody knows: the next request gets a new one."""
    connections = Connections(Connection)
    with pytest.raises(fault):
        async with connections.lent() as failed:
            raise fault
    async with connections.lent() as other:
        assert other is not failed
    await settle()
    assert isinstance(failed, Connection)
    assert failed.closed == 1
    await connections.close()


async def test_end_waits_for_those_that_are_being_closed() -> None:
    """Nothing is left behind."""
    connections = Connections(Connection)
    with pytest.raises(KeyError):
        async with connections.lent() as failed:
            raise KeyError
    await connections.close()
    assert isinstance(failed, Connection)
    assert failed.closed == 1
