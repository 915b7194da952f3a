"""The page in a real Chromium: before and after a scrape, with hostile names, on a phone."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from exporter.config import parse
from exporter.demo import DEMO_KEY, SampleCloud
from exporter.demo.faults import status as answering
from exporter.runtime import scraping
from exporter.server import build_app
from exporter.status import Status
from exporter.status.page import StatusPage
from tests.factories import account_of, region_row, snapshot_rows
from tests.server.support import served
from tests.status.browser import look
from tests.status.support import HOSTILE, NOW, READ, STARTED, Document, hostile_scrape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

SCRIPT, IMAGE = HOSTILE[:2]
"""A region's name, and what the API says when it refuses another."""

WIDTHS = (320, 390, 768, 1121, 1280)
"""Of two phones, a tablet, the narrowest window with a table and a desktop, in CSS pixels."""

MEASURE = """\
<!DOCTYPE html>
<style>iframe { height: 800px; border: 0 }</style>
FRAMES
<script>
addEventListener("load", () => {
  const measured = [...document.querySelectorAll("iframe")].map((frame) => {
    const page = frame.contentDocument;
    const all = [...page.querySelectorAll("body, body *")];
    return {
      width: page.documentElement.clientWidth,
      scrolls: page.documentElement.scrollWidth,
      right: Math.max(...all.map((one) => one.getBoundingClientRect().right)),
      cut: all.filter((one) => one.matches("th, td") && one.scrollWidth > one.clientWidth).length,
      back: frame.contentWindow.getComputedStyle(page.body).backgroundColor,
    };
  });
  document.title = JSON.stringify(measured);
});
</script>
"""
"""Frames of each width, since Chromium opens no window below 500 pixels."""


@asynccontextmanager
async def exporter_of(cloud: SampleCloud) -> AsyncIterator[str]:
    """Serve an exporter that reads a region and fails to read another; yield its address."""
    async with served(cloud) as cloud_port:
        config = parse(
            f'api: {{url: "http://127.0.0.1:{cloud_port}", key: "{DEMO_KEY}", max_retries: 0}}\n'
            "targets: [{project_id: 1337, regions: [7, 12]}]",
            "config.yaml",
            {},
        )
        status = Status(config, "/metrics", time.time)
        async with scraping(config, on_readings=status.record) as runtime:
            app = build_app(
                scrape=runtime.scrape,
                telemetry_path="/metrics",
                ready=lambda: True,
                pages=status.pages(),
            )
            async with served(app) as port:
                yield f"http://127.0.0.1:{port}"


async def test_before_and_after_a_scrape(tmp_path: Path, tool: Callable[[str], Path]) -> None:
    """Opening the page reads no snapshots; after a scrape it shows hostile texts as they are."""
    chromium = tool("chromium")
    account = account_of({(1337, 7): snapshot_rows(3, region=SCRIPT), (1337, 12): []})
    account.regions = [region_row(7, display_name=SCRIPT), region_row(12)]
    cloud = SampleCloud(account, faults={(1337, 12): answering(403, IMAGE)})

    async with exporter_of(cloud) as url, httpx.AsyncClient() as client:
        before = await look(chromium, tmp_path / "before", url)
        asked = [request.path for request in cloud.requests if "snapshots" in request.path]
        await client.get(f"{url}/metrics")
        after = await look(chromium, tmp_path / "after", url)

    assert asked == []
    assert "Nothing has been read yet" in Document(before.html).text
    shown = Document(after.html)
    read, refused = shown.targets()
    assert read[:4] == [f"{SCRIPT} 7", "read", "3", "60 GiB"]
    assert refused[:2] == ["Region 12 12", "not read: forbidden"]
    assert f"The API answered 403: {IMAGE}" in shown.text
    assert shown.title == "1 not read · Gcore Snapshot Exporter"
    assert {"script", "img"}.isdisjoint(shown.tags)
    assert before.complaints + after.complaints == []


@pytest.mark.parametrize(
    ("dark", "background"), [(False, "rgb(245, 246, 248)"), (True, "rgb(14, 18, 23)")]
)
async def test_every_width_and_theme(
    tmp_path: Path,
    tool: Callable[[str], Path],
    dark: bool,  # noqa: FBT001 - the table's first column
    background: str,
) -> None:
    """From phone to desktop nothing scrolls sideways or is cut, in the theme that is liked."""
    chromium = tool("chromium")
    many = [replace(READ, region_id=n, region=f"Region {n}") for n in range(1000, 1040)]
    scrape = hostile_scrape()
    html = StatusPage("/metrics", STARTED).render(
        replace(scrape, targets=(*scrape.targets, *many)), NOW
    )
    body = html.encode("utf-8", "replace")
    frames = "".join(f'<iframe src="/page" width="{width}"></iframe>' for width in WIDTHS)

    async def page(_request: Request) -> Response:
        return HTMLResponse(body)

    async def measure(_request: Request) -> Response:
        return HTMLResponse(MEASURE.replace("FRAMES", frames))

    app = Starlette(routes=[Route("/page", page), Route("/", measure)])
    async with served(app) as port:
        measured = await look(chromium, tmp_path / "look", f"http://127.0.0.1:{port}/", dark=dark)

    seen = json.loads(Document(measured.html).title)
    assert [one["back"] for one in seen] == [background] * len(WIDTHS)
    assert [one["cut"] for one in seen] == [0] * len(WIDTHS)
    for one, width in zip(seen, WIDTHS, strict=True):
        assert width - 20 <= one["width"] <= width  # a scroll bar may stand beside it
        assert one["scrolls"] == one["width"]
        assert one["right"] <= one["width"]
