"""What the exporter shows to people: how the last scrape went, and its configuration."""

from exporter.status.status import Status

__all__ = ["Status"]
