"""Good documents mean what their author wrote."""

from __future__ import annotations

import pytest

from exporter.models import AllRegions, ApiOptions, ScrapeOptions, SeriesOptions, TagOptions
from tests.config.reading import TARGETS, read

HOUR = 3600.0


def test_every_option_is_taken() -> None:
    """Each key of api, scrape and series reaches its own option."""
    config = read(f"""
{TARGETS}
api:
  url: https://example.com
  request_timeout: 1m
  page_size: 500
  max_concurrency: 64
  max_retries: 0
scrape: {{timeout: 1m30s, timeout_offset: 0, cache_ttl: 1h}}
series:
  volumes: unlimited
  snapshots: 0
  tags: {{limit: 10, keys: [env, 'no'], read_only: false}}
  age_buckets: [1h, 1d]
""")
    assert config.api == ApiOptions("https://example.com", 60.0, 500, 64, 0)
    assert config.scrape == ScrapeOptions(90.0, 0.0, HOUR)
    tags = TagOptions(10, ("env", "no"), read_only=False)
    assert config.series == SeriesOptions(None, 0, tags, (HOUR, 24 * HOUR))


@pytest.mark.parametrize("text", ["", "api:\nscrape:\nseries:\n", "series: {tags: }", "api: {}"])
def test_empty_sections_have_the_defaults(text: str) -> None:
    """A section whose keys are all commented out is as good as none."""
    config = read(TARGETS + text)
    assert (config.api, config.scrape, config.series) == (
        ApiOptions(),
        ScrapeOptions(),
        SeriesOptions(),
    )


def test_bounds_are_inside() -> None:
    """The ends of every range are still good."""
    low = "api: {request_timeout: 1ms, page_size: 1, max_concurrency: 1}\n"
    low += "scrape: {timeout: 2ms, timeout_offset: 1ms, cache_ttl: 0s}\nseries: {volumes: 0}"
    high = "api: {request_timeout: 10m, page_size: 1000, max_retries: 10}\n"
    high += "scrape: {timeout: 10m, timeout_offset: 599s}\nseries: {snapshots: 1000000}\n"
    assert read(TARGETS + low).api == ApiOptions(
        request_timeout=0.001, page_size=1, max_concurrency=1
    )
    assert read(TARGETS + high).scrape.timeout_offset == 599.0


def test_regions_are_targets() -> None:
    """Regions in both notations become targets with the project's id and key."""
    (project,) = read("targets: [{project_id: 1, regions: [7, {id: 12, name: F}]}]").projects
    assert isinstance(project.regions, tuple)
    assert [(t.project_id, t.region_id, t.region_name) for t in project.regions] == [
        (1, 7, None),
        (1, 12, "F"),
    ]
    assert {target.credential for target in project.regions} == {project.credential}


@pytest.mark.parametrize(
    ("written", "excluded"),
    [("", ()), (", exclude_regions: []", ()), (", exclude_regions: [9, 10]", (9, 10))],
)
def test_all_regions_less_some(written: str, excluded: tuple[int, ...]) -> None:
    """`regions: all` stays open until the list of regions is read."""
    (project,) = read(f"targets: [{{project_id: 1, regions: all{written}}}]").projects
    assert project.regions == AllRegions(frozenset(excluded))


@pytest.mark.parametrize("regions", ["[7]", "all"])
def test_selection_is_kept_with_its_filters(regions: str) -> None:
    """The four filters become query parameters, as text; the label is switched on by one."""
    selection = "{name: nightly, lifecycle_policy_id: 3, instance_id: a, schedule_id: b}"
    text = f"targets: [{{project_id: 1, regions: {regions}, selection: {selection}}},"
    config = read(f"{text} {{project_id: 2, regions: [7]}}]")
    selected = config.projects[0].selection
    assert selected is not None
    assert selected.name == "nightly"
    assert selected.filters == {"lifecycle_policy_id": "3", "instance_id": "a", "schedule_id": "b"}
    if isinstance(config.projects[0].regions, tuple):
        assert config.projects[0].regions[0].selection == selected
    assert config.has_selections
    assert not read(TARGETS).has_selections


def test_targets_that_differ_are_all_taken() -> None:
    """Other projects, other selections and excluded regions are no repetition."""
    one = "selection: {name: a, volume_id: x}"
    two = "selection: {name: b, volume_id: x}"
    config = read(f"""
targets:
  - {{project_id: 1, regions: all, exclude_regions: [7]}}
  - {{project_id: 1, regions: [7]}}
  - {{project_id: 2, regions: [7]}}
  - {{project_id: 1, regions: [7], {one}}}
  - {{project_id: 1, regions: [7], {two}}}
  - {{project_id: 3, regions: all, {one}}}
  - {{project_id: 3, regions: all}}
""")
    assert len(config.projects) == 7
