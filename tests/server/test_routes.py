"""Every route but the metrics: health, readiness, pages, and what is none of them."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse

from exporter.server import build_app
from tests.server.support import app_of, client_of, scrape_families, served


async def test_health_needs_nothing() -> None:
    """The process is healthy as soon as it answers, ready or not."""
    async with client_of(app_of(ready=False)) as client:
        response = await client.get("/-/healthy")

    assert response.status_code == 200
    assert response.text == "Gcore Snapshot Exporter is Healthy.\n"


@pytest.mark.parametrize(
    ("ready", "status", "text"),
    [
        (True, 200, "Gcore Snapshot Exporter is Ready.\n"),
        (False, 503, "Service Unavailable"),
    ],
)
async def test_readiness_follows_its_source(ready: bool, status: int, text: str) -> None:  # noqa: FBT001 - the table's first column
    """`/-/ready` answers 503 while the exporter is not ready."""
    async with client_of(app_of(ready=ready)) as client:
        response = await client.get("/-/ready")

    assert (response.status_code, response.text) == (status, text)


async def test_a_page_is_made_when_asked_for() -> None:
    """What is handed in for a path answers there, anew each time."""
    made = iter(["first", "second"])
    app = build_app(
        scrape=scrape_families,
        telemetry_path="/metrics",
        ready=lambda: True,
        pages={"/page": lambda: PlainTextResponse(next(made))},
    )

    async with client_of(app) as client:
        answers = [await client.get("/page") for _ in range(2)]

    assert [answer.text for answer in answers] == ["first", "second"]


@pytest.mark.parametrize(
    "path",
    ["/metrics/", "/-/healthy/", "/-/", "/favicon.ico", "/x//y", "/../x", "/Metrics", "/<script>"],
)
async def test_anything_else_is_not_found(path: str) -> None:
    """An unknown path gets a plain 404, no redirect, and nothing of it is repeated."""
    async with client_of(app_of()) as client:
        response = await client.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == "Not Found\n"


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_refused(path: str, method: str) -> None:
    """Every route allows GET and HEAD and says so."""
    async with client_of(app_of()) as client:
        response = await client.request(method, path)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.text == "Method Not Allowed\n"


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/-/ready", "/nothing"])
async def test_head_has_the_headers_of_get(path: str) -> None:
    """HEAD differs from GET by the body alone, errors included."""
    async with (
        served(app_of()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        get = await client.get(path)
        head = await client.head(path)

    assert head.content == b""
    assert head.status_code == get.status_code
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready", "/nothing"])
async def test_nothing_is_kept_or_sniffed(path: str) -> None:
    """Each answer forbids caches to keep it and browsers to guess its type."""
    async with client_of(app_of()) as client:
        response = await client.get(path)

    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
