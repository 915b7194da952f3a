"""The configuration with which the exporter reads the sample cloud."""

from __future__ import annotations

from typing import Final

from exporter.demo.cloud import DEMO_KEY
from exporter.demo.sample import AMSTERDAM, FRANKFURT, LUXEMBOURG, PRODUCTION, STAGING

_TEMPLATE: Final = """\
# The sample cloud that `--demo` starts in this process.
api:
  url: "{url}"
  key: "{key}"
targets:
  - project_id: {production}
    regions: all
  - project_id: {staging}
    regions:
      - {luxembourg}
      - {{id: {frankfurt}, name: Frankfurt}}
      - {amsterdam} # answers 403
"""


def configuration(url: str) -> str:
    """Return the YAML text of a configuration for the sample cloud at the base URL."""
    return _TEMPLATE.format(
        url=url,
        key=DEMO_KEY,
        production=PRODUCTION,
        staging=STAGING,
        luxembourg=LUXEMBOURG,
        frankfurt=FRANKFURT,
        amsterdam=AMSTERDAM,
    )
