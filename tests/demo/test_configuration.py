"""The configuration for the sample cloud."""

from __future__ import annotations

import yaml

from exporter.demo import DEMO_KEY, configuration, sample_account


def test_configuration_reads_as_yaml() -> None:
    """It names the URL and the key, all regions of one project, and some of another."""
    assert yaml.safe_load(configuration("http://127.0.0.1:4711")) == {
        "api": {"url": "http://127.0.0.1:4711", "key": DEMO_KEY},
        "targets": [
            {"project_id": 1337, "regions": "all"},
            {"project_id": 2024, "regions": [76, {"id": 38, "name": "Frankfurt"}, 26]},
        ],
    }


def test_configuration_fits_the_account() -> None:
    """What it lists is in the account, and exactly one place of it is forbidden."""
    account = sample_account(now=1_750_000_000.0)
    listed = [(2024, 76), (2024, 38), (2024, 26)]
    assert [account.sites[place].forbidden for place in listed] == [False, False, True]
    assert {project["id"] for project in account.projects} == {1337, 2024}
