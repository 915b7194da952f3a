"""GET /metrics: formats, compression, chosen names, the timeout that Prometheus says."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from tests.server.support import Families, app_of, client_of, scrape_families, served

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric


async def test_text_is_the_default() -> None:
    """A client that says nothing gets plain text 0.0.4, uncompressed, and must not keep it."""
    async with client_of(app_of()) as client:
        response = await client.get("/metrics")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in response.headers
    assert [one.name for one in text_string_to_metric_families(response.text)] == [
        "gcore_up",
        "gcore_snapshots",
    ]


async def test_openmetrics_is_served_when_asked_for() -> None:
    """The `Accept` header reaches the negotiation."""
    async with client_of(app_of()) as client:
        response = await client.get(
            "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"}
        )

    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1")
    assert response.text.endswith("# EOF\n")


async def test_several_accept_headers_are_one_list() -> None:
    """A second `Accept` line counts like the first (RFC 9110, section 5.3)."""
    async with client_of(app_of()) as client:
        response = await client.get(
            "/metrics",
            headers=[("Accept", "text/plain;q=0.1"), ("Accept", "application/openmetrics-text")],
        )

    assert response.headers["content-type"].startswith("application/openmetrics-text")


async def test_gzip_is_used_when_asked_for() -> None:
    """The compressed body is the same exposition, and its length is the one sent."""
    async with client_of(app_of()) as client:
        plain = await client.get("/metrics")
        async with client.stream(
            "GET", "/metrics", headers={"Accept-Encoding": "gzip"}
        ) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-length"] == str(len(raw))
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name[]=gcore_up", ["gcore_up"]),
        ("name[]=gcore_up&name[]=gcore_snapshots", ["gcore_snapshots", "gcore_up"]),
        ("name%5B%5D=gcore_snapshots", ["gcore_snapshots"]),
        ("name[]=gcore_absent", []),
        ("other=1", ["gcore_snapshots", "gcore_up"]),
    ],
)
async def test_names_choose_families(query: str, names: list[str]) -> None:
    """`name[]`, as often as it is given, leaves only the families of these names."""
    async with client_of(app_of()) as client:
        response = await client.get(f"/metrics?{query}")

    assert response.status_code == 200
    assert sorted(one.name for one in text_string_to_metric_families(response.text)) == names


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], None),
        (["10"], 10.0),
        (["0.5"], 0.5),
        (["0"], None),
        (["0.0"], None),
        (["-1"], None),
        (["+1"], None),
        (["nan"], None),
        (["inf"], None),
        (["1e3"], None),
        (["1_0"], None),
        (["12345678901"], None),
        (["1."], None),
        ([""], None),
        (["10s"], None),
        (["10,10"], None),
        (["10", "10"], None),
        (["\u0661\u0660"], None),
    ],
)
async def test_the_timeout_header_is_read_strictly(
    headers: list[str], expected: float | None
) -> None:
    """A plain positive decimal is the timeout; anything else is as if nothing was said."""
    heard: list[float | None] = []

    async def scrape(timeout: float | None) -> CollectorRegistry:  # noqa: ASYNC109 - a header's value
        heard.append(timeout)
        return await scrape_families()

    async with client_of(app_of(scrape)) as client:
        await client.get(
            "/metrics",
            headers=[(b"X-Prometheus-Scrape-Timeout-Seconds", one.encode()) for one in headers],
        )

    assert heard == [expected]


@given(
    accept=st.binary(max_size=60),
    encoding=st.binary(max_size=30),
    timeout=st.binary(max_size=12) | st.text("0123456789.", max_size=23).map(str.encode),
)
def test_any_headers_get_an_exposition(accept: bytes, encoding: bytes, timeout: bytes) -> None:
    """No bytes in the headers that are read make a scrape fail or its timeout unusable."""
    heard: list[float | None] = []

    async def scrape(seconds: float | None) -> CollectorRegistry:
        heard.append(seconds)
        return await scrape_families()

    async def ask() -> httpx.Response:
        async with client_of(app_of(scrape)) as client:
            return await client.get(
                "/metrics",
                headers={
                    b"Accept": accept,
                    b"Accept-Encoding": encoding,
                    b"X-Prometheus-Scrape-Timeout-Seconds": timeout,
                },
            )

    response = asyncio.run(ask())

    assert response.status_code == 200
    assert "gcore_up 1.0" in response.text
    assert heard[0] is None or 0 < heard[0] < 1e10


async def test_head_does_the_same_without_the_body() -> None:
    """HEAD walks as GET does and sends GET's headers, the length included."""
    walks = 0

    async def scrape(_timeout: float | None) -> CollectorRegistry:
        nonlocal walks
        walks += 1
        return await scrape_families()

    async with (
        served(app_of(scrape)) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        get = await client.get("/metrics")
        head = await client.head("/metrics")

    assert walks == 2
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
    assert "server" not in get.headers


async def test_rendering_does_not_block_the_loop() -> None:
    """Health answers while a collector is busy: it runs in another thread than the loop."""
    loop = asyncio.get_running_loop()
    rendering = asyncio.Event()
    healthy = asyncio.Event()

    class Busy(Families):
        def collect(self) -> Iterable[Metric]:
            loop.call_soon_threadsafe(rendering.set)
            asyncio.run_coroutine_threadsafe(healthy.wait(), loop).result(timeout=10)
            return super().collect()

    async def scrape(_timeout: float | None) -> CollectorRegistry:
        registry = CollectorRegistry()
        registry.register(Busy())
        return registry

    async with client_of(app_of(scrape)) as client:
        metrics = asyncio.create_task(client.get("/metrics"))
        await rendering.wait()
        assert (await client.get("/-/healthy")).status_code == 200
        assert not metrics.done()
        healthy.set()
        assert "gcore_up 1.0" in (await metrics).text
