"""The list of all connections, and which of them goes when there are too many."""

from __future__ import annotations

import ipaddress
import resource
from enum import Enum, auto
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 512
"""Connections at once, unless more is asked for. A Prometheus with 1,000 probes holds about 90."""

_MOST_INCOMPLETE: Final = 32
# For listening sockets, files, and the connections to the API.
_RESERVED_DESCRIPTORS: Final = 64
_IPV6_SITE_BITS: Final = 64


class Phase(Enum):
    """What a connection waits for."""

    HEADER = auto()
    """For the rest of a request's header, or a TLS handshake, or the rest of a body."""
    SERVING = auto()
    """For us."""
    SENDING = auto()
    """For the client to read its answer."""
    IDLE = auto()
    """For the next request, if there will be one."""


class Guest(Protocol):
    """A connection as the list sees it."""

    @property
    def site(self) -> str:
        """Who it comes from, see `site_of`."""

    def abort(self) -> None:
        """Close it at once; what was not sent is lost."""


class Admission:
    """Keeps the number of connections bounded, over all listening sockets.

    Too many of one site whose header is incomplete, and the oldest of those goes: an honest client
    sends its header with its first packet, so it is never the oldest for long, even behind the
    address that a flood comes from. Too many altogether, and the first of these goes: the longest
    idle one, the oldest with an incomplete header, the one that has been reading its answer for
    longest, the newcomer. One that we are working for never goes.

    Args:
        most: connections altogether.
        most_incomplete: connections of one site whose request header is incomplete.
    """

    def __init__(self, most: int, most_incomplete: int = _MOST_INCOMPLETE) -> None:
        self._most = most
        self._most_incomplete = most_incomplete
        # Each in the order of arrival in its phase.
        self._guests: dict[Phase, dict[Guest, None]] = {phase: {} for phase in Phase}

    def __len__(self) -> int:
        return sum(map(len, self._guests.values()))

    def enter(self, guest: Guest, phase: Phase) -> None:
        """Note that the connection is new, or in another phase than before."""
        self.leave(guest)
        self._guests[phase][guest] = None
        if phase is Phase.HEADER:
            rivals = [one for one in self._guests[phase] if one.site == guest.site]
            if len(rivals) > self._most_incomplete:
                self._evict(rivals)
        if len(self) > self._most:
            self._evict(self._least_valuable_first(guest))

    def leave(self, guest: Guest) -> None:
        """Note that the connection is gone."""
        for guests in self._guests.values():
            guests.pop(guest, None)

    def make_room(self) -> None:
        """Close a connection that nobody works for, if there is one: descriptors have run out."""
        self._evict(self._least_valuable_first())

    def dismiss_readers(self) -> None:
        """Close the connections whose clients have not read their answers yet."""
        for guest in tuple(self._guests[Phase.SENDING]):
            guest.abort()

    def _least_valuable_first(self, newcomer: Guest | None = None) -> Iterable[Guest]:
        others = (one for one in self._guests[Phase.HEADER] if one is not newcomer)
        last = () if newcomer is None else (newcomer,)
        return chain(self._guests[Phase.IDLE], others, self._guests[Phase.SENDING], last)

    def _evict(self, guests: Iterable[Guest]) -> None:
        guest = next(iter(guests), None)
        if guest is not None:
            self.leave(guest)
            guest.abort()


def affordable(connections: int) -> int:
    """Return how many connections the process has descriptors for, at most as many as asked."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return connections
    return min(connections, max(soft - _RESERVED_DESCRIPTORS, soft // 2))


def site_of(host: str) -> str:
    """Return what counts as one address: IPv4's own, and the /64 network of an IPv6 one.

    A single customer has a whole /64, so its addresses are as good as one.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address.packed, _IPV6_SITE_BITS), strict=False))
