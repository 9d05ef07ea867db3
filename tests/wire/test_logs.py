"""Logs in every form that clients send."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.logs.datadog import LogEntry, decode
from heeler.wire.logs.reserved import id_halves, status_of, trace_of
from heeler.wire.metrics.series import PayloadError

NOW = 1_790_000_000_000
NOW_NS = NOW * 10**6
HEX = "6b049d8400000000ba81457cec6fd5a6"


def one(body: object, content_type: str = "application/json", **query: str) -> LogEntry:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (entry,) = decode(raw, content_type, query, NOW_NS)
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
    assert (entry.message, entry.status, entry.time) == ("hello", "error", (NOW - 5) * 10**6)
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
    assert [entry.message for entry in decode(body, content_type, {}, NOW_NS)] == messages


def test_broken_json_is_refused() -> None:
    with pytest.raises(PayloadError):
        decode(b'{"message": ', "application/json", {}, NOW_NS)


def test_the_querys_defaults_fill_what_is_missing() -> None:
    entry = one(b"plain", "text/plain", ddsource="nginx", service="web", hostname="h", ddtags="a:b")
    assert (entry.source, entry.service, entry.host, entry.tags, entry.time) == (
        "nginx",
        "web",
        "h",
        ("a:b",),
        NOW_NS,
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
    ("value", "status"),
    [
        ("WARNING", "warn"),
        ("Err", "error"),
        ("E", "error"),
        (3, "error"),
        ("6", "info"),
        (0, "emergency"),
        (30, "info"),
        ("10", "info"),
        ("emerg", "emergency"),
        ("fatal", "emergency"),
        ("Alert", "alert"),
        ("critical", "critical"),
        ("Notice", "notice"),
        ("information", "info"),
        ("trace", "debug"),
        ("verbose", "debug"),
        ("DBG", "debug"),
        ("OK", "ok"),
        ("success", "ok"),
        ("panic", "info"),
        ("", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_statuses(value: object, status: str | None) -> None:
    assert status_of(value) == status


def test_a_level_within_the_text_is_text() -> None:
    assert one({"message": "2026-01-01 ERROR [app] failed"}).status == "info"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_790_000_000, NOW_NS),
        (NOW, NOW_NS),
        (NOW + 123, NOW_NS + 123_000_000),
        (NOW * 1000 + 5, NOW_NS + 5000),
        (NOW_NS + 7, NOW_NS + 7),
        (str(NOW_NS + 7), NOW_NS + 7),
        (1_790_000_000.25, NOW_NS + 250_000_000),
        ("1790000000.5", NOW_NS + 500_000_000),
        ("2026-09-21T14:13:20Z", NOW_NS),
        ("2026-09-21T14:13:20.123456789Z", NOW_NS + 123_456_789),
        ("2026-09-21 16:13:20,5+02:00", NOW_NS + 500_000_000),
        ("2026-09-21T14:13:20", NOW_NS),
        ("Sep 21 14:13:20", NOW_NS),
        ("Dec  1 00:00:00", 1_764_547_200 * 10**9),
        ("soon", NOW_NS),
        (True, NOW_NS),
        (-5, NOW_NS),
        (1e300, NOW_NS),
        (2**70, NOW_NS),
    ],
)
def test_times(value: object, expected: int) -> None:
    entry = one({"message": "m", "timestamp": value})
    assert entry.time == expected
    # What is no date is not lost.
    assert (entry.attributes == {}) == entry.dated


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"@timestamp": 1_790_000_001, "timestamp": 1_790_000_002}, 1_790_000_001),
        ({"_timestamp": 1_790_000_003}, 1_790_000_003),
        ({"Timestamp": "2026-09-21T14:13:24Z"}, 1_790_000_004),
        ({"eventTime": 1_790_000_005}, 1_790_000_005),
        ({"date": "unknown", "published_date": 1_790_000_006}, 1_790_000_006),
        ({"syslog": {"timestamp": 1_790_000_007}}, 1_790_000_007),
        ({"syslog.timestamp": 1_790_000_008}, 1_790_000_008),
    ],
)
def test_the_first_date_there_is(fields: dict[str, Any], expected: int) -> None:
    assert one({"message": json.dumps({"msg": "m", **fields})}).time == expected * 10**9


@pytest.mark.parametrize(
    ("inner", "host", "service", "status"),
    [
        ({}, "agent-host", "agent-service", "error"),
        ({"host": "a", "service": "b", "status": "warn"}, "a", "b", "warn"),
        ({"hostname": "a", "syslog": {"appname": "b", "severity": 4}}, "a", "b", "warn"),
        ({"syslog.hostname": "a", "dd.service": "b", "level": "W"}, "a", "b", "warn"),
        ({"severity": "fatal"}, "agent-host", "agent-service", "emergency"),
        ({"host": {"name": "x"}, "service": ["y"]}, "agent-host", "agent-service", "error"),
    ],
)
def test_a_line_says_more_than_its_shipper(
    inner: dict[str, Any], host: str, service: str, status: str
) -> None:
    entry = one(
        {
            "message": json.dumps({"message": "m", **inner}),
            "hostname": "agent-host",
            "service": "agent-service",
            "status": "error",
            "timestamp": NOW,
        }
    )
    assert (entry.host, entry.service, entry.status) == (host, service, status)
    assert (entry.message, entry.time) == ("m", NOW_NS)


@pytest.mark.parametrize(
    "key", ["contextMap.dd.trace_id", "named_tags.dd.trace_id", "dd.trace_id", "trace_id"]
)
def test_trace_ids_of_every_logger(key: str) -> None:
    entry = one({"message": "m", key: HEX, key.replace("trace_id", "span_id"): "000000000000000a"})
    assert (entry.trace_high, entry.trace_id) == (int(HEX[:16], 16), int(HEX[16:], 16))
    assert entry.span_id == 10


@pytest.mark.parametrize("text", ["", "x", "-5", "12_3", "f" * 33, "1" * 40, "9" * 39])
def test_what_is_no_id(text: str) -> None:
    assert id_halves(text) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"http.status_code": 200, "http": {"method": "GET"}},
            {"http": {"status_code": 200, "method": "GET"}},
        ),
        ({"a": 1, "a.b": 2}, {"a": 1, "a.b": 2}),
        ({"a.b": 2, "a": {"c": 3}}, {"a": {"b": 2, "c": 3}}),
        ({"a..b": 1, ".": 2, "c.": 3}, {"a..b": 1, ".": 2, "c.": 3}),
        ({"x": {"y.z": 1}}, {"x": {"y": {"z": 1}}}),
    ],
)
def test_dotted_keys_are_objects(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert one({"message": "m", **fields}).attributes == expected


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
    entries = decode(json.dumps(fields).encode(), "application/json", {}, NOW_NS)
    assert len(entries) == (1 if fields else 0)


@given(st.binary(max_size=80), st.sampled_from(["application/json", "text/plain", ""]))
def test_noise_is_refused_or_read(body: bytes, content_type: str) -> None:
    with suppress(PayloadError):
        assert all(isinstance(entry, LogEntry) for entry in decode(body, content_type, {}, NOW_NS))
