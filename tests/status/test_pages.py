"""The pages as they are served."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
import yaml

from exporter.errors import ReadError, Reason
from exporter.server import build_app
from exporter.status import Status
from tests.config.reading import TARGETS, read
from tests.factories import snapshot_rows
from tests.inventory.folding import inventory_of
from tests.metrics.readings import failed, up
from tests.server.support import client_of, scrape_families, served
from tests.status.support import NOW, Document

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.fixture
def status() -> Status:
    """Return the status of an exporter that has just started."""
    return Status(read(TARGETS), "/metrics", lambda: NOW)


def client(status: Status) -> httpx.AsyncClient:
    """Return a client of an exporter with this status."""
    app = build_app(
        scrape=scrape_families,
        telemetry_path="/metrics",
        ready=lambda: True,
        pages=status.pages(),
    )
    return client_of(app)


async def test_the_last_scrape_is_shown(status: Status) -> None:
    """Each scrape takes the place of the one before."""
    async with client(status) as browser:
        before = Document((await browser.get("/")).text)
        status.record([up(inventory_of(snapshot_rows(1234)))])
        first = Document((await browser.get("/")).text)
        error = ReadError(Reason.TIMEOUT, "the deadline passed")
        status.record([replace(failed(Reason.TIMEOUT), error=error)])
        second = Document((await browser.get("/")).text)

    assert list(before.targets()) == []
    assert [row[1:3] for row in first.targets()] == [["read", "1,234"]]
    assert [row[1] for row in second.targets()] == ["not read: timeout"]
    assert "The deadline passed" in second.text


async def test_the_configuration_in_force_is_shown(status: Status) -> None:
    """`/config` is plain YAML, and follows a reload."""
    async with client(status) as browser:
        before = await browser.get("/config")
        status.reloaded(read("targets: [{project_id: 2, regions: all}]"), ())
        after = await browser.get("/config")

    assert before.headers["content-type"] == "text/plain; charset=utf-8"
    assert yaml.safe_load(before.text)["targets"] == [{"project_id": 1, "regions": [7]}]
    assert yaml.safe_load(after.text)["targets"] == [{"project_id": 2, "regions": "all"}]


async def test_a_failed_reload_is_shown_until_one_succeeds(status: Status) -> None:
    """The page says what is wrong with the new file, which stays text, before a scrape too."""
    config = read(TARGETS)
    async with client(status) as browser:
        status.reloaded(config, ["c.yaml: api: is <b>wrong</b>", "c.yaml: scrape: is wrong"])
        failing = Document((await browser.get("/")).text)
        status.record([up(inventory_of([]))])
        scraped = Document((await browser.get("/")).text)
        status.reloaded(config, ())
        healed = Document((await browser.get("/")).text)

    words = "then reload: c.yaml: api: is <b>wrong</b> c.yaml: scrape: is wrong"
    assert words in failing.text
    assert words in scraped.text
    assert "b" not in failing.tags
    assert "reload" not in healed.text


async def test_every_link_leads_somewhere(status: Status) -> None:
    """Each link of the page answers 200."""
    async with client(status) as browser:
        links = Document((await browser.get("/")).text).links
        answers = {link: (await browser.get(link)).status_code for link in links}

    assert answers == dict.fromkeys(["metrics", "config", "-/healthy", "-/ready"], 200)


@pytest.mark.parametrize(("path", "kind"), [("/", "text/html"), ("/config", "text/plain")])
async def test_headers(status: Status, path: str, kind: str) -> None:
    """Nothing is kept, guessed, framed, told to others, loaded or run."""
    async with client(status) as browser:
        answer = await browser.get(path)

    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/config"])
async def test_head_and_other_methods(status: Status, path: str) -> None:
    """HEAD differs from GET by the body alone; the pages change nothing."""
    app = build_app(
        scrape=scrape_families,
        telemetry_path="/metrics",
        ready=lambda: True,
        pages=status.pages(),
    )
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as browser,
    ):
        get, head, post = [await browser.request(m, path) for m in ("GET", "HEAD", "POST")]

    assert head.content == b""
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")
