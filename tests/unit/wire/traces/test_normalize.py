from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces import normalize
from heeler.wire.traces.spans import Chunk, Span

NOW = 1_790_000_000 * 10**9


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("GET-/users", "GET_users"),
        ("..9a.b", "a.b"),
        ("a__b_.c_", "a_b.c"),
        ("flask.request", "flask.request"),
        ("", "unnamed_operation"),
        ("---", "unnamed_operation"),
    ],
)
def test_operation_names(given_name: str, expected: str) -> None:
    assert normalize.operation_name(given_name) == expected


@pytest.mark.parametrize(
    ("text", "as_tag", "as_value"),
    [
        ("My Tag!!", "my_tag", "my_tag"),
        ("3com", "com", "3com"),
        ("a@@b", "a_b", "a_b"),
        ("#x", "x", "_x"),
        ("Ångström:É", "ångström:é", "ångström:é"),
    ],
)
def test_tags(text: str, as_tag: str, as_value: str) -> None:
    assert normalize.tag(text) == as_tag
    assert normalize.tag_value(text) == as_value


@given(st.text(max_size=300))
def test_normal_forms_are_final(text: str) -> None:
    for form in (normalize.operation_name, normalize.service_name):
        once = form(text)
        assert once
        assert form(once) == once


def test_a_span_that_makes_no_sense_is_put_right() -> None:
    span = Span(trace_id=1, span_id=1, parent_id=1, start=5, duration=-3, name="web-request", service="")
    span.meta["http.status_code"] = "teapot"
    normalize.normalize_chunk(Chunk([span]), "python", NOW)
    assert (span.service, span.name, span.resource) == (
        "unnamed-python-service",
        "web_request",
        "web-request",
    )
    assert (span.parent_id, span.duration, span.start) == (0, 0, NOW)
    assert "http.status_code" not in span.meta


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ([Span(trace_id=0, span_id=1)], "id_zero"),
        ([Span(trace_id=1, span_id=0)], "id_zero"),
        ([Span(trace_id=1, span_id=1), Span(trace_id=2, span_id=2)], "foreign_span"),
    ],
)
def test_chunks_that_are_no_trace(spans: list[Span], reason: str) -> None:
    with pytest.raises(normalize.BadChunk) as caught:
        normalize.normalize_chunk(Chunk(spans), "", NOW)
    assert caught.value.reason == reason


def test_entry_spans_of_a_service_are_top_level() -> None:
    root = Span(service="web", trace_id=1, span_id=1)
    inner = Span(service="web", trace_id=1, span_id=2, parent_id=1)
    query = Span(service="db", trace_id=1, span_id=3, parent_id=2)
    normalize.mark_top_level([root, inner, query])
    assert [one.is_top_level for one in (root, inner, query)] == [True, False, True]


def test_long_values_are_cut_between_characters() -> None:
    span = Span(meta={"k": "ä" * 20_000, "_dd.appsec.json": "x" * 30_000})
    normalize.truncate(span)
    assert span.meta["k"] == "ä" * 12_500 + "..."
    assert len(span.meta["_dd.appsec.json"]) == 30_000
