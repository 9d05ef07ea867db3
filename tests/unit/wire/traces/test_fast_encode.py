"""The compiled encoder of spans gives what the plain one gives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.wire.traces import agent_payload, fast_encode
from heeler.wire.traces.agent_payload import encode_plainly
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, SpanEvent, SpanLink, TracerPayload

# Sizes around those at which MessagePack and protobuf change the form of a length.
SIZES = st.sampled_from([0, 1, 31, 32, 127, 128, 255, 256, 16383, 16384, 65535, 65536])
SHORT = st.one_of(st.text(max_size=12), st.just("ü€𝄞" * 40))
TEXTS = st.one_of(SHORT, SHORT, SIZES.map(lambda size: "x" * size))
IDS = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 1, 127, 128, 255, 256, 2**16, 2**32 - 1, 2**32, 2**63, 2**64 - 1]),
)
WHOLES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([-1, -32, -33, -128, -129, -(2**15), -(2**31) - 1, -(2**63), 2**63 - 1]),
)
NUMBERS = st.one_of(st.floats(), IDS, WHOLES)
SPANS = st.builds(
    Span,
    service=TEXTS,
    name=TEXTS,
    resource=TEXTS,
    type=TEXTS,
    trace_id=IDS,
    span_id=IDS,
    parent_id=IDS,
    start=WHOLES,
    duration=WHOLES,
    error=st.integers(-(2**31), 2**31 - 1),
    meta=st.dictionaries(SHORT, TEXTS, max_size=18),
    metrics=st.dictionaries(SHORT, NUMBERS, max_size=18),
    meta_struct=st.dictionaries(st.text(max_size=3), st.binary(max_size=5), max_size=1),
    links=st.lists(st.builds(SpanLink, trace_id=IDS, attributes=st.just({"a": "b"})), max_size=1),
    events=st.lists(st.builds(SpanEvent, name=TEXTS), max_size=1),
)


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    fast_encode.prepare()
    assert fast_encode.ready()


def delivery(spans: list[Span]) -> AgentTraces:
    half = len(spans) // 2
    chunks = [
        Chunk(spans[:half], 1, "synthetics", {"_dd.p.dm": "-9"}),
        Chunk([], -1),
        Chunk(spans[half:], 2, dropped=True),
    ]
    payloads = [
        TracerPayload(chunks[:2], "c", "python", tags={"a": "b"}),
        TracerPayload(),
        TracerPayload(chunks[2:]),
    ]
    return AgentTraces("web-1", "prod", "1.0", payloads, {"agent": "heeler"})


def same(one: Any, other: Any) -> bool:
    """Equal, not-a-number included."""
    return repr(one) == repr(other)


def sorted_maps(traces: AgentTraces) -> AgentTraces:
    for payload in traces.payloads:
        for chunk in payload.chunks:
            for span in chunk.spans:
                span.meta, span.metrics = dict(sorted(span.meta.items())), dict(sorted(span.metrics.items()))
    return traces


def check(spans: list[Span]) -> None:
    traces = delivery(spans)
    assert fast_encode.put_spans(spans) is not None
    fast = agent_payload.decode(agent_payload.encode(traces))
    plain = agent_payload.decode(encode_plainly(traces))
    assert same(sorted_maps(fast), sorted_maps(plain))


@settings(max_examples=60)
@given(st.lists(SPANS, min_size=1, max_size=3))
def test_what_is_encoded_is_what_the_plain_encoder_encodes(spans: list[Span]) -> None:
    check([*spans, *([Span()] * fast_encode.SMALLEST)])


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.0, 5e-324, 2**53 + 1, -(2**63), 2**64 - 1, 0, -1])
def test_numbers(value: float) -> None:
    check([Span(metrics={"a": value})] * fast_encode.SMALLEST)


def test_room_grows_for_maps_of_almost_nothing() -> None:
    check([Span(metrics={chr(one): 0 for one in range(20_000)})] * fast_encode.SMALLEST)


def test_a_span_that_has_more_is_encoded_plainly_beside_the_others() -> None:
    spans = [Span(span_id=one + 1) for one in range(fast_encode.SMALLEST)]
    spans[3].links = [SpanLink(trace_id=5)]
    spans[7].events = [SpanEvent(name="e")]
    spans[9].meta_struct = {"a": b"b"}
    found = fast_encode.put_spans(spans)
    assert found is not None
    assert [at for at, one in enumerate(found) if one is None] == [3, 7, 9]
    check(spans)


@pytest.mark.parametrize(
    "change",
    [{"error": 2**31}, {"trace_id": -1}, {"trace_id": 2**64}, {"start": 2**63}, {"duration": -(2**63) - 1},
     {"service": "\ud800"}, {"meta": {"a": 5}}, {"metrics": {"a": "b"}}, {"metrics": {"a": 2**64}}],
)  # fmt: skip
def test_what_the_plain_encoder_refuses_is_refused_alike(change: dict[str, Any]) -> None:
    spans = [Span() for _ in range(fast_encode.SMALLEST)]
    for name, value in change.items():
        setattr(spans[5], name, value)
    assert fast_encode.put_spans(spans) is None
    try:
        plain = encode_plainly(delivery(spans))
    except (ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            agent_payload.encode(delivery(spans))
    else:
        assert agent_payload.decode(agent_payload.encode(delivery(spans))) == agent_payload.decode(plain)


def test_few_spans_are_left_to_the_plain_encoder() -> None:
    assert fast_encode.put_spans([Span()] * (fast_encode.SMALLEST - 1)) is None
