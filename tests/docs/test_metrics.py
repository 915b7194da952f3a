"""The metric reference says what is exposed, all of it and nothing else."""

from __future__ import annotations

import os
import re

from tests.docs.reference import demo_families, entries, reference
from tests.tools import ROOT

DOCUMENT = ROOT / "docs" / "metrics.md"
BEGIN, END = "<!-- reference: begin -->\n\n", "<!-- reference: end -->\n"


async def test_reference_is_what_the_demo_exposes() -> None:
    """The tables are those made from a scrape; ``GOLDEN=write`` writes them anew."""
    made = reference(await demo_families())
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    written, _, after = rest.partition(END)
    if os.environ.get("GOLDEN") == "write":
        DOCUMENT.write_text(before + BEGIN + made + END + after)
    else:
        assert written == made


async def test_every_family_has_a_row() -> None:
    """Also what prometheus_client adds, which depends on the operating system, is documented."""
    rows = set(re.findall(r"^\| `([a-z0-9_]+)` \|", DOCUMENT.read_text(), re.MULTILINE))
    exposed = {row.name for family in await demo_families() for row in entries(family)}
    assert exposed <= rows
    assert {row for row in rows - exposed if not row.startswith("process_")} == set()
