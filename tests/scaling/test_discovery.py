"""The list of targets that Prometheus discovers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from exporter.demo import faults
from tests.factories import region_row
from tests.scaling.support import exporting, small_cloud, walks

if TYPE_CHECKING:
    import httpx

PROMETHEUS_ACCEPTS = re.compile(r'(?i:application/json)(?i:;\s*charset=("utf-8"|utf-8))?')
"""The pattern that its HTTP service discovery has for ``Content-Type``."""

HOST = {"Host": "exporters.example:10048"}


def groups(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the target groups, if Prometheus would take the answer."""
    assert answer.status_code == 200, answer.text
    assert PROMETHEUS_ACCEPTS.fullmatch(answer.headers["content-type"])
    found = answer.json()
    assert isinstance(found, list)
    return found


async def test_every_target_is_listed_with_its_parameters() -> None:
    """Those of `regions: all` too; with labels that end up in no series; nothing is read."""
    cloud = small_cloud()
    async with exporting(cloud) as client:
        found = groups(await client.get("/-/targets", headers=HOST))
        assert walks(cloud) == []

    assert all(set(group) == {"targets", "labels"} for group in found)
    assert {tuple(group["targets"]) for group in found} == {(HOST["Host"],)}
    labels = [group["labels"] for group in found]
    assert all(name.startswith("__") for one in labels for name in one)
    assert labels[0] == {
        "__metrics_path__": "/probe",
        "__param_project_id": "1337",
        "__param_region_id": "7",
        "__meta_gcore_project_id": "1337",
        "__meta_gcore_region_id": "7",
        "__meta_gcore_region": "Region 7",
    }
    assert labels[2]["__param_selection"] == labels[2]["__meta_gcore_selection"] == "nightly jobs"
    assert [(one["__param_project_id"], one["__meta_gcore_region"]) for one in labels] == [
        ("1337", "Region 7"),
        ("1337", "Eight"),
        ("1337", "Region 7"),
        ("4242", "Region 7"),
        ("4242", "Region 9"),
    ]


async def test_every_target_that_is_listed_can_be_probed() -> None:
    """The labels are what a probe takes: Prometheus needs no rule of ours to use them."""
    async with exporting(small_cloud()) as client:
        for group in groups(await client.get("/-/targets")):
            labels = group["labels"]
            prefix = "__param_"
            query = {
                name.removeprefix(prefix): value
                for name, value in labels.items()
                if name.startswith(prefix)
            }
            answer = await client.get(labels["__metrics_path__"], params=query)
            assert answer.status_code == 200
            assert "\ngcore_up{" in answer.text


async def test_the_whole_list_is_told_each_time_and_follows_the_configuration() -> None:
    """Two requests get the same, with the address by which each came."""
    async with exporting(small_cloud()) as client:
        first = groups(await client.get("/-/targets", headers={"Host": "a:1"}))
        second = groups(await client.get("/-/targets", headers={"Host": "b"}))
    assert [group["labels"] for group in first] == [group["labels"] for group in second]
    assert {tuple(group["targets"]) for group in second} == {("b",)}


async def test_no_list_of_regions_is_no_empty_list() -> None:
    """503 with words while it is unknown, so Prometheus keeps what it has; then the whole list."""
    cloud = small_cloud()
    cloud.faults["regions"] = faults.status(403)
    async with exporting(cloud) as client:
        refused = [await client.get("/-/targets") for _ in range(2)]
        del cloud.faults["regions"]
        found = groups(await client.get("/-/targets"))

    for one in refused:
        assert one.status_code == 503
        assert one.text == "The list of regions is not known yet: forbidden.\n"
        assert one.headers["retry-after"] == "5"
    assert len(found) == 5


async def test_a_list_that_nobody_needs_holds_nothing_up() -> None:
    """With named regions only, targets are told without it; an unknown name is the id."""
    cloud = small_cloud()
    cloud.faults["regions"] = faults.status(403)
    targets = "targets: [{project_id: 1337, regions: [7]}]\n"
    async with exporting(cloud, targets) as client:
        [group] = groups(await client.get("/-/targets"))
    assert group["labels"]["__meta_gcore_region"] == "7"


async def test_a_name_of_any_kind_is_told() -> None:
    """Quotes, newlines and half a surrogate pair in a region's name leave valid JSON."""
    cloud = small_cloud()
    row = region_row(7, display_name='"Lux\n\ud800embourg é')
    body = json.dumps({"count": 1, "results": [row]}).encode()
    cloud.faults["regions"] = faults.raw(body)
    async with exporting(cloud) as client:
        found = groups(await client.get("/-/targets"))
    assert found[0]["labels"]["__meta_gcore_region"] == '"Lux\n\ufffdembourg é'


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:10048",
        "gcore-snapshot-exporter.monitoring.svc:10048",
        "a_b.example.",
        "127.0.0.1:1",
        "[::1]:65535",
        "[fe80::1]",
    ],
)
async def test_an_address_is_taken(host: str) -> None:
    """A name, an IP address, with or without a port."""
    async with exporting(small_cloud()) as client:
        found = groups(await client.get("/-/targets", headers={"Host": host}))
    assert found[0]["targets"] == [host]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "leak/probe",
        "leak:0",
        "leak:65536",
        "leak:http",
        "leak:",
        "user@leak",
        "leak,leak",
        "leak leak",
        "leak?x=1",
        "leak#x",
        "{leak}",
        "::1",
        "[::1",
        "[leak]",
        "-leak",
        ".leak",
        "leak..leak",
        "%6ceak",
        "l" * 64,
        ".".join(["leak"] * 60),
    ],
)
async def test_another_host_is_refused(host: str) -> None:
    """A 400 in words that repeat nothing of it: nobody is sent there."""
    async with exporting(small_cloud()) as client:
        answer = await client.get("/-/targets", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.text.startswith("The header Host must be")
    assert "leak" not in answer.text


async def test_two_hosts_are_none() -> None:
    """Which of them is meant nobody can tell."""
    async with exporting(small_cloud()) as client:
        request = client.build_request("GET", "/-/targets", headers=[("Host", "a"), ("Host", "b")])
        answer = await client.send(request)
    assert answer.status_code == 400
