"""What a probe of one target answers, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo import faults
from tests.scaling.support import exporting, families, small_cloud, values, walks

if TYPE_CHECKING:
    from starlette.requests import Request

GOOD = "project_id=1337&region_id=7"


async def test_a_probe_has_the_gauges_of_its_target_alone() -> None:
    """They are those of `/metrics`, without a counter and without the exporter's own."""
    async with exporting(small_cloud()) as client:
        probe = await client.get(f"/probe?{GOOD}")
        everything = await client.get("/metrics")

    probed, scraped = families(probe), families(everything)
    own = {name for name in scraped if name.startswith(("gcore_api_", "gcore_exporter_"))}
    others = {name for name in scraped if name.startswith(("process_", "python_"))}
    assert own
    assert set(scraped) - set(probed) == own | others | {"gcore_scrape_errors"}
    assert {family.type for family in probed.values()} == {"gauge", "histogram"}
    assert "_total" not in probe.text
    assert values(probe, "gcore_up") == {"1337/7/": 1}
    assert values(probe, "gcore_snapshots_reported") == {"1337/7/": 1}
    for family in probed.values():
        assert {sample.labels["region_id"] for sample in family.samples} <= {"7"}


async def test_only_the_target_is_read() -> None:
    """One probe costs the API that target's pages; a whole scrape would have read five."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        await client.get("/probe?project_id=1337&region_id=8")
        assert walks(cloud) == ["1337/8"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (GOOD, "1337/7/"),
        (f"{GOOD}&selection=", "1337/7/"),
        (f"selection=nightly%20jobs&{GOOD}", "1337/7/nightly jobs"),
        ("project_id=4242&region_id=9", "4242/9/"),
        (f"{GOOD}&name[]=gcore_up&name[]=gcore_snapshots", "1337/7/"),
    ],
)
async def test_each_configured_target_can_be_probed(query: str, expected: str) -> None:
    """By its ids and selection, in any order, those of `regions: all` too."""
    async with exporting(small_cloud()) as client:
        answer = await client.get(f"/probe?{query}")
    assert values(answer, "gcore_up") == {expected: 1}


@pytest.mark.parametrize("path", [f"/probe?{GOOD}", "/metrics?targets=none"])
async def test_names_choose_families(path: str) -> None:
    """`name[]` works as at `/metrics`, and each page finds no other's families."""
    names = "&name[]=gcore_up&name[]=gcore_exporter_build_info&name[]=gcore_scrape_errors_total"
    async with exporting(small_cloud()) as client:
        found = families(await client.get(path + names))
    assert list(found) == ["gcore_up" if "probe" in path else "gcore_exporter_build_info"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "The parameter project_id is missing."),
        ("project_id=1337", "The parameter region_id is missing."),
        ("region_id=7", "The parameter project_id is missing."),
        ("project_id=&region_id=7", "The parameter project_id is no id"),
        ("project_id=01337&region_id=7", "The parameter project_id is no id"),
        ("project_id=1337&region_id=-7", "The parameter region_id is no id"),
        ("project_id=1337&region_id=7%0a", "The parameter region_id is no id"),
        ("project_id=1337&region_id=%D9%A7", "The parameter region_id is no id"),
        ("project_id=1337&region_id=0", "The parameter region_id is no id"),
        (f"project_id=1337&region_id={'7' * 5000}", "The parameter region_id is no id"),
        ("project_id=../1337&region_id=7", "The parameter project_id is no id"),
        (f"{GOOD}&region_id=7", "The parameter region_id is given more than once."),
        (f"{GOOD}&project_id=1", "The parameter project_id is given more than once."),
        (f"{GOOD}&selection=a&selection=a", "The parameter selection is given more than once."),
        (f"{GOOD}&url=http://leak", "There is a parameter that a probe does not have."),
        (f"{GOOD}&key=leak", "There is a parameter that a probe does not have."),
        (f"{GOOD}&host=leak", "There is a parameter that a probe does not have."),
        (f"{GOOD}&Selection=leak", "There is a parameter that a probe does not have."),
        (f"{GOOD}&targets=none", "There is a parameter that a probe does not have."),
        (f"{GOOD}&=", "There is a parameter that a probe does not have."),
    ],
)
async def test_other_parameters_are_refused(query: str, words: str) -> None:
    """A 400 says what is wrong, with nothing of the request in it, and nothing is read."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        answer = await client.get(f"/probe?{query}")
        assert walks(cloud) == []

    assert answer.status_code == 400
    assert answer.text.startswith(words)
    assert "leak" not in answer.text
    assert "1337" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "project_id=1&region_id=7",
        "project_id=1337&region_id=9",
        "project_id=1337&region_id=999999999999999999",
        "project_id=4242&region_id=8",
        "project_id=4242&region_id=10",
        f"{GOOD}&selection=nightly",
        "project_id=1337&region_id=8&selection=nightly%20jobs",
    ],
    ids=["project", "region", "large", "excluded", "closed", "selection", "selection's region"],
)
async def test_what_is_not_configured_is_not_found(query: str) -> None:
    """A 404 says where the targets are listed, and the API is not asked."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        answer = await client.get(f"/probe?{query}")
        assert walks(cloud) == []
    words = "There is no such target in the configuration; /-/targets lists them.\n"
    assert (answer.status_code, answer.text) == (404, words)


async def test_a_failure_is_the_targets_own() -> None:
    """The answer is a 200 with the reason, and `/metrics` counts it."""
    cloud = small_cloud()
    cloud.faults[1337, 7] = faults.status(403)
    async with exporting(cloud) as client:
        answer = await client.get(f"/probe?{GOOD}")
        metrics = await client.get("/metrics")

    assert values(answer, "gcore_up") == {"1337/7/": 0}
    [failed] = families(answer)["gcore_scrape_failed"].samples
    assert failed.labels["reason"] == "forbidden"
    assert "gcore_snapshots{" not in answer.text
    counted = {
        (sample.labels["project_id"], sample.labels["selection"]): sample.value
        for sample in families(metrics)["gcore_scrape_errors"].samples
        if (sample.labels["region_id"], sample.labels["reason"]) == ("7", "forbidden")
    }
    assert counted["1337", ""] == 2


async def test_a_region_of_an_unknown_list_is_down() -> None:
    """The target may exist, so it gets a `gcore_up` of 0 with the reason of the list."""
    cloud = small_cloud()
    cloud.faults["regions"] = faults.status(403)
    async with exporting(cloud) as client:
        answer = await client.get("/probe?project_id=4242&region_id=9")
        excluded = await client.get("/probe?project_id=4242&region_id=8")
        named = await client.get(f"/probe?{GOOD}")
        del cloud.faults["regions"]
        healed = await client.get("/probe?project_id=4242&region_id=9")

    [failed] = families(answer)["gcore_scrape_failed"].samples
    assert failed.labels == {
        "project_id": "4242",
        "region_id": "9",
        "region": "9",
        "selection": "",
        "reason": "forbidden",
    }
    assert excluded.status_code == 404
    assert values(named, "gcore_up") == {"1337/7/": 1}
    assert values(healed, "gcore_up") == {"4242/9/": 1}


@pytest.mark.parametrize(("said", "given"), [(None, 9.5), ("2", 1.5)])
async def test_the_deadline_is_the_requests_own(said: str | None, given: float) -> None:
    """It is what Prometheus says for this probe, or else the configured one, less the offset."""
    headers = {} if said is None else {"X-Prometheus-Scrape-Timeout-Seconds": said}
    async with exporting(small_cloud()) as client:
        answer = await client.get(f"/probe?{GOOD}", headers=headers)
    [timeout] = values(answer, "gcore_scrape_timeout_seconds").values()
    assert given / 2 < timeout <= given


async def test_a_slow_target_ends_at_its_deadline() -> None:
    """It is down by `timeout`, and answered in time."""
    cloud = small_cloud()
    released = asyncio.Event()

    async def hold(_request: Request) -> None:
        await released.wait()

    cloud.faults[1337, 7] = hold
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": "1"}
    async with exporting(cloud) as client:
        answer = await client.get(f"/probe?{GOOD}", headers=headers)
        released.set()
    [failed] = families(answer)["gcore_scrape_failed"].samples
    assert failed.labels["reason"] == "timeout"


async def test_the_exporters_own_metrics_read_no_target() -> None:
    """`targets=none` gives its counters, state and process, and nothing of a target."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        await client.get(f"/probe?{GOOD}")
        own = await client.get("/metrics?targets=none")
        assert walks(cloud) == ["1337/7"]

    found = families(own)
    assert set(found) >= {"gcore_api_requests", "gcore_exporter_build_info", "python_info"}
    assert "project_id" not in own.text
    assert {"snapshots", "regions"} == {
        sample.labels["endpoint"] for sample in found["gcore_api_requests"].samples
    } - {"projects"}


@pytest.mark.parametrize("query", ["targets=all", "targets=", "targets=none&targets=none"])
async def test_other_targets_are_refused(query: str) -> None:
    """Whoever means something else by it hears so, instead of an expensive scrape."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        answer = await client.get(f"/metrics?{query}")
        assert walks(cloud) == []
    assert answer.status_code == 400
    assert "can only be none" in answer.text


async def test_formats_and_methods_are_those_of_metrics() -> None:
    """OpenMetrics and gzip are negotiated, HEAD is answered, POST is not."""
    accept = {"Accept": "application/openmetrics-text;version=1.0.0", "Accept-Encoding": "gzip"}
    async with exporting(small_cloud()) as client:
        answer = await client.get(f"/probe?{GOOD}", headers=accept)
        head = await client.head(f"/probe?{GOOD}")
        post = await client.post(f"/probe?{GOOD}")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert [head.status_code, post.status_code] == [httpx.codes.OK, httpx.codes.METHOD_NOT_ALLOWED]
