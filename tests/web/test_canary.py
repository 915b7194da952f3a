"""Passwords over a real port, and where they must not turn up."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx

from tests.web.identities import HASH, PASSWORD
from tests.web.serving import serving

if TYPE_CHECKING:
    from pathlib import Path


async def test_passwords_are_asked_for_and_never_told(tmp_path: Path) -> None:
    """Paths behind it are 401, health isn't; neither password nor hash is answered or logged."""
    users = f'basic_auth_users: {{alice: "{HASH}"}}\n'
    paths = ["/", "/metrics", "/config", "/nowhere", "/-/reload", "/-/healthy", "/-/ready"]
    tries = [("alice", PASSWORD), ("alice", PASSWORD + "x"), ("eve", PASSWORD)]
    async with serving(tmp_path, users) as (process, url), httpx.AsyncClient() as client:
        strangers = [await client.get(url.replace("/metrics", path)) for path in paths]
        said = [await client.get(url.replace("/metrics", "/"), auth=auth) for auth in tries]
        (tmp_path / "web.yaml").write_text(f"basic_auth_users: {{alice: {PASSWORD}}}")
        said.append(await client.get(url, auth=("alice", PASSWORD)))
        process.terminate()
        assert process.stderr is not None
        logged = (await process.stderr.read()).decode()
    assert [one.status_code for one in strangers] == [401] * 5 + [200] * 2
    assert [one.status_code for one in said] == [200, 401, 401, 200]
    assert "basic_auth_users.alice: is no bcrypt hash" in logged
    told = "".join([logged, *(str(one.headers) + one.text for one in (*strangers, *said))])
    for secret in (PASSWORD, HASH, base64.b64encode(f"alice:{PASSWORD}".encode()).decode()):
        assert secret not in told
