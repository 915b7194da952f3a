"""Prometheus exporter for block-storage snapshots at Gcore Cloud."""

from typing import Final

__version__: Final = "0.1.0"
