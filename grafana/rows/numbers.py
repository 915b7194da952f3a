"""Numbers of panels that another row links to; they end up in bookmarks, so they stay."""

from typing import Final

LEAST_FRESH: Final = 31
LARGEST: Final = 33
EXPORTERS: Final = 61
WALK_TIME: Final = 62
