"""The exporter itself: how reading goes, and whether it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.panels import ANY_IS_RED, GREEN, RED, Facts, against_limit, lines, stacked
from grafana.promql import (
    REGION,
    TARGET,
    of_exporter,
    of_region,
    of_target,
    once,
    read_time_used,
    with_region,
)
from grafana.rows.numbers import EXPORTERS, WALK_TIME
from grafana.tables import Column, Table, age_column, make, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

TITLE: Final = "The exporter itself"

_NOTHING: Final = "No exporter answers"
_EXPORTER: Final = ("job", "instance")


def panels() -> Iterator[Builder[Panel]]:
    """Give the panels, from left to right."""
    yield _exporters()
    yield _walk_time()
    yield _pages()
    yield _failed_reads()
    yield _requests()
    yield _latency()
    yield _retries()
    yield _left_out()
    yield _incomplete()


def _graph(number: int, title: str, unit: str, description: str) -> Facts:
    return Facts(number, title, description, unit, _NOTHING, width=8, height=8)


def _rate(function: str, metric: str, *labels: str) -> str:
    """Apply `rate` or `increase`, which know restarts, before anything is joined."""
    counted = f"{function}({of_exporter(metric)}[$__rate_interval])"
    return once(counted, *_EXPORTER, *labels)


def _exporters() -> Builder[Panel]:
    build = once(of_exporter("gcore_exporter_build_info"), *_EXPORTER, "version", "python_version")
    known = f"last_over_time({of_exporter('gcore_exporter_build_info')}[$__range])"
    answers = f"{once(of_exporter('up'), *_EXPORTER)} and on (job, instance) {known}"
    loaded = once(of_exporter("gcore_exporter_config_last_reload_successful"), *_EXPORTER)
    loaded_at = once(
        of_exporter("gcore_exporter_config_last_reload_success_timestamp_seconds"), *_EXPORTER
    )
    answer_texts = named({"1": "yes", "0": "no"}, {"1": GREEN, "0": RED})
    load_texts = named({"1": "in force", "0": "refused"}, {"1": GREEN, "0": RED})
    columns = (
        Column("Exporter", "instance"),
        Column("Job", "job"),
        Column("Answers", "A", colours=ANY_IS_RED, mappings=(answer_texts,), width=90),
        Column("Latest configuration", "B", colours=ANY_IS_RED, mappings=(load_texts,), width=170),
        age_column("Loaded", "C"),
        Column("Version", "version", width=110),
        Column("Python", "python_version", width=110),
    )
    facts = Facts(
        EXPORTERS,
        "Exporters",
        "Each exporter: whether it answers Prometheus, and whether its configuration file was "
        "taken when it was last told to load it. If it was refused, the one before stays in "
        "force: the exporter's log names what is wrong in the file.",
        "short",
        "Prometheus scraped no exporter in this time range",
        width=24,
        height=5,
    )
    queries = {"A": answers, "B": loaded, "C": f"time() - {loaded_at}", "D": build}
    hidden = ("Time", "Value #D")
    return make(facts, Table(queries, columns, "Loaded", hidden))


def _walk_time() -> Builder[Panel]:
    facts = _graph(
        WALK_TIME,
        "Time of a read, of its limit",
        "percentunit",
        "How much of the time that it was given each region's read took. Above 80 % raise "
        "scrape_timeout in Prometheus; if requests got slower, see the latency of the API.",
    )
    by_region = with_region(once(read_time_used(), *REGION))
    return against_limit(facts, {"{{region}} ({{project_id}})": by_region})


def _pages() -> Builder[Panel]:
    pages = once(of_target("gcore_scrape_pages"), *TARGET)
    by_region = f"sum by ({', '.join(REGION)}) ({pages})"
    facts = _graph(
        63,
        "Pages of a scrape",
        "short",
        "Pages of the list of snapshots that one scrape reads: the requests that it costs. More "
        "than the number of snapshots explains are repeats, because the list changed meanwhile.",
    )
    return stacked(facts, {"{{region}} ({{project_id}})": with_region(by_region)})


def _failed_reads() -> Builder[Panel]:
    reads = _rate_of_target("increase", "gcore_scrape_errors_total", "reason")
    facts = _graph(
        64,
        "Failed reads by reason",
        "short",
        "Reads of a region that failed, by reason, over all exporters. What to do about each "
        "reason is in the README's troubleshooting.",
    )
    return stacked(facts, {"{{reason}}": f"sum by (reason) ({reads})"})


def _rate_of_target(function: str, metric: str, *labels: str) -> str:
    counted = f"{function}({of_target(metric)}[$__rate_interval])"
    return once(counted, *_EXPORTER, *TARGET, *labels)


def _requests() -> Builder[Panel]:
    requests = _rate("rate", "gcore_api_requests_total", "endpoint", "code")
    facts = _graph(
        65,
        "API requests by answer",
        "reqps",
        "Requests to Gcore's API by the status of the answer; error is no answer at all. 401 and "
        "403 are about the key, 429 is too many requests, 5xx is a fault at Gcore.",
    )
    return stacked(facts, {"{{code}}": f"sum by (code) ({requests})"})


def _latency() -> Builder[Panel]:
    seconds = _rate("rate", "gcore_api_request_duration_seconds_bucket", "endpoint", "le")
    facts = _graph(
        66,
        "API latency",
        "s",
        "How long requests to Gcore's API take, up to the end of the answer. If it rises for all "
        "exporters it is Gcore; for one, its network or proxy.",
    )
    return lines(
        facts,
        {
            f"{percent} % within": f"histogram_quantile({percent / 100}, sum by (le) ({seconds}))"
            for percent in (50, 95, 99)
        },
    )


def _retries() -> Builder[Panel]:
    retries = _rate("rate", "gcore_api_retries_total", "endpoint")
    facts = _graph(
        67,
        "Requests sent again",
        "reqps",
        "Requests that failed and were sent again. A few are normal; many use up the time of a "
        "scrape: see the answers by status for the cause.",
    )
    return stacked(facts, {"{{endpoint}}": f"sum by (endpoint) ({retries})"})


def _left_out() -> Builder[Panel]:
    left_out = once(of_region("gcore_scrape_omitted_objects"), *REGION, "kind")
    facts = _graph(
        68,
        "Left out by a limit",
        "short",
        "Volumes, snapshots and tags without series of their own, because a region has more than "
        "the limits under series in the configuration. The worst are always shown; totals hold "
        "everything. Raise the limit if you need them all.",
    )
    return lines(facts, {"{{kind}}": f"sum by (kind) ({left_out})"})


def _incomplete() -> Builder[Panel]:
    incomplete = with_region(once(of_region("gcore_snapshots_incomplete"), *REGION))
    facts = _graph(
        69,
        "Unreadable dates or sizes",
        "short",
        "Snapshots whose creation time or size the API gave in a form that makes no sense. They "
        "are counted, and left out of ages or sizes. Ask Gcore's support if there are many.",
    )
    return lines(facts, {"{{region}} ({{project_id}})": incomplete})
