"""Every processor by its documented behavior."""

from __future__ import annotations

import time
from typing import Any

import pytest

from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.pipeline import BUDGET, Deadline, compile_pipeline, process
from heeler.logs.pipelines.processors import PROCESSORS, Surroundings
from heeler.wire.logs.datadog import LogEntry

NOW = 1_796_000_000 * 10**9


def run(processors: list[dict[str, Any]], attributes: dict[str, Any], **fields: Any) -> LogEntry:
    entry = LogEntry("m", NOW, attributes=attributes, **fields)
    enabled = [{"is_enabled": True, **one} for one in processors]
    process([compile_pipeline({"name": "p", "processors": enabled}, Surroundings())], entry)
    return entry


#: Processor, attributes before, attributes after.
ATTRIBUTES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"type": "attribute-remapper", "sources": ["a", "b.c"], "target": "x.y"}, {"b": {"c": 1}, "z": 0}, {"z": 0, "x": {"y": 1}}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "preserve_source": True}, {"a": 1}, {"a": 1, "b": 1}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b"}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "override_on_conflict": True}, {"a": 1, "b": 2}, {"b": 1}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "target_format": "integer"}, {"a": "7"}, {"b": 7}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "target_format": "double"}, {"a": "7.5"}, {"b": 7.5}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "target_format": "string"}, {"a": True}, {"b": "true"}),
    ({"type": "attribute-remapper", "sources": ["a"], "target": "b", "target_format": "integer"}, {"a": "x"}, {"b": "x"}),
    ({"type": "url-parser", "sources": ["u"]}, {"u": "https://a.example/x/?k=v"},
     {"u": "https://a.example/x/?k=v", "http": {"url_details": {"scheme": "https", "host": "a.example", "port": 443, "path": "/x/", "queryString": {"k": "v"}}}}),
    ({"type": "url-parser", "sources": ["u"], "target": "d", "normalize_ending_slashes": True}, {"u": "/x/"}, {"u": "/x/", "d": {"path": "/x"}}),
    ({"type": "url-parser", "sources": ["u"], "target": "d"}, {"u": "http://[::1"}, {"u": "http://[::1"}),
    ({"type": "user-agent-parser", "sources": ["u"], "target": "d", "is_encoded": True}, {"u": "curl%2F8.5.0"},
     {"u": "curl%2F8.5.0", "d": {"os": {"family": "Other"}, "browser": {"family": "curl", "major": "8", "minor": "5", "patch": "0"}, "device": {"family": "Other", "category": "Other"}}}),
    ({"type": "category-processor", "target": "k", "categories": [{"filter": {"query": "@s:>=500"}, "name": "bad"}, {"filter": {"query": "*"}, "name": "good"}]}, {"s": 503}, {"s": 503, "k": "bad"}),
    ({"type": "category-processor", "target": "k", "categories": [{"filter": {"query": "@s:>=500"}, "name": "bad"}]}, {"s": 200}, {"s": 200}),
    ({"type": "arithmetic-processor", "target": "r", "expression": "(a.b + 2) * c-d / 4"}, {"a": {"b": 2}, "c-d": 3}, {"a": {"b": 2}, "c-d": 3, "r": 3}),
    ({"type": "arithmetic-processor", "target": "r", "expression": "a - b"}, {"a": "7.5", "b": 2}, {"a": "7.5", "b": 2, "r": 5.5}),
    ({"type": "arithmetic-processor", "target": "r", "expression": "a / b"}, {"a": 1, "b": 0}, {"a": 1, "b": 0}),
    ({"type": "arithmetic-processor", "target": "r", "expression": "a + b"}, {"a": 1}, {"a": 1}),
    ({"type": "arithmetic-processor", "target": "r", "expression": "a + b", "is_replace_missing": True}, {"a": 1}, {"a": 1, "r": 1}),
    ({"type": "string-builder-processor", "target": "r", "template": "%{a.b} is %{c}!"}, {"a": {"b": "x"}, "c": [1, 2]}, {"a": {"b": "x"}, "c": [1, 2], "r": "x is 1,2!"}),
    ({"type": "string-builder-processor", "target": "r", "template": "%{a} %{n}"}, {"a": 1}, {"a": 1}),
    ({"type": "string-builder-processor", "target": "r", "template": "%{a} %{n}", "is_replace_missing": True}, {"a": 1}, {"a": 1, "r": "1 "}),
    ({"type": "string-builder-processor", "target": "r", "template": "%{l.k}"}, {"l": [{"k": 1}, {"k": 2}]}, {"l": [{"k": 1}, {"k": 2}], "r": "1,2"}),
    ({"type": "geo-ip-parser", "sources": ["ip"], "target": "g"}, {"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}),
    ({"type": "lookup-processor", "source": "a", "target": "b", "lookup_table": ["1,one", "2,two, or so"]}, {"a": 2}, {"a": 2, "b": "two, or so"}),
    ({"type": "lookup-processor", "source": "a", "target": "b", "lookup_table": ["1,one"], "default_lookup": "?"}, {"a": 2}, {"a": 2, "b": "?"}),
    ({"type": "array-processor", "operation": {"type": "append", "source": "a", "target": "l"}}, {"a": 1, "l": [0]}, {"l": [0, 1]}),
    ({"type": "array-processor", "operation": {"type": "append", "source": "a", "target": "l", "preserve_source": True}}, {"a": 1}, {"a": 1, "l": [1]}),
    ({"type": "array-processor", "operation": {"type": "append", "source": "a", "target": "l"}}, {"a": 1, "l": 2}, {"a": 1, "l": 2}),
    ({"type": "array-processor", "operation": {"type": "length", "source": "l", "target": "n"}}, {"l": [1, 2]}, {"l": [1, 2], "n": 2}),
    ({"type": "array-processor", "operation": {"type": "select", "source": "l", "target": "v", "filter": "k:b", "value_to_extract": "v"}},
     {"l": [{"k": "a", "v": 1}, {"k": "b", "v": 2}]}, {"l": [{"k": "a", "v": 1}, {"k": "b", "v": 2}], "v": 2}),
    ({"type": "array-processor", "operation": {"type": "key-value", "source": "l", "target": "t", "key_to_extract": "k", "value_to_extract": "v"}},
     {"l": [{"k": "a", "v": 1}]}, {"l": [{"k": "a", "v": 1}], "t": {"a": 1}}),
    ({"type": "array-map-processor", "source": "l", "target": "m", "processors": [
        {"type": "attribute-remapper", "sources": ["$sourceElem.a"], "target": "$targetElem.b"},
        {"type": "string-builder-processor", "template": "%{$sourceElem.a}/%{x}", "target": "$targetElem.s"}]},
     {"l": [{"a": 1}, {"a": 2}], "x": "y"}, {"l": [{"a": 1}, {"a": 2}], "x": "y", "m": [{"b": 1, "s": "1/y"}, {"b": 2, "s": "2/y"}]}),
    ({"type": "decoder-processor", "source": "a", "target": "b", "binary_to_text_encoding": "base64", "input_representation": "utf_8"}, {"a": "aGk"}, {"a": "aGk", "b": "hi"}),
    ({"type": "decoder-processor", "source": "a", "target": "b", "binary_to_text_encoding": "base16", "input_representation": "integer"}, {"a": "fff"}, {"a": "fff", "b": 4095}),
    ({"type": "decoder-processor", "source": "a", "target": "b", "binary_to_text_encoding": "base16", "input_representation": "utf_8"}, {"a": "zz"}, {"a": "zz"}),
    ({"type": "exclude-attribute", "attribute_to_exclude": "a.b"}, {"a": {"b": 1}, "c": 2}, {"c": 2}),
    ({"type": "schema-processor", "name": "s", "schema": {"schema_type": "ocsf", "version": "1.5.0", "class_uid": 3002, "class_name": "Authentication"}, "mappers": [
        {"type": "schema-remapper", "name": "r", "sources": ["user"], "target": "ocsf.user.name"},
        {"type": "schema-category-mapper", "name": "c", "targets": {"id": "ocsf.activity_id", "name": "ocsf.activity_name"},
         "categories": [{"filter": {"query": "@act:in"}, "id": 1, "name": "Logon"}]}]},
     {"user": "ann", "act": "out"}, {"act": "out", "ocsf": {"class_uid": 3002, "class_name": "Authentication", "user": {"name": "ann"}, "activity_id": 99, "activity_name": "Other"}}),
    ({"type": "grok-parser", "source": "t", "grok": {"match_rules": "r %{word:a.w} %{integer:n}"}}, {"t": "x 5", "a": {"k": 1}}, {"t": "x 5", "a": {"k": 1, "w": "x"}, "n": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("processor", "before", "after"), ATTRIBUTES)
def test_attributes(processor: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    assert run([processor], before).attributes == after


def test_every_processor_is_tested() -> None:
    others = {
        "date-remapper",
        "status-remapper",
        "service-remapper",
        "message-remapper",
        "trace-id-remapper",
        "span-id-remapper",
    }
    assert {one[0]["type"] for one in ATTRIBUTES} | others == set(PROCESSORS)


def test_reserved_fields() -> None:
    attributes = {
        "d": "2026-11-30T00:00:00.5Z",
        "s": "WARNING",
        "v": "shop",
        "msg": "hi",
        "t": "f" * 32,
        "p": "00000000000000ff",
    }
    entry = run(
        [
            {"type": "date-remapper", "sources": ["none", "d"]},
            {"type": "status-remapper", "sources": ["s"]},
            {"type": "status-remapper", "sources": ["v"]},  # only the first that applies counts
            {"type": "service-remapper", "sources": ["v"]},
            {"type": "message-remapper"},
            {"type": "trace-id-remapper", "sources": ["t"]},
            {"type": "span-id-remapper", "sources": ["p"]},
        ],
        attributes,
    )
    assert (entry.status, entry.service, entry.message) == ("warn", "shop", "hi")
    assert (entry.time, entry.span_id) == (
        1_796_000_000 * 10**9 - (1_796_000_000 - 1_795_996_800) * 10**9 + 5 * 10**8,
        255,
    )
    assert entry.trace_high == entry.trace_id == 2**64 - 1


def test_tags_and_attributes() -> None:
    entry = run(
        [
            {"type": "attribute-remapper", "sources": ["a"], "target": "k", "target_type": "tag"},
            {"type": "attribute-remapper", "sources": ["team"], "source_type": "tag", "target": "group"},
        ],
        {"a": ["X", "y"]},
        tags=("team:core", "env:prod"),
    )
    assert entry.tags == ("env:prod", "k:x", "k:y")
    assert entry.attributes == {"group": "core"}


def test_pipelines_nest_and_are_filtered_once() -> None:
    inner = {
        "type": "pipeline", "name": "in", "is_enabled": True, "filter": {"query": "@a:1"},
        "processors": [{"type": "exclude-attribute", "attribute_to_exclude": "b", "is_enabled": True}],
    }  # fmt: skip
    assert run([inner], {"a": 1, "b": 2}).attributes == {"a": 1}
    assert run([inner], {"a": 2, "b": 2}).attributes == {"a": 2, "b": 2}
    assert run([{**inner, "is_enabled": False}], {"a": 1, "b": 2}).attributes == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"filter": {"query": "a ("}}, "filter cannot be read"),
        ({"filter": {"query": "*:x"}}, "full-text"),
        ({"processors": [{"type": "magic"}]}, "Unknown processor type 'magic'"),
        ({"processors": [{"type": "date-remapper"}]}, "'sources' must be a list"),
        ({"processors": [{"type": "grok-parser", "grok": {"match_rules": "a %{x:y}"}}]}, "unknown matcher x"),
        ({"processors": [{"type": "attribute-remapper", "sources": ["a"], "target": "status"}]}, "reserved"),
        ({"processors": [{"type": "arithmetic-processor", "target": "x", "expression": "a +"}]}, "lacks"),
        (
            {"processors": [{"type": "arithmetic-processor", "target": "x", "expression": "(a"}]},
            "never closed",
        ),
        (
            {
                "processors": [
                    {"type": "lookup-processor", "source": "a", "target": "b", "lookup_table": ["x"]}
                ]
            },
            "key,value",
        ),
        (
            {"processors": [{"type": "array-processor", "operation": {"type": "sort"}}]},
            "Unknown operation 'sort'",
        ),
        ({"processors": ["x"]}, "an object with a 'type'"),
        (
            {"processors": [{"type": "status-remapper", "sources": ["a"], "is_enabled": "yes"}]},
            "true or false",
        ),
    ],
)
def test_bad_documents_are_refused(document: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message.replace("(", r"\(")):
        compile_pipeline({"name": "p", **document}, Surroundings())


def test_what_takes_too_long_is_left_out_and_the_log_stays() -> None:
    now, cpu = iter([0.0, 0.0, BUDGET + 1, BUDGET + 2, BUDGET + 3]), iter([7.0, 7.0 + BUDGET, 9.0])
    steps = [
        {"type": "exclude-attribute", "is_enabled": True, "attribute_to_exclude": name} for name in "abcd"
    ]
    entry = LogEntry("m", int(time.time()) * 10**9, attributes={"a": 1, "b": 2, "c": 3, "d": 4})
    deadline = Deadline(BUDGET, lambda: next(now), lambda: next(cpu))
    report = process([compile_pipeline({"name": "p", "processors": steps}, Surroundings())], entry, deadline)
    # Time alone costs nothing: the first two after the limit have taken no more of the processor.
    assert entry.attributes == {"d": 4}
    assert report.timed_out
    assert "longer than" in str(report.failures[0].outcome)
