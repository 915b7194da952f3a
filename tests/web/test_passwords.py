"""Passwords: what is right, what it costs, and what is remembered."""

from __future__ import annotations

import asyncio
import base64
import threading
from typing import TYPE_CHECKING

import bcrypt
import pytest

from exporter.credentials import Secret
from exporter.web.passwords import Credentials, Passwords, Verdict, read_credentials
from tests.web.identities import HASH, HASH_OF_HTPASSWD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "192.0.2.1"
USERS = {b"alice": Secret("$2b$04$alice"), b"bob": Secret("$2b$05$bob")}


class SlowHash:
    """Stands in for bcrypt: counts its calls, and waits for each until it is let go."""

    def __init__(self, *right: tuple[bytes, bytes], free: bool = True) -> None:
        self.calls: list[tuple[bytes, bytes]] = []
        self._begun = threading.Event()
        self.go = threading.Semaphore(1_000_000 if free else 0)
        self.running = 0
        self._right = right

    def __call__(self, password: bytes, hashed: bytes) -> bool:
        """Tell whether they belong together."""
        self.calls.append((password, hashed))
        self.running += 1
        assert self.running == 1
        self._begun.set()
        self.go.acquire()
        self.running -= 1
        return (password, hashed) in self._right

    async def busy(self) -> None:
        """Wait until one is being computed."""
        await asyncio.to_thread(self._begun.wait, 10)


def passwords(slow: SlowHash) -> Passwords:
    """Return what checks with the stand-in; a site is all that is before the last dot."""
    return Passwords(lambda address: address.rpartition(".")[0], slow)


def basic(text: bytes) -> bytes:
    """Return a header's value."""
    return b"Basic " + base64.b64encode(text)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([basic(b"alice:pw")], Credentials(b"alice", b"pw")),
        ([b"bASIC  " + base64.b64encode(b"a:b") + b" "], Credentials(b"a", b"b")),
        ([basic(b"alice:p:w")], Credentials(b"alice", b"p:w")),
        ([basic(b":")], Credentials(b"", b"")),
        ([basic("zo\u00eb:\u20ac".encode())], Credentials("zo\u00eb".encode(), b"\xe2\x82\xac")),
        ([], None),
        ([basic(b"alice:pw")] * 2, None),
        ([basic(b"alice")], None),
        ([b"Basic"], None),
        ([b"Basic YTpi="], None),
        ([b"Basic YTp"], None),
        ([b"Basic YT pi"], None),
        ([b"Bearer YTpi"], None),
        ([b"Basic YTpi, Basic YTpi"], None),
    ],
)
def test_what_a_header_says(headers: list[bytes], found: Credentials | None) -> None:
    """One header, one scheme, padded base64 with a colon in it; anything else says nothing."""
    assert read_credentials(headers) == found


def test_credentials_are_not_shown() -> None:
    """A password is in no log, should they ever come into one."""
    assert repr(Credentials(b"alice", b"pw")) == "<credentials>"


@pytest.mark.parametrize("hashed", [HASH, HASH_OF_HTPASSWD, HASH.replace("$2b$", "$2a$")])
async def test_a_real_hash(hashed: str) -> None:
    """The right password passes by each of bcrypt's marks, and no other one does."""
    checker = Passwords(str)
    users = {b"alice": Secret(hashed)}
    right = await checker.judge(users, Credentials(b"alice", PASSWORD.encode()), HERE)
    wrong = await checker.judge(users, Credentials(b"alice", PASSWORD.encode()[1:]), HERE)
    assert (right, wrong) == (Verdict.RIGHT, Verdict.WRONG)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (b"\xc3\xa9" * 36, Verdict.RIGHT),
        (b"\xc3\xa9" * 36 + b"and more", Verdict.RIGHT),
        (b"\xc3\xa9" * 35 + b"e", Verdict.WRONG),
        (b"\x00", Verdict.WRONG),
    ],
)
async def test_72_bytes_count(said: bytes, verdict: Verdict) -> None:
    """Of a longer password the first 72 bytes do, as in Go and Apache, instead of an error."""
    users = {b"alice": Secret(bcrypt.hashpw(b"\xc3\xa9" * 36, bcrypt.gensalt(4)).decode())}
    given = read_credentials([basic(b"alice:" + said)])
    assert given is not None
    assert await Passwords(str).judge(users, given, HERE) is verdict


async def test_an_unknown_user_costs_the_same_hash() -> None:
    """Someone's hash is computed for who isn't known: always the same one's, and none by name."""
    slow = SlowHash()
    checker = passwords(slow)
    for user in (b"mallory", b"mallory", b"alice", b"bob"):
        for password in (b"x", b"y"):
            assert await checker.judge(USERS, Credentials(user, password), HERE) is Verdict.WRONG

    hashes = [hashed for _, hashed in slow.calls]
    assert len(hashes) == 6
    assert hashes[0] == hashes[1]
    assert hashes[2:] == [b"$2b$04$alice"] * 2 + [b"$2b$05$bob"] * 2


async def test_stand_ins_are_as_the_known_users() -> None:
    """The costs of unknown users are those of known ones, so a cost gives no one away."""
    slow = SlowHash()
    checker = passwords(slow)
    for number in range(100):
        await checker.judge(USERS, Credentials(b"%d" % number, b""), HERE)
    assert {hashed for _, hashed in slow.calls} == {b"$2b$04$alice", b"$2b$05$bob"}


async def test_an_unknown_user_is_wrong_even_with_the_stand_in_s_password() -> None:
    """That the computation says yes is not enough."""
    slow = SlowHash((b"pw", b"$2b$04$alice"))
    users = {b"alice": USERS[b"alice"]}
    assert await passwords(slow).judge(users, Credentials(b"eve", b"pw"), HERE) is Verdict.WRONG


async def test_outcomes_are_kept() -> None:
    """The same credentials are computed once, right or wrong."""
    slow = SlowHash((b"pw", b"$2b$04$alice"))
    checker = passwords(slow)
    said = [Credentials(b"alice", b"pw"), Credentials(b"alice", b"no"), Credentials(b"eve", b"pw")]
    verdicts = [await checker.judge(USERS, one, HERE) for one in said * 3]
    assert verdicts == [Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG] * 3
    assert len(slow.calls) == 3


async def test_a_changed_hash_is_not_remembered() -> None:
    """What was right with the old hash is computed anew with the new one, or without the user."""
    slow = SlowHash((b"pw", b"$2b$04$alice"))
    checker = passwords(slow)
    alice = Credentials(b"alice", b"pw")
    outcomes = [
        await checker.judge(users, alice, HERE)
        for users in (USERS, {b"alice": Secret("$2b$04$new")}, {b"bob": USERS[b"alice"]})
    ]
    assert outcomes == [Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG]


async def test_cache_poisoning() -> None:
    """CVE-2022-46146: shifting bytes from user to password makes no other credentials the same."""
    hashed = "$2b$04$alice"
    slow = SlowHash((b"pw", hashed.encode()))
    checker = passwords(slow)
    users: Mapping[bytes, Secret] = {b"alice": Secret(hashed), b"al": Secret(hashed)}
    assert await checker.judge(users, Credentials(b"alice", b"pw"), HERE) is Verdict.RIGHT
    for user, password in (
        (b"al", b"icepw"),
        (b"alice" + hashed.encode(), b"pw"),
        (b"alice" + hashed.encode() + b"pw", b""),
        (b"", b"alice" + hashed.encode() + b"pw"),
        (b"alicepw", b""),
    ):
        assert await checker.judge(users, Credentials(user, password), HERE) is Verdict.WRONG
    assert len(slow.calls) == 6


async def test_wrong_ones_push_out_no_right_one() -> None:
    """After 1,500 tries by others, the right password needs no computation, nor the last try."""
    slow = SlowHash((b"pw", b"$2b$04$alice"))
    checker = passwords(slow)
    said = [Credentials(b"alice", b"%d" % number) for number in range(1500)]
    await checker.judge(USERS, Credentials(b"alice", b"pw"), HERE)
    for one in said:
        await checker.judge(USERS, one, HERE)
    computed = len(slow.calls)
    assert await checker.judge(USERS, Credentials(b"alice", b"pw"), HERE) is Verdict.RIGHT
    await checker.judge(USERS, said[-1], HERE)
    assert len(slow.calls) == computed == 1501
    await checker.judge(USERS, said[0], HERE)
    assert len(slow.calls) == computed + 1


async def test_one_at_a_time_off_the_loop() -> None:
    """While one hash is computed the loop runs and the next one waits; equal ones share it."""
    slow = SlowHash((b"pw", b"$2b$04$alice"), free=False)
    checker = passwords(slow)
    said = [Credentials(b"alice", b"pw")] * 3 + [Credentials(b"bob", b"x")]
    tasks = [asyncio.create_task(checker.judge(USERS, one, HERE)) for one in said]
    await slow.busy()
    slow.go.release(2)
    assert await asyncio.gather(*tasks) == [Verdict.RIGHT] * 3 + [Verdict.WRONG]
    assert len(slow.calls) == 2


async def test_who_tries_passwords_keeps_only_himself_waiting() -> None:
    """Of one site eight wait and the ninth is sent away; another site's turn comes second."""
    slow = SlowHash((b"pw", b"$2b$04$alice"), free=False)
    checker = passwords(slow)
    tries = [
        asyncio.create_task(
            checker.judge(USERS, Credentials(b"alice", b"%d" % number), f"198.51.100.{number}")
        )
        for number in range(8)
    ]
    await slow.busy()
    ninth = await checker.judge(USERS, Credentials(b"alice", b"9"), "198.51.100.9")
    alice = asyncio.create_task(checker.judge(USERS, Credentials(b"alice", b"pw"), HERE))
    await asyncio.sleep(0)
    slow.go.release(8 + 1)
    verdicts = await asyncio.gather(alice, *tries)

    assert ninth is Verdict.BUSY
    assert verdicts == [Verdict.RIGHT] + [Verdict.WRONG] * 8
    assert [password for password, _ in slow.calls].index(b"pw") <= 2
    slow.go.release()
    again = await checker.judge(USERS, Credentials(b"alice", b"9"), "198.51.100.9")
    assert again is Verdict.WRONG
