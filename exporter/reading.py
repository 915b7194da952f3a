"""What came of reading one target in one scrape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.errors import ReadError, Reason
    from exporter.inventory import Inventory
    from exporter.models import Target


@dataclass(frozen=True)
class Reading:
    """One target as one scrape shows it: a whole inventory or a reason, never half a list.

    Attributes:
        region: the region's name, or its id as text until a name is known; empty for a project
            whose regions are not known.
        duration: seconds that reading took.
        timeout: seconds that this read was given.
        pages: pages read, repairs and repeated walks included.
        inventory: None when the target could not be read.
        reason: why it could not be read; None when it was.
        errors: failed reads since the process began, by reason; every reason is there.
        last_success: Unix seconds of the last read in full; None until there is one.
        error: what the log said of the failure; None when the target was read.
    """

    target: Target
    region: str
    duration: float
    timeout: float
    pages: int
    inventory: Inventory | None
    reason: Reason | None
    errors: Mapping[Reason, int]
    last_success: float | None
    error: ReadError | None = None
