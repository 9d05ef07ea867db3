"""Logs with usual keys are decoded to what every other way decodes them to."""

from __future__ import annotations

import copy
from typing import Any
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st

from heeler.wire.logs import key_layouts
from heeler.wire.logs.datadog import LogEntry, entry_of

NOW = 1_700_000_000_000_000_000
KEYS = (
    "message", "msg", "log", "ddsource", "source", "ddtags", "hostname", "host", "service", "status",
    "severity", "timestamp", "date", "@timestamp", "level", "dd.trace_id", "trace_id", "dd", "syslog", "usr",
    "usr.id", "n", "b",
)  # fmt: skip
values = st.one_of(
    st.sampled_from(
        (
            "text", "", "web", "error", "e", "5", "{", '{"a": 1}', "a:b, c", "2024-01-02T03:04:05.678Z",
            "dd.trace_id=12 dd.span_id=34", 1_700_000_000_123, 3, True, None, 1.5, [1, {"a": 2}], {"id": 5},
            {"trace_id": "77"}, "x" * 300,
        )
    ),
    st.text(max_size=5),
)  # fmt: skip
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"ddsource": "s" * 300, "ddtags": "q:1,a:b", "hostname": "h" * 300, "service": "of the query"},
)


def decoded(document: dict[str, Any], query: dict[str, str]) -> tuple[LogEntry, LogEntry]:
    with mock.patch.object(key_layouts, "read", return_value=None):
        expected = entry_of(copy.deepcopy(document), query, NOW)
    return entry_of(document, query, NOW), expected


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=7), st.sampled_from(QUERIES))
@example({"message": "a", "ddtags": "b:c", "n": 1}, QUERIES[1])
@example({"message": "dd.trace_id=12 dd.span_id=34", "status": "warning", "n": [1]}, {})
def test_any_log_is_what_the_other_way_makes_of_it(document: dict[str, Any], query: dict[str, str]) -> None:
    found, expected = decoded(document, query)
    assert found == expected
    assert list(found.attributes) == list(expected.attributes)


def test_which_logs_are_usual() -> None:
    usual = {"message": "a", "ddsource": "nginx", "hostname": "h", "timestamp": NOW, "status": "info", "n": 1}
    assert key_layouts.read(usual, NOW) is not None
    for key, value in (
        ("msg", "b"), ("host", "b"), ("level", "error"), ("dd", {}), ("a.b", 1), ("trace_id", "5"),
        ("usr", {"id": 5}), ("message", '{"a": 1}'), ("message", 5), ("timestamp", "soon"), ("ddsource", ""),
        ("ddtags", ["a:b"]), ("status", True), ("k" * 3_000, 1),
    ):  # fmt: skip
        assert key_layouts.read({**usual, key: value}, NOW) is None, key
    assert key_layouts.read({"n": 1}, NOW) is None
