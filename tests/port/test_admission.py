"""The list of connections: who goes when there are too many."""

from __future__ import annotations

import resource

import pytest

from exporter.port import Admission, affordable
from exporter.port.admission import Phase, site_of


class Guest:
    """A connection that notes whether it was closed."""

    def __init__(self, site: str = "a") -> None:
        self.site = site
        self.aborted = False

    def abort(self) -> None:
        """Note it."""
        self.aborted = True


def _aborted(guests: list[Guest]) -> list[int]:
    return [number for number, guest in enumerate(guests) if guest.aborted]


def test_one_address_has_32_incomplete_headers() -> None:
    """The oldest of its own goes for the 33rd; another address has 32 of its own."""
    admission = Admission(1000)
    guests = [Guest() for _ in range(33)] + [Guest("b") for _ in range(32)]
    for guest in guests:
        admission.enter(guest, Phase.HEADER)

    assert _aborted(guests) == [0]
    assert len(admission) == 64


def test_whole_requests_and_idle_connections_do_not_count_there() -> None:
    """Nobody goes for an address with any number of connections that are served or idle."""
    admission = Admission(1000)
    guests = [Guest() for _ in range(90)]
    for number, guest in enumerate(guests):
        admission.enter(guest, Phase.HEADER)
        admission.enter(guest, Phase.SERVING if number % 2 else Phase.IDLE)
    admission.enter(Guest(), Phase.HEADER)

    assert _aborted(guests) == []


def test_the_least_valuable_goes_first() -> None:
    """Idle ones go before incomplete ones, those before readers, and the served never."""
    admission = Admission(5)
    phases = (Phase.SENDING, Phase.HEADER, Phase.IDLE, Phase.SERVING, Phase.IDLE)
    guests = [Guest(str(number)) for number in range(5)]
    for guest, phase in zip(guests, phases, strict=True):
        admission.enter(guest, phase)
    gone = []
    for _ in range(4):
        newcomer = Guest("new")
        admission.enter(newcomer, Phase.HEADER)
        admission.enter(newcomer, Phase.SERVING)
        gone.append(_aborted(guests))

    assert gone == [[2], [2, 4], [1, 2, 4], [0, 1, 2, 4]]


def test_a_newcomer_goes_when_all_are_served() -> None:
    """Work under way is not thrown away for a connection that has asked for nothing yet."""
    admission = Admission(1)
    served, newcomer = Guest(), Guest()
    admission.enter(served, Phase.SERVING)
    admission.enter(newcomer, Phase.HEADER)

    assert (served.aborted, newcomer.aborted, len(admission)) == (False, True, 1)


def test_room_is_made_only_of_what_nobody_works_for() -> None:
    """Out of descriptors, an idle connection goes; a served one stays."""
    admission = Admission(10)
    idle, served = Guest(), Guest()
    admission.enter(served, Phase.SERVING)
    admission.enter(idle, Phase.IDLE)
    admission.make_room()
    admission.make_room()

    assert (idle.aborted, served.aborted, len(admission)) == (True, False, 1)


def test_readers_can_be_dismissed() -> None:
    """Nobody else is: while the port drains, the others have until they are done."""
    admission = Admission(10)
    guests = {phase: Guest() for phase in Phase}
    for phase, guest in guests.items():
        admission.enter(guest, phase)
    admission.dismiss_readers()

    assert [phase for phase, guest in guests.items() if guest.aborted] == [Phase.SENDING]


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_network_is_one_address(host: str, site: str) -> None:
    """A /64 belongs to one customer; IPv4 counts by itself, however it is written."""
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("soft", "most"), [(1024, 512), (256, 192), (100, 50), (resource.RLIM_INFINITY, 512)]
)
def test_descriptors_are_left_for_the_api(
    monkeypatch: pytest.MonkeyPatch, soft: int, most: int
) -> None:
    """There are never so many connections that none could be opened to the API."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))

    assert affordable(512) == most
