"""Asks the API; the only package that knows httpx.

- `api`: the lists
- `sending`: one call, with its turn, its retries and its deadline
- `gate`: what one key may do now (refused, told to wait, on probation)
- `pace`: how fast a key may ask after a 429
- `connections`: what requests go over
- `transport`: one connection without a proxy
- `protocol`: the bytes on it, and the answers they are
- `transfer`: one request, from sending to the whole body
- `answers`: what a status, an error's body and ``Retry-After`` mean
- `bounds`: the deadline around all of it
"""

from exporter.client.api import Client
from exporter.client.sending import RequestObserver

__all__ = ["Client", "RequestObserver"]
