"""Logs in every form that clients send."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.logs.datadog import LogEntry, decode, status_of, trace_of
from heeler.wire.metrics.series import PayloadError

NOW = 1_790_000_000_000
HEX = "6b049d8400000000ba81457cec6fd5a6"


def one(body: object, content_type: str = "application/json", **query: str) -> LogEntry:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (entry,) = decode(raw, content_type, query, NOW)
    return entry


def test_what_an_agent_sends() -> None:
    entry = one(
        [
            {
                "message": "hello",
                "status": "error",
                "timestamp": NOW - 5,
                "hostname": "web-1",
                "service": "shop",
                "ddsource": "python",
                "ddtags": "env:prod,Team:A",
            }
        ]
    )
    assert (entry.message, entry.status, entry.time) == ("hello", "error", NOW - 5)
    assert (entry.host, entry.service, entry.source) == ("web-1", "shop", "python")
    assert entry.tags == ("env:prod", "team:a")
    assert entry.attributes == {}


@pytest.mark.parametrize(
    ("body", "content_type", "messages"),
    [
        (b'{"message":"a"}', "application/json", ["a"]),
        (b'[{"message":"a"},{"message":"b"}]', "application/json", ["a", "b"]),
        (b'{"message":"a"}\n{"message":"b"}\n', "application/json;simple", ["a", "b"]),
        (b"line one\nline two\n", "text/plain", ["line one", "line two"]),
        (b"[not json] a line", "text/plain", ["[not json] a line"]),
        (b"{}", "application/json", []),
        (b"", "application/json", []),
        (b'["x"]', "", ["x"]),
    ],
)
def test_forms(body: bytes, content_type: str, messages: list[str]) -> None:
    assert [entry.message for entry in decode(body, content_type, {}, NOW)] == messages


def test_broken_json_is_refused() -> None:
    with pytest.raises(PayloadError):
        decode(b'{"message": ', "application/json", {}, NOW)


def test_the_querys_defaults_fill_what_is_missing() -> None:
    entry = one(b"plain", "text/plain", ddsource="nginx", service="web", hostname="h", ddtags="a:b")
    assert (entry.source, entry.service, entry.host, entry.tags, entry.time) == (
        "nginx",
        "web",
        "h",
        ("a:b",),
        NOW,
    )


def test_a_json_message_becomes_attributes() -> None:
    inner = {"msg": "paid", "level": "WARNING", "user": {"id": 7}, "dd.trace_id": HEX, "dd.span_id": "12"}
    entry = one({"message": json.dumps(inner), "service": "shop", "status": "info", "team": "a"})
    assert entry.message == "paid"
    assert entry.attributes["user"] == {"id": 7}
    assert entry.attributes["team"] == "a"
    assert f"{entry.trace_high:016x}{entry.trace_id:016x}" == HEX
    assert entry.span_id == 12


@pytest.mark.parametrize(
    ("message", "fields", "low"),
    [
        (f"x [dd.trace_id={HEX} dd.span_id=5] y", {}, int(HEX[16:], 16)),
        ("x", {"dd": {"trace_id": HEX, "span_id": "5"}}, int(HEX[16:], 16)),
        ("x", {"dd.trace_id": "1234567890", "dd.span_id": 5}, 1234567890),
        ("x", {"otel.trace_id": HEX, "span_id": "0000000000000005"}, int(HEX[16:], 16)),
    ],
)
def test_traces_are_found(message: str, fields: dict[str, Any], low: int) -> None:
    _, trace, span = trace_of(message, fields)
    assert (trace, span) == (low, 5)


def test_no_trace_is_no_trace() -> None:
    assert trace_of("[dd.trace_id=0 dd.span_id=0]", {}) == (0, 0, 0)


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        ("WARNING", "", "warn"),
        ("Err", "", "error"),
        (3, "", "error"),
        ("6", "", "info"),
        ("info", "2026-01-01 ERROR [app] failed", "error"),
        (None, "all is well", "info"),
        ("nonsense", "", "info"),
    ],
)
def test_statuses(status: object, message: str, expected: str) -> None:
    assert status_of(status, message) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1_790_000_000, NOW), (NOW, NOW), (NOW * 10**6, NOW), ("2026-09-21T14:13:20Z", NOW), ("soon", NOW)],
)
def test_times(value: object, expected: int) -> None:
    assert one({"message": "m", "timestamp": value}).time == expected


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(
    ["message", "status", "timestamp", "ddtags", "service", "dd", "dd.trace_id", "host", "x"]
)


@given(st.dictionaries(keys, json_values, max_size=6))
def test_any_object_is_one_log_or_none(fields: dict[str, Any]) -> None:
    entries = decode(json.dumps(fields).encode(), "application/json", {}, NOW)
    assert len(entries) == (1 if fields else 0)


@given(st.binary(max_size=80), st.sampled_from(["application/json", "text/plain", ""]))
def test_noise_is_refused_or_read(body: bytes, content_type: str) -> None:
    with suppress(PayloadError):
        assert all(isinstance(entry, LogEntry) for entry in decode(body, content_type, {}, NOW))
