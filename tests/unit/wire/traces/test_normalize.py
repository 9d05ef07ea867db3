from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces import agent_payload, normalize
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

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


@pytest.mark.parametrize("start", [2**63, 2**64 - 1, 2**70])
def test_a_start_that_no_payload_can_have_is_replaced(start: int) -> None:
    span = Span(trace_id=1, span_id=1, start=start, duration=5, name="web.request", service="shop")
    normalize.normalize_chunk(Chunk([span]), "python", NOW)
    assert span.start == NOW
    agent_payload.encode(AgentTraces("h", "", "", [TracerPayload([Chunk([span])])], {}))


def test_keys_of_one_span_that_has_many_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalize, "_short_keys", known := set[str]())
    normalize.truncate(Span(meta={"few": ""}))
    normalize.truncate(Span(meta=dict.fromkeys(map(str, range(10_000)), "")))
    assert known == {"few"}


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


@pytest.mark.parametrize(
    ("status", "is_kept"),
    [("200", True), ("599", True), ("0404", True), ("600", False), ("99", False), ("", False), ("٢٠٠", False),
     ("-200", False), ("2e2", False), ("9" * 5000, False)],
)  # fmt: skip
def test_only_statuses_of_http_are_kept(status: str, is_kept: bool) -> None:
    one = Span(trace_id=1, span_id=2, meta={"http.status_code": status})
    normalize.normalize_chunk(Chunk([one]), "python", 10**18)
    assert ("http.status_code" in one.meta) == is_kept


def test_long_keys_are_cut_whatever_was_seen_before() -> None:
    long, short = "k" * 201, "s" * 200
    for _ in range(3):
        one = Span(meta={long: "a", short: "b"}, metrics={long: 1.0, short: 2.0})
        normalize.truncate(one)
        assert set(one.meta) == set(one.metrics) == {"k" * 200 + "...", short}


def test_many_short_values_are_not_cut() -> None:
    one = Span(meta={str(at): "v" * 2000 for at in range(30)})
    given_values = dict(one.meta)
    normalize.truncate(one)
    assert one.meta == given_values
