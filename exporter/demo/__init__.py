"""The built-in sample cloud: a look-alike of Gcore's API with a plausible account."""

from exporter.demo.account import Account, Place, Row, Site
from exporter.demo.cloud import DEMO_KEY, RecordedRequest, SampleCloud
from exporter.demo.configuration import configuration
from exporter.demo.faults import Fault, Faults
from exporter.demo.sample import sample_account

__all__ = [
    "DEMO_KEY",
    "Account",
    "Fault",
    "Faults",
    "Place",
    "RecordedRequest",
    "Row",
    "SampleCloud",
    "Site",
    "configuration",
    "sample_account",
]
