"""A real Prometheus scrapes a protected port, as the documentation says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.processes import prometheus
from tests.web.identities import HASH_OF_HTPASSWD, PASSWORD
from tests.web.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import trustme

WEB: Final = f"""\
tls_server_config:
  cert_file: cert.pem
  key_file: key.pem
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus.example]
basic_auth_users:
  prometheus: "{HASH_OF_HTPASSWD}"
"""
JOB: Final = """\
  - job_name: {name}
    scheme: https
    tls_config: {{ca_file: {folder}/ca.pem{client}}}
    basic_auth: {{username: prometheus, password: {password}}}
    static_configs: [{{targets: ["{address}"]}}]
"""


async def test_a_protected_port_is_scraped(
    folder: Path, authority: trustme.CA, tool: Callable[[str], Path]
) -> None:
    """With certificate and password it is up; without either of them it is down."""
    client = authority.issue_cert("prometheus.example")
    (folder / "client.pem").write_bytes(client.private_key_and_cert_chain_pem.bytes())
    async with serving(folder, WEB) as (_, url):
        where = {"folder": folder, "address": urlsplit(url).netloc}
        cert = f", cert_file: {folder}/client.pem, key_file: {folder}/client.pem"
        jobs = (
            "global: {scrape_interval: 2s, scrape_timeout: 2s}\nscrape_configs:\n"
            + JOB.format(name="good", client=cert, password=PASSWORD, **where)
            + JOB.format(name="wrong password", client=cert, password=PASSWORD[1:], **where)
            + JOB.format(name="no certificate", client="", password=PASSWORD, **where)
        )
        async with prometheus(tool("prometheus"), folder, jobs) as api:
            assert await api.value('gcore_up{job="good", region="Seven"}') == 0
            assert await api.value('max_over_time(up{job="good"}[1m])') == 1
            assert await api.value('max_over_time(up{job="wrong password"}[1m])') == 0
            assert await api.value('max_over_time(up{job="no certificate"}[1m])') == 0
            assert await api.query('gcore_up{job!="good"}') == []
