"""Soak: minutes of scrapes by a real Prometheus under random faults; nothing lost, flat memory.

Run it as ``python -m scripts.soak [MINUTES]`` (ten unless told), in the checkout, with `prometheus`
on the PATH or in ``.tools``. It prints its figures and ends with 0 if they hold.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.faults.catalogue import FAULTS
from tests.faults.lab import Lab, lab
from tests.faults.truth import PLACES, true_samples
from tests.processes import prometheus
from tests.tools import Toolbox

if TYPE_CHECKING:
    from tests.processes import Prometheus

JOB = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs: [{{job_name: gcore, static_configs: [{{targets: ["{address}"]}}]}}]
"""

STEADY = PLACES[1]
"""The target that has no fault and must never be down."""

MOST_GROWTH_KB = 16 * 1024


async def fail_at_random(made: Lab, seconds: float) -> list[int]:
    """Change the faults of all other targets every two seconds; return the memory in kB."""
    draw = Random(1)  # noqa: S311 - the same faults in each run
    clock = asyncio.get_running_loop().time
    end, memory = clock() + seconds, []
    while clock() < end:
        victims = [place for place in PLACES if place != STEADY and draw.choice((True, False))]
        made.server.faults = {place: FAULTS[draw.choice(list(FAULTS))].behave for place in victims}
        await asyncio.sleep(2)
        memory.append(made.child.status("VmRSS"))
        made.new_log_lines()
    made.server.faults = {}
    await asyncio.sleep(5)
    return memory


async def check(api: Prometheus, made: Lab, minutes: float, memory: list[int]) -> bool:
    """Print the figures and tell whether they hold."""
    span = f"[{round(minutes * 60)}s]"
    scrapes = await api.value(f"count_over_time(up{span})")
    lost = scrapes - await api.value(f"sum_over_time(up{span})")
    where = f'{{project_id="{STEADY[0]}",region_id="{STEADY[1]}"}}'
    down = 1 - await api.value(f"min_over_time(gcore_up{where}{span})")
    shown = await api.value(f"sum(gcore_snapshots{where})")
    slowest = await api.value(f"max_over_time(scrape_duration_seconds{span})")
    true = len(made.server.cloud.account.sites[STEADY].snapshots)
    third = len(memory) // 3
    growth = max(memory[-third:]) - max(memory[third : 2 * third])
    last = await made.scrape()
    whole = all(
        last.snapshots(place) == true_samples(made.server.cloud.account, place) for place in PLACES
    )
    figures = {
        "scrapes": scrapes,
        "lost": lost,
        "slowest scrape in seconds": round(slowest, 3),
        "healthy target down": down,
        "its snapshots": f"{shown:.0f} of {true}",
        "all targets true at the end": whole,
        "memory at most, MB": max(memory) // 1024,
        "growth from the second third to the last, MB": round(growth / 1024, 1),
        "threads": made.child.status("Threads"),
        "descriptors": made.child.descriptors(),
    }
    sys.stdout.writelines(f"{name}: {value}\n" for name, value in figures.items())
    return not lost and not down and shown == true and whole and growth < MOST_GROWTH_KB


async def soak(minutes: float) -> int:
    """Run it; return the exit status."""
    program = Toolbox(os.environ).find("prometheus")
    with tempfile.TemporaryDirectory() as folder:
        async with lab(Path(folder)) as made:
            job = JOB.format(address=urlsplit(made.child.url).netloc)
            async with prometheus(program, Path(folder), job, seconds=minutes * 60 + 60) as api:
                memory = await fail_at_random(made, minutes * 60)
                return 0 if await check(api, made, minutes, memory) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(soak(float(sys.argv[1]) if len(sys.argv) > 1 else 10)))
