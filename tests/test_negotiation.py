"""Which format and coding a client gets for what it says it accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge

from exporter.negotiation import (
    OPENMETRICS_1_0_0,
    TEXT_0_0_4,
    TEXT_1_0_0,
    Format,
    accepts_gzip,
    choose_format,
)

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_FIRST = (
    "text/plain;version=1.0.0;escaping=underscores;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4"
)
PROMETHEUS_3_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    f"q=0.7,{PROMETHEUS_3}"
)
OPENMETRICS_UTF8 = Format("application/openmetrics-text", "1.0.0", "allow-utf-8")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (PROMETHEUS_2_42, OPENMETRICS_1_0_0),
        (PROMETHEUS_3, OPENMETRICS_UTF8),
        (PROMETHEUS_3_TEXT_FIRST, Format("text/plain", "1.0.0", "underscores")),
        (PROMETHEUS_3_PROTOBUF, OPENMETRICS_UTF8),
    ],
)
def test_prometheus_gets_what_it_prefers(accept: str, expected: Format) -> None:
    """The headers that Prometheus 2.42 and 3 send get their first format that is served."""
    assert choose_format(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", TEXT_0_0_4),
        ("*/*", TEXT_0_0_4),
        ("*", TEXT_0_0_4),
        ("text/*", TEXT_0_0_4),
        ("text/plain", TEXT_0_0_4),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT_0_0_4),
        ("application/*", OPENMETRICS_1_0_0),
        ("application/openmetrics-text", OPENMETRICS_1_0_0),
        ("Application/OpenMetrics-Text; Version=1.0.0; Q=0.5", OPENMETRICS_1_0_0),
        ('application/openmetrics-text; version="1.0.0"', OPENMETRICS_1_0_0),
        (r'application/openmetrics-text; version="1\.0.0"', OPENMETRICS_1_0_0),
        ('x/y; note="a,text/plain;version=1.0.0", application/openmetrics-text', OPENMETRICS_1_0_0),
        ("text/plain;version=1.0.0", TEXT_1_0_0),
        ("text/plain;version=1.0.0;charset=utf-8", TEXT_1_0_0),
    ],
)
def test_ranges_match_as_rfc_9110_says(accept: str, expected: Format) -> None:
    """Wildcards, case, quoted parameters and ranges without a version find their format."""
    assert choose_format(accept) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/plain;q=0.4,application/openmetrics-text;q=0.6", OPENMETRICS_1_0_0),
        ("text/plain;q=0.6,application/openmetrics-text;q=0.4", TEXT_0_0_4),
        ("text/plain;q=.2,application/openmetrics-text;q=.3", OPENMETRICS_1_0_0),
        ("text/plain;version=1.0.0,text/plain;version=0.0.4", TEXT_1_0_0),
        ("text/plain;version=0.0.4,text/plain;version=1.0.0", TEXT_0_0_4),
        ("application/openmetrics-text,text/plain", OPENMETRICS_1_0_0),
        ("text/plain,application/openmetrics-text", TEXT_0_0_4),
        ("*/*;q=0.9,text/plain;q=0.1", OPENMETRICS_1_0_0),
        ("text/*;q=0.1,*/*;q=0.2", OPENMETRICS_1_0_0),
        ("text/plain;version=0.0.4;q=0,*/*", TEXT_1_0_0),
        ("text/plain;q=0,*/*;q=0.1", OPENMETRICS_1_0_0),
        ("application/openmetrics-text;q=0,application/*;q=1,text/*;q=0.1", TEXT_0_0_4),
        ("text/plain;q=0.1,text/plain;q=0.9,application/openmetrics-text;q=0.5", TEXT_0_0_4),
    ],
)
def test_quality_values_decide(accept: str, expected: Format) -> None:
    """The best quality wins, a format's own range beats a wildcard, and q=0 refuses."""
    assert choose_format(accept) == expected


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=abc",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=1.0.0.0",
        "text/plain;version=0.0.3",
        "application/json",
        "text/plain;q=0,application/openmetrics-text;q=0",
        "*/*;q=0",
        "application/openmetrics-text;q=abc",
        "application/openmetrics-text;q=nan",
        "application/openmetrics-text;q=1.5",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=0.\u0665",
        ';,;="",q=1,"unfinished;version=1.0.0',
        ",,,",
        "\x00\xff",
    ],
)
def test_what_cannot_be_served_gets_text(accept: str) -> None:
    """Unknown versions, refusals of everything and garbage get text 0.0.4, never an error."""
    assert choose_format(accept) == TEXT_0_0_4


@pytest.mark.parametrize("scheme", ["allow-utf-8", "underscores", "dots", "values"])
def test_known_escaping_schemes_are_passed_on(scheme: str) -> None:
    """The scheme that the client names is the one that the answer says."""
    chosen = choose_format(f"text/plain;version=1.0.0;escaping={scheme}")

    assert chosen.encoder()[1] == f"text/plain; version=1.0.0; charset=utf-8; escaping={scheme}"


def test_an_unknown_escaping_scheme_is_dropped() -> None:
    """What the client writes there never reaches the answer's header."""
    chosen = choose_format("application/openmetrics-text;version=1.0.0;escaping=evil")

    assert chosen == OPENMETRICS_1_0_0


@pytest.mark.parametrize(
    ("chosen", "content_type", "end"),
    [
        (TEXT_0_0_4, "text/plain; version=0.0.4; charset=utf-8", "gcore_up 1.0\n"),
        (
            TEXT_1_0_0,
            "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
            "gcore_up 1.0\n",
        ),
        (
            OPENMETRICS_1_0_0,
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            "gcore_up 1.0\n# EOF\n",
        ),
    ],
)
def test_each_format_is_written_by_its_encoder(chosen: Format, content_type: str, end: str) -> None:
    """The encoder and the content type belong to the format that was chosen."""
    registry = CollectorRegistry()
    Gauge("gcore_up", "Help.", registry=registry).set(1)

    encode, said = chosen.encoder()

    assert said == content_type
    assert encode(registry).decode().endswith(end)


@given(
    st.text()
    | st.lists(
        st.sampled_from([*'*/,;=." q01', "text/plain", "application/openmetrics-text", "version"])
    ).map("".join)
)
def test_any_accept_header_gets_a_format(accept: str) -> None:
    """No text raises, neither in the choice nor in prometheus_client's encoder."""
    chosen = choose_format(accept)

    assert (chosen.media_type, chosen.version) in {
        ("text/plain", "0.0.4"),
        ("text/plain", "1.0.0"),
        ("application/openmetrics-text", "1.0.0"),
    }
    assert chosen.version in chosen.encoder()[1]


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("gzip, deflate, br", True),
        ("*", True),
        ("*;q=0.1", True),
        ("gzip;q=1.0, identity;q=0.5, *;q=0", True),
        ("identity;q=0, gzip", True),
        ("gzip, identity", True),
        ("gzip;q=0, gzip;q=0.2", True),
        ("", False),
        ("identity", False),
        ("deflate", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.5, identity;q=0.9", False),
        ("*;q=0.5, identity", False),
        ("gzip;q=junk", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_used_where_it_is_accepted(accept_encoding: str, expected: bool) -> None:  # noqa: FBT001 - the table's second column
    """Quality values, the wildcard and a preferred identity decide about gzip."""
    assert accepts_gzip(accept_encoding) is expected


@given(st.text() | st.lists(st.sampled_from([*'*,;=." q01', "gzip", "identity"])).map("".join))
def test_any_accept_encoding_header_gets_an_answer(accept_encoding: str) -> None:
    """No text raises, and gzip is used only where the header has it or a wildcard."""
    if accepts_gzip(accept_encoding):
        assert "gzip" in accept_encoding.lower() or "*" in accept_encoding
