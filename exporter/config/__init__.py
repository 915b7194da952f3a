"""YAML and environment to frozen, checked values, or to one error that tells all mistakes."""

from exporter.config.load import Config, load, parse

__all__ = ["Config", "load", "parse"]
