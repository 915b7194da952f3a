"""What the API's answers mean: statuses, error bodies, ``Retry-After``."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from exporter.errors import ReadError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.credentials import Secret

_REASONS: Final[Mapping[int, Reason]] = {
    HTTPStatus.UNAUTHORIZED: Reason.AUTH,
    HTTPStatus.FORBIDDEN: Reason.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Reason.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: Reason.TIMEOUT,
    HTTPStatus.CONFLICT: Reason.SERVER,
    HTTPStatus.TOO_MANY_REQUESTS: Reason.RATE_LIMITED,
}
_FIRST_SERVER_ERROR: Final = 500
_MAX_WAIT: Final = 3600.0
"""The longest ``Retry-After`` in seconds that is believed."""

_MAX_TEXT: Final = 200
"""Characters of an error's message that are kept."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_RUN_OF_UNPRINTABLE: Final = re.compile(r"[^!-~]+")


class _Details(msgspec.Struct, gc=False):
    message: object = None
    request_id: object = None


_DETAILS: Final = msgspec.json.Decoder(_Details)


def refusal(status: int, body: bytes, secret: Secret) -> ReadError:
    """Return the error that an answer other than 200 stands for.

    Its words have the API's own `message` (never its traceback), and it has the `request_id`.

    Args:
        status: the answer's.
        body: the answer's body, or as much of it as could be had.
        secret: the key that was sent; it is cut out should the answer echo it.
    """
    details = _read_details(body)
    message = f"the API answered {status}"
    if text := _clean(details.message, secret):
        message = f"{message}: {text}"
    request_id = _clean(details.request_id, secret) or None
    return ReadError(_reason_of(status), message, status=status, request_id=request_id)


def usable_wait(retry_after: str, date: str) -> float | None:
    """Return the seconds that the header ``Retry-After`` asks for.

    A date counts from the answer's own ``Date``, so that our clock plays no part in it.

    Returns:
        None for 0, a negative number, more than an hour, and what is neither seconds nor a date.
    """
    if _SECONDS.fullmatch(retry_after):
        wait = float(retry_after)
    else:
        try:
            then, now = parsedate_to_datetime(retry_after), parsedate_to_datetime(date)
            wait = (then - now).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return wait if 0 < wait <= _MAX_WAIT else None


def _reason_of(status: int) -> Reason:
    if status >= _FIRST_SERVER_ERROR:
        return Reason.SERVER
    return _REASONS.get(status, Reason.UNEXPECTED)


def _read_details(body: bytes) -> _Details:
    try:
        return _DETAILS.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _Details()


def _clean(text: object, secret: Secret) -> str:
    """Return one line of printable ASCII, without the key, or nothing when it is no text."""
    if not isinstance(text, str):
        return ""
    line = _RUN_OF_UNPRINTABLE.sub(" ", text).strip()
    key = re.escape(secret.reveal())
    return re.sub(key, lambda _match: str(secret), line, flags=re.IGNORECASE)[:_MAX_TEXT]
