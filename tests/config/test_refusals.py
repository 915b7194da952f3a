"""Bad options, each with the exact whole message it gets."""

from __future__ import annotations

import pytest

from tests.config.reading import KEY, TARGETS, refusal

TIMEOUT = "must be a duration above 0s and up to 10m, such as `500ms`, `10s` or `1h30m`"
OFFSET = "must be a duration from 0s to 10m, such as `500ms`, `10s` or `1h30m`"
CACHE = "must be a duration from 0s to 1h, such as `500ms`, `10s` or `1h30m`"
BUCKET = "must be a duration above 0s and up to 100y, such as `500ms`, `10s` or `1h30m`"
NO_UNIT = "has no unit; write `10s` if seconds are meant"
LIMIT = "must be a whole number from 0 to 1000000, or `unlimited`"
PAGE = "must be a whole number from 1 to 1000"
TAG_KEY = "must be 1 to 255 characters without a blank, tab, newline or `=`"
API_KEYS = (
    "`url`, `key`, `key_file`, `ca_file`, `proxy`, `request_timeout`, `page_size`, "
    "`max_concurrency`, `max_retries`"
)
SECRET_NAME = "an unknown key (not shown, it may be a secret); known here: "  # noqa: S105 -- words

REFUSALS = {
    # Keys that nobody knows.
    "apis: {}": "apis: unknown key; did you mean `api`?",
    "web: {}": "web: unknown key; known here: `api`, `scrape`, `targets`, `series`",
    "api: {pagesize: 1}": "api.pagesize: unknown key; did you mean `page_size`?",
    "api: {page-size: 1}": "api.page-size: unknown key; did you mean `page_size`?",
    "api: {Page_Size: 1}": "api.Page_Size: unknown key; did you mean `page_size`?",
    "api: {verify: false}": f"api.verify: unknown key; known here: {API_KEYS}",
    f"api: {{'{KEY}': 1}}": f"api: {SECRET_NAME}{API_KEYS}",
    "series: {tags: {key: [a]}}": "series.tags.key: unknown key; did you mean `keys`?",
    # Sections and values of a wrong kind.
    "api: []": "api: must be a mapping with keys such as `url`, not a list",
    "scrape: 10s": "scrape: must be a mapping with keys such as `timeout`, not a text",
    "series: true": "series: must be a mapping with keys such as `volumes`, not true or false",
    "series: {tags: [a]}": "series.tags: must be a mapping with keys such as `limit`, not a list",
    "api: {url: 7}": "api.url: must be a text (in quotes), not a number",
    "api: {url: }": "api.url: must be a text (in quotes), not an empty value",
    "api: {key: 1234}": "api.key: must be a text (in quotes), not a number",
    f"api: {{key: {{{KEY}}}}}": "api.key: must be a text (in quotes), not a mapping",
    f"api: {{key: [{KEY}]}}": "api.key: must be a text (in quotes), not a list",
    f"api: {{page_size: {KEY}}}": f"api.page_size: {PAGE}, not a text",
    "series: {tags: {read_only: no}}": (
        "series.tags.read_only: must be `true` or `false`, not a text"
    ),
    "series: {tags: {read_only: 1}}": (
        "series.tags.read_only: must be `true` or `false`, not a number"
    ),
    # Numbers.
    "api: {page_size: 0}": f"api.page_size: {PAGE}, not 0",
    "api: {page_size: 1001}": f"api.page_size: {PAGE}, not 1001",
    "api: {page_size: 10.0}": f"api.page_size: {PAGE}, not a decimal number",
    "api: {page_size: .nan}": f"api.page_size: {PAGE}, not a decimal number",
    "api: {page_size: true}": f"api.page_size: {PAGE}, not true or false",
    "api: {page_size: 0123}": f"api.page_size: {PAGE}, not a text",
    "api: {page_size: '7'}": f"api.page_size: {PAGE}, not a text",
    "api: {page_size: ~}": f"api.page_size: {PAGE}, not an empty value",
    "api: {max_concurrency: 0}": (
        "api.max_concurrency: must be a whole number from 1 to 64, not 0"
    ),
    "api: {max_concurrency: 65}": (
        "api.max_concurrency: must be a whole number from 1 to 64, not 65"
    ),
    "api: {max_retries: -1}": "api.max_retries: must be a whole number from 0 to 10, not -1",
    "api: {max_retries: 11}": "api.max_retries: must be a whole number from 0 to 10, not 11",
    "series: {volumes: -1}": f"series.volumes: {LIMIT}, not -1",
    "series: {snapshots: 1000001}": f"series.snapshots: {LIMIT}, not 1000001",
    "series: {tags: {limit: all}}": f"series.tags.limit: {LIMIT}, not a text",
    "series: {volumes: ~}": f"series.volumes: {LIMIT}, not an empty value",
    # Durations.
    "api: {request_timeout: 10}": f"api.request_timeout: {NO_UNIT}",
    "api: {request_timeout: 0}": f"api.request_timeout: {TIMEOUT}",
    "api: {request_timeout: 0s}": f"api.request_timeout: {TIMEOUT}",
    "api: {request_timeout: 601s}": f"api.request_timeout: {TIMEOUT}",
    "api: {request_timeout: -1}": f"api.request_timeout: {TIMEOUT}, not a number",
    "api: {request_timeout: 1.5}": f"api.request_timeout: {TIMEOUT}, not a decimal number",
    "api: {request_timeout: 12:30:45}": f"api.request_timeout: {TIMEOUT}",
    "api: {request_timeout: '10'}": f"api.request_timeout: {TIMEOUT}",
    "scrape: {timeout: false}": f"scrape.timeout: {TIMEOUT}, not true or false",
    "scrape: {timeout: 11m}": f"scrape.timeout: {TIMEOUT}",
    "scrape: {timeout_offset: -1s}": f"scrape.timeout_offset: {OFFSET}",
    "scrape: {cache_ttl: 61m}": f"scrape.cache_ttl: {CACHE}",
    "scrape: {timeout: 10s, timeout_offset: 10s}": (
        "scrape.timeout_offset: must be shorter than `timeout` (it is 500ms unless written)"
    ),
    "scrape: {timeout: 400ms}": (
        "scrape.timeout_offset: must be shorter than `timeout` (it is 500ms unless written)"
    ),
    # Lists.
    "series: {age_buckets: 1d}": (
        "series.age_buckets: must be a list of durations with at least one, not a text"
    ),
    "series: {age_buckets: []}": (
        "series.age_buckets: must be a list of durations with at least one, not an empty one"
    ),
    "series: {age_buckets: [0s, 1d]}": f"series.age_buckets[0]: {BUCKET}",
    "series: {age_buckets: [1d, 10]}": f"series.age_buckets[1]: {NO_UNIT}",
    "series: {age_buckets: [1d, 1d]}": "series.age_buckets[1]: must be longer than [0]",
    "series: {age_buckets: [1d, 24h]}": "series.age_buckets[1]: must be longer than [0]",
    "series: {age_buckets: [1d, 3d, 2d]}": "series.age_buckets[2]: must be longer than [1]",
    f"series: {{age_buckets: [{','.join(f'{day}d' for day in range(1, 52))}]}}": (
        "series.age_buckets: must be a list of at most 50 durations"
    ),
    "series: {tags: {keys: env}}": (
        "series.tags.keys: must be a list of tag keys with at least one, not a text"
    ),
    "series: {tags: {keys: []}}": (
        "series.tags.keys: must be a list of tag keys with at least one, not an empty one"
    ),
    "series: {tags: {keys: ~}}": (
        "series.tags.keys: must be a list of tag keys with at least one, not an empty value"
    ),
    "series: {tags: {keys: [a, b, a]}}": "series.tags.keys[2]: repeats [0]; remove it",
    "series: {tags: {keys: [no, true]}}": (
        "series.tags.keys[1]: must be a text (in quotes), not true or false"
    ),
    "series: {tags: {keys: ['']}}": f"series.tags.keys[0]: {TAG_KEY}",
    "series: {tags: {keys: [a b]}}": f"series.tags.keys[0]: {TAG_KEY}",
    "series: {tags: {keys: [a=b]}}": f"series.tags.keys[0]: {TAG_KEY}",
    'series: {tags: {keys: ["a\\tb"]}}': f"series.tags.keys[0]: {TAG_KEY}",
    'series: {tags: {keys: ["a\\nb"]}}': f"series.tags.keys[0]: {TAG_KEY}",
    f"series: {{tags: {{keys: [{'a' * 256}]}}}}": f"series.tags.keys[0]: {TAG_KEY}",
}


@pytest.mark.parametrize(("text", "words"), REFUSALS.items(), ids=lambda text: repr(text[:40]))
def test_bad_option_is_refused(text: str, words: str) -> None:
    """File, place, what is wrong and what would be right: the message is this and nothing else."""
    assert refusal(TARGETS + text) == f"config.yaml: {words}"


def test_mistakes_are_told_together() -> None:
    """One look at the message is enough to mend file and environment."""
    text = """
        api: {page_size: 0, retries: 1}
        scrape: {timeout: 10}
        targets: [{project_id: 0, regions: []}, {regions: [7, x]}]
        series: {age_buckets: [1d, x, 0s]}
    """
    environment = {"GCORE_API_KEY": "a b", "GCORE_BASE_URL": "x"}
    places = [line.split(": ")[:2] for line in refusal(text, environment).splitlines()]
    assert places == [
        *(
            ["config.yaml", place]
            for place in (
                "api.page_size",
                "api.retries",
                "scrape.timeout",
                "targets[0].project_id",
                "targets[0].regions",
                "targets[1].regions[1]",
                "targets[1].project_id",
                "series.age_buckets[1]",
                "series.age_buckets[2]",
            )
        ),
        [
            "GCORE_API_KEY",
            (
                "the key has a blank or a character that is not printable ASCII; write it"
                " as Gcore shows it, such as `1234$abcdef`"
            ),
        ],
        ["GCORE_BASE_URL", "is no URL; write one such as `https://api.gcore.com`"],
    ]


def test_a_flood_of_mistakes_is_cut() -> None:
    """A thousand mistakes don't fill the log: twenty are told and the rest are counted."""
    lines = refusal(TARGETS + f"series: {{age_buckets: [{'x,' * 1000}]}}").splitlines()
    assert lines[19] == f"config.yaml: series.age_buckets[19]: {BUCKET}"
    assert lines[20:] == ["and 980 more"]
