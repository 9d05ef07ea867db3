"""Trace payloads: bytes of the real client, every version of the format, the agent's protobuf and back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces import agent_payload, client_stats, duration_sketch, tracer_payload
from heeler.wire.traces.spans import (
    AgentTraces,
    Chunk,
    Span,
    SpanEvent,
    SpanLink,
    TraceFormatError,
    TracerPayload,
    full_trace_id,
    high_half,
    root_of,
)

GOLDEN = Path(__file__).parent / "golden"
texts = st.text(max_size=20)
u64 = st.integers(0, 2**64 - 1)
i63 = st.integers(0, 2**62)
spans = st.builds(
    Span,
    service=texts,
    name=texts,
    resource=texts,
    type=texts,
    trace_id=u64,
    span_id=u64,
    parent_id=u64,
    start=i63,
    duration=i63,
    error=st.integers(0, 1),
    meta=st.dictionaries(texts, texts, max_size=4),
    metrics=st.dictionaries(texts, st.floats(allow_nan=False), max_size=4),
    meta_struct=st.dictionaries(texts, st.binary(max_size=8), max_size=2),
    links=st.lists(st.builds(SpanLink, u64, u64, u64, st.dictionaries(texts, texts, max_size=2), texts)),
    events=st.lists(
        st.builds(
            SpanEvent,
            u64,
            texts,
            st.dictionaries(
                texts,
                st.one_of(
                    texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.lists(texts, max_size=3)
                ),
                max_size=3,
            ),
        ),
        max_size=2,
    ),
)


@pytest.mark.parametrize("version", ["v0.4", "v0.5"])
def test_what_the_real_client_sends(version: str) -> None:
    payload = tracer_payload.decode(version, (GOLDEN / f"ddtrace-4.16-{version}.msgpack").read_bytes())
    (chunk,) = payload.chunks
    root, child = chunk.spans
    assert (root.service, root.name, root.resource, root.type) == (
        "shop",
        "flask.request",
        "GET /api/apm",
        "web",
    )
    assert root_of(chunk.spans) is root
    assert root.parent_id == 0
    assert root.metrics["rows"] == 3.0
    assert root.meta["http.status_code"] == "200"
    assert root.is_top_level
    assert child.parent_id == root.span_id
    assert child.error == 1
    assert child.meta["error.message"] == "no such exhibit"
    assert len(full_trace_id(high_half(chunk.spans), root.trace_id)) == 32
    assert high_half(chunk.spans) == root.meta["_dd.p.tid"]


def test_a_link_of_the_real_client_points_to_the_root() -> None:
    payload = tracer_payload.decode("v0.4", (GOLDEN / "ddtrace-4.16-v0.4.msgpack").read_bytes())
    root, child = payload.chunks[0].spans
    assert [link.span_id for link in child.links] == [root.span_id]
    assert f"{child.links[0].trace_id_high:016x}" == root.meta["_dd.p.tid"]


def test_statistics_of_the_real_client() -> None:
    stats = client_stats.decode_tracer((GOLDEN / "ddtrace-4.16-stats.msgpack").read_bytes())
    (bucket,) = stats.buckets
    (group,) = bucket.groups
    assert (stats.env, group.service, group.name, group.hits, group.errors) == (
        "prod",
        "shop",
        "flask.request",
        16,
        0,
    )
    bins = duration_sketch.decode(group.ok_summary)
    assert sum(bins.values()) == 16
    mean = sum(duration_sketch.value_of(key) * count for key, count in bins.items()) / 16
    assert mean == pytest.approx(group.duration / 16, rel=0.01)


@given(st.lists(st.lists(spans, max_size=3), max_size=3))
def test_the_agents_payload_comes_back_as_it_was(chunks: list[list[Span]]) -> None:
    payload = TracerPayload([Chunk(one, 1, "synthetics", {"a": "b"}) for one in chunks], language="python")
    sent = AgentTraces("web-1", "prod", "1.0", [payload])
    assert agent_payload.decode(agent_payload.encode(sent)) == sent


def as_map(span: Span) -> dict[str, Any]:
    plain = ("service", "name", "resource", "type", "trace_id", "span_id", "parent_id", "start", "duration")
    fields = {name: getattr(span, name) for name in plain}
    return {**fields, "error": span.error, "meta": span.meta, "metrics": span.metrics}


def as_tabled(all_spans: list[Span]) -> bytes:
    table: dict[str, int] = {"": 0}

    def at(text: str) -> int:
        return table.setdefault(text, len(table))

    rows = [
        [
            at(one.service),
            at(one.name),
            at(one.resource),
            one.trace_id,
            one.span_id,
            one.parent_id,
            one.start,
            one.duration,
            one.error,
            {at(key): at(value) for key, value in one.meta.items()},
            {at(key): value for key, value in one.metrics.items()},
            at(one.type),
        ]
        for one in all_spans
    ]
    return msgspec.msgpack.encode([list(table), [rows]])


@given(st.lists(spans, min_size=1, max_size=4))
def test_maps_and_tables_say_the_same(many: list[Span]) -> None:
    from_maps = tracer_payload.decode("v0.4", msgspec.msgpack.encode([[as_map(one) for one in many]]))
    assert from_maps == tracer_payload.decode("v0.5", as_tabled(many))


@given(st.binary(max_size=60), st.sampled_from(["v0.1", "v0.3", "v0.4", "v0.5", "v0.7", "v1.0"]))
def test_noise_is_refused_or_read(body: bytes, version: str) -> None:
    with suppress(TraceFormatError):
        assert isinstance(tracer_payload.decode(version, body), TracerPayload)


@pytest.mark.parametrize(
    ("version", "document"),
    [
        ("v0.5", [["", "a"], [[[0, 0, 9, 1, 1, 0, 0, 0, 0, {}, {}, 0]]]]),
        ("v0.5", [["", "a"], [[[0, 0, -1, 1, 1, 0, 0, 0, 0, {}, {}, 0]]]]),
        ("v0.5", [["", "a"], [[[0, 0]]]]),
        ("v0.4", [[{"start": "yesterday"}]]),
        ("v0.4", {"a": 1}),
        ("v1.0", {11: [{4: [{1: 5}]}]}),
        ("v9.9", []),
    ],
)
def test_what_cannot_be_meant_is_refused(version: str, document: object) -> None:
    with pytest.raises(TraceFormatError):
        tracer_payload.decode(version, msgspec.msgpack.encode(document))


def test_loose_types_are_read_as_what_they_mean() -> None:
    raw = {
        "trace_id": -1,
        "span_id": 5.0,
        "meta": {"a": None, "b": b"c"},
        "metrics": {"n": 3},
        "service": None,
    }
    span = tracer_payload.decode("v0.4", msgspec.msgpack.encode([[raw]])).chunks[0].spans[0]
    assert (span.trace_id, span.span_id, span.service) == (2**64 - 1, 5, "")
    assert span.meta == {"a": "", "b": "c"}
    assert span.metrics == {"n": 3.0}


def test_version_one_resolves_its_strings_in_order() -> None:
    span_a = {
        1: "shop",
        2: "web.request",
        3: "GET /",
        4: 7,
        5: 0,
        6: 10,
        7: 5,
        8: True,
        9: ["k", 1, "v", "n", 4, 3, "flag", 2, True, "list", 6, [1, "v2", 4, 1]],
        13: "prod",
        16: 2,
    }
    span_b = {1: 3, 2: 4, 3: 4, 4: 8, 5: 7}
    document = {
        3: "go",
        7: "prod",
        11: [{1: 1, 4: [span_a, span_b], 6: (1).to_bytes(8) + (2).to_bytes(8), 7: 4}],
    }
    payload = tracer_payload.decode("v1.0", msgspec.msgpack.encode(document))
    a, b = payload.chunks[0].spans
    assert (payload.language, payload.env, payload.chunks[0].priority) == ("go", "prod", 1)
    assert (a.service, a.name, a.resource, a.error, a.meta["span.kind"]) == (
        "shop",
        "web.request",
        "GET /",
        1,
        "server",
    )
    assert (a.meta["k"], a.metrics["n"], a.meta["flag"]) == ("v", 3.0, "true")
    assert (a.meta["_dd.p.tid"], a.trace_id, a.meta["_dd.p.dm"]) == ("0000000000000001", 2, "-4")
    assert (b.service, b.name, b.parent_id) == ("shop", "web.request", 7)


@given(st.floats(1, 1e12))
def test_a_duration_is_within_a_percent_of_its_bin(value: float) -> None:
    key = duration_sketch.key_of(value)
    assert duration_sketch.value_of(key) == pytest.approx(value, rel=0.0079)
    seconds = next(iter(duration_sketch.in_seconds({key: 1.0})))
    assert duration_sketch.value_of(seconds) == pytest.approx(value / 1e9, rel=0.0089)


@given(st.dictionaries(st.integers(0, 32_000), st.integers(1, 10**6).map(float), max_size=30))
def test_bins_survive_protobuf(bins: dict[int, float]) -> None:
    assert duration_sketch.decode(duration_sketch.encode(bins)) == bins


def test_stats_of_an_agent_come_back() -> None:
    group = client_stats.StatsGroup(
        service="a", name="b", hits=3, peer_tags=["db.name:x"], ok_summary=b"\x01"
    )
    stats = client_stats.StatsOfAgent(
        "h",
        "prod",
        "1",
        [client_stats.StatsOfTracer([client_stats.StatsBucket(10, 20, [group])], env="prod")],
    )
    assert client_stats.decode_agent(client_stats.encode_agent(stats)) == stats
