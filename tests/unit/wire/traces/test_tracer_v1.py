"""Traces v1.0: strings by number, typed attributes, and what they become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces.spans import NO_PRIORITY, TraceFormatError
from heeler.wire.traces.tracer_v1 import payload_of

TRACE = bytes.fromhex("0af7651916cd43dd8448eb211c80319c")
SPAN: dict[int, Any] = {
    1: "shop",
    2: "web.request",
    3: "GET /",
    4: 11,
    5: 7,
    6: 1000,
    7: 50,
    8: True,
    10: "web",
}


def payload(*spans: dict[int, Any], **chunk: Any) -> Any:
    fields = {int(name[1:]): value for name, value in chunk.items()}
    return payload_of({11: [{6: TRACE, 4: list(spans), **fields}]})


def one(span: dict[int, Any]) -> Any:
    return payload(span).chunks[0].spans[0]


def test_a_span() -> None:
    (chunk,) = payload(SPAN, _1=2, _2="lambda", _7=4).chunks
    (span,) = chunk.spans
    assert (span.service, span.name, span.resource, span.type) == ("shop", "web.request", "GET /", "web")
    assert (span.span_id, span.parent_id, span.start, span.duration, span.error) == (11, 7, 1000, 50, 1)
    assert span.trace_id == 0x8448EB211C80319C
    assert span.meta == {"_dd.p.tid": "0af7651916cd43dd", "_dd.p.dm": "-4"}
    assert (chunk.priority, chunk.origin) == (2, "lambda")


def test_only_the_first_span_has_the_chunks_tags() -> None:
    (chunk,) = payload(SPAN, SPAN | {4: 12}, _7=3).chunks
    assert chunk.spans[1].meta == {}
    assert chunk.spans[1].trace_id == chunk.spans[0].trace_id


def test_without_anything() -> None:
    found = payload_of({})
    assert (found.chunks, found.env) == ([], "")
    (chunk,) = payload_of({11: [{}]}).chunks
    assert (chunk.spans, chunk.priority, chunk.dropped) == ([], NO_PRIORITY, False)


def test_strings_are_written_once() -> None:
    # Numbers count from 1 through the whole payload, in the order of its bytes.
    found = payload_of(
        {
            2: "c1",
            3: "python",
            7: 2,
            8: 0,
            10: ["k", 1, "v", "n", 4, 5],
            11: [{2: 3, 4: [{1: 4, 2: "op", 3: 6, 15: 2}]}],
        }
    )
    assert (found.container_id, found.language, found.env, found.hostname) == ("c1", "python", "python", "")
    assert found.tags == {"k": "v", "n": "5"}
    (chunk,) = found.chunks
    assert chunk.origin == "k"
    (span,) = chunk.spans
    assert (span.service, span.name, span.resource, span.meta["component"]) == ("v", "op", "op", "python")


@pytest.mark.parametrize("number", [1, 99, -1, 2**63, True, 1.5, []])
def test_a_string_has_to_be_written_before_it_is_used(number: object) -> None:
    with pytest.raises(TraceFormatError):
        payload_of({2: number})


def test_attributes_by_their_type() -> None:
    attributes = [
        "s",
        1,
        "text",
        "b",
        2,
        True,
        "d",
        3,
        1.5,
        "i",
        4,
        7,
        "y",
        5,
        b"raw",
        "l",
        6,
        [1, "x", 4, 2],
        "m",
        7,
        ["in", 2, False],
    ]
    span = one(SPAN | {9: attributes, 13: "prod", 14: "1.2", 16: 2})
    assert span.meta["s"] == "text"
    assert span.meta["b"] == "true"
    assert span.metrics == {"d": 1.5, "i": 7.0}
    assert span.meta_struct == {"y": b"raw"}
    assert {"l", "m"} <= set(span.meta)
    assert (span.meta["env"], span.meta["version"], span.meta["span.kind"]) == ("prod", "1.2", "server")


def test_links_and_events() -> None:
    link = {1: TRACE, 2: 5, 3: ["a", 1, "b"], 4: "dd=s:1", 5: 2**40 + 1}
    event = {1: 1_790_000_000, 2: "exception", 3: ["n", 4, 3, "l", 6, [2, True]]}
    span = one(SPAN | {11: [link], 12: [event]})
    (found,) = span.links
    assert (found.trace_id_high, found.trace_id) == (0x0AF7651916CD43DD, 0x8448EB211C80319C)
    assert (found.span_id, found.attributes, found.tracestate, found.flags) == (5, {"a": "b"}, "dd=s:1", 1)
    (happened,) = span.events
    assert (happened.time_unix_nano, happened.name, happened.attributes) == (
        1_790_000_000,
        "exception",
        {"n": 3, "l": [True]},
    )


@pytest.mark.parametrize("size", [0, 8, 16])
def test_shorter_trace_ids_are_the_lower_part(size: int) -> None:
    (chunk,) = payload_of({11: [{6: TRACE[16 - size :], 4: [SPAN]}]}).chunks
    assert chunk.spans[0].trace_id == int.from_bytes(TRACE[16 - min(size, 8) :])
    assert ("_dd.p.tid" in chunk.spans[0].meta) == (size == 16)


@pytest.mark.parametrize(
    "raw",
    [
        [],
        "text",
        {11: {}},
        {11: ["x"]},
        {11: [{4: [5]}]},
        {11: [{6: "id"}]},
        {11: [{6: b"x" * 17}]},
        {11: [{1: "high"}]},
        {11: [{4: [{4: "x"}]}]},
        {11: [{4: [{9: ["k", 1]}]}]},
        {11: [{4: [{9: ["k", 8, 1]}]}]},
        {11: [{4: [{9: ["k", 6, [1]]}]}]},
        {11: [{4: [{9: ["k", 3, "x"]}]}]},
    ],
)
def test_what_cannot_be_read_is_said(raw: Any) -> None:
    with pytest.raises(TraceFormatError):
        payload_of(raw)


ANY = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 2**64),
        st.floats(),
        st.text(max_size=3),
        st.binary(max_size=17),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.integers(1, 16), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.integers(1, 12), ANY))
def test_any_document_is_read_or_refused(document: dict[int, Any]) -> None:
    try:
        found = payload_of(document)
    except TraceFormatError as error:
        assert str(error)  # noqa: PT017
    else:
        assert all(isinstance(text, str) for text in (found.env, found.hostname, *found.tags.values()))
