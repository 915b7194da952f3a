"""TLS, passwords, headers and a rate limit for our own port, from ``--web.config.file``.

The file has the format that Prometheus's own exporters share (exporter-toolkit's web
configuration), read strictly; `docs/web-config.md` says what differs.
"""

from exporter.web.guard import Guard
from exporter.web.passwords import Passwords
from exporter.web.web_file import WebFile

__all__ = ["Guard", "Passwords", "WebFile"]
