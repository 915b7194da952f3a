"""The table of metric families, and their exposition; pure but for the counters of API requests.

A metric is one row: name, type, HELP, labels and a function of a result. The families, the
registry's ``describe()`` and the reference in ``docs/metrics.md`` follow from it.
"""

from exporter.metrics.api import ApiMetrics
from exporter.metrics.bulk import write
from exporter.metrics.exposition import ExporterState, Exposition

__all__ = ["ApiMetrics", "ExporterState", "Exposition", "write"]
