"""Passwords that are checked against bcrypt hashes, without telling anything by the time it takes.

A hash is slow on purpose, so it is computed in a thread, one at a time, and its outcome is kept.
Those who wait take turns by site, and few of one site may wait: who tries passwords keeps nobody
else waiting.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
from collections import Counter, OrderedDict
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

import bcrypt

from exporter.limiter import FairLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.credentials import Secret

_BASIC: Final = re.compile(
    rb"basic +((?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?) *", re.IGNORECASE
)
_MOST_WAITING: Final = 8
_MOST_KEPT: Final = 1000
# bcrypt looks at no more; Go's and Apache's ignore the rest, Python's raises an error.
_BCRYPT_BYTES: Final = 72


class Credentials(NamedTuple):
    """Who someone says they are."""

    user: bytes
    password: bytes

    def __repr__(self) -> str:
        return "<credentials>"


class Verdict(Enum):
    """What becomes of credentials."""

    RIGHT = auto()
    WRONG = auto()
    BUSY = auto()


def read_credentials(headers: Sequence[bytes]) -> Credentials | None:
    """Return what the ``Authorization`` headers of a request say, None if nothing clear."""
    match = _BASIC.fullmatch(headers[0]) if len(headers) == 1 else None
    text = base64.b64decode(match[1]) if match else b""
    user, colon, password = text.partition(b":")
    return Credentials(user, password[:_BCRYPT_BYTES]) if colon else None


class Passwords:
    """Checks credentials, and remembers what came of them.

    Args:
        site_of: returns who an address belongs to.
        matches: whether a password belongs to a hash; takes long.
    """

    def __init__(
        self,
        site_of: Callable[[str], str],
        matches: Callable[[bytes, bytes], bool] = bcrypt.checkpw,
    ) -> None:
        self._site_of = site_of
        self._matches = matches
        self._limiter = FairLimiter(1)
        self._waiting: Counter[str] = Counter()
        self._secret = secrets.token_bytes(hashlib.blake2b.MAX_KEY_SIZE)
        # Apart from each other, so that no number of wrong ones can push out a right one.
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()

    async def judge(
        self, users: Mapping[bytes, Secret], given: Credentials, address: str
    ) -> Verdict:
        """Tell whether the user exists and the password is theirs.

        Args:
            users: each with their hash; at least one.
            given: what was said.
            address: where it was said; those of one site wait for each other.
        """
        known = users.get(given.user)
        hashed = (known or self._stand_in(users, given.user)).reveal().encode()
        key = self._digest(b"known" if known else b"", given.user, hashed, given.password)
        if (verdict := self._kept(key)) is not None:
            return verdict
        site = self._site_of(address)
        if self._waiting[site] >= _MOST_WAITING:
            return Verdict.BUSY
        self._waiting[site] += 1
        try:
            async with self._limiter.slot(site):
                if (verdict := self._kept(key)) is not None:
                    return verdict
                fits = await asyncio.to_thread(self._matches, given.password, hashed)
        finally:
            self._waiting[site] -= 1
            self._waiting += Counter()  # forgets the sites that are at 0
        return self._keep(key, right=fits and known is not None)

    def _stand_in(self, users: Mapping[bytes, Secret], user: bytes) -> Secret:
        """Return a hash for a user whom nobody knows, which takes as long as someone's.

        Always the same one's, or the second answer would tell, and not a guessable one's.
        """
        place = int.from_bytes(self._digest(user), "big") % len(users)
        return list(users.values())[place]

    def _digest(self, *parts: bytes) -> bytes:
        """Return a keyed hash of the parts, which no other parts have (CVE-2022-46146)."""
        digest = hashlib.blake2b(key=self._secret, digest_size=32)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    def _kept(self, key: bytes) -> Verdict | None:
        for kept, verdict in ((self._right, Verdict.RIGHT), (self._wrong, Verdict.WRONG)):
            if key in kept:
                kept.move_to_end(key)
                return verdict
        return None

    def _keep(self, key: bytes, *, right: bool) -> Verdict:
        kept = self._right if right else self._wrong
        kept[key] = None
        if len(kept) > _MOST_KEPT:
            kept.popitem(last=False)
        return Verdict.RIGHT if right else Verdict.WRONG
