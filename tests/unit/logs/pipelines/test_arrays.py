"""Processors of arrays, as their documentation has them."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.logs.pipelines.arrays import MAX_ELEMENTS, array_map_processor, array_processor
from heeler.logs.pipelines.document import DocumentError
from heeler.wire.logs.datadog import LogEntry


def run(attributes: dict[str, Any], **operation: Any) -> tuple[object, dict[str, Any]]:
    """The outcome of an array-processor, and the attributes after it."""
    entry = LogEntry("m", 0, attributes=attributes)
    outcome = array_processor({"type": "array-processor", "operation": operation})(entry)
    return outcome, entry.attributes


IPS = {"network": {"client": {"ip": "1.2.3.4"}}, "sourceIps": ["9.9.9.9"]}


def test_a_value_is_appended_and_its_source_removed() -> None:
    outcome, found = run(IPS | {}, type="append", source="network.client.ip", target="sourceIps")
    assert outcome is True
    assert found == {"sourceIps": ["9.9.9.9", "1.2.3.4"]}


def test_a_source_may_stay_and_an_array_is_made() -> None:
    outcome, found = run({"a": {"b": 1}}, type="append", source="a.b", target="x.y", preserve_source=True)
    assert outcome is True
    assert found == {"a": {"b": 1}, "x": {"y": [1]}}


@pytest.mark.parametrize("attributes", [{}, {"s": 1, "t": "no array"}, {"t": [1]}])
def test_nothing_is_appended_without_source_or_to_what_is_no_array(attributes: dict[str, Any]) -> None:
    outcome, found = run(dict(attributes), type="append", source="s", target="t")
    assert outcome is None
    assert found == attributes


def test_a_plain_value_in_the_way_keeps_the_source() -> None:
    outcome, found = run({"s": 1, "t": 2}, type="append", source="s", target="t.u")
    assert outcome == "t.u is in the way"
    assert found == {"s": 1, "t": 2}


def test_length() -> None:
    assert run({"tags": ["a", "b"]}, type="length", source="tags", target="n") == (
        True,
        {"tags": ["a", "b"], "n": 2},
    )
    assert run({"tags": []}, type="length", source="tags", target="n")[1]["n"] == 0
    assert run({"tags": "text"}, type="length", source="tags", target="n") == (None, {"tags": "text"})


HEADERS = {
    "httpRequest": {
        "headers": [{"name": "Referrer", "value": "https://a"}, {"name": "User-Agent", "value": "curl"}]
    }
}


@pytest.mark.parametrize(
    ("array", "where", "wanted"),
    [
        (HEADERS["httpRequest"]["headers"], "name:User-Agent", "curl"),
        ([{"on": True, "value": 1}], "on:true", 1),
        ([{"on": True, "value": 1}, {"on": False, "value": 2}], "on:false", 2),
        ([{"code": 200, "value": "x"}], "code:200", "x"),
        ([{"url": "http://a", "value": "x"}], "url:http://a", "x"),
        ([{"a": {"b": "c"}, "value": "x"}], "a.b:c", "x"),
        (
            ["text", None, {"name": "n", "value": "first"}, {"name": "n", "value": "second"}],
            "name:n",
            "first",
        ),
    ],
)
def test_the_first_object_that_fits_is_selected(array: list[Any], where: str, wanted: object) -> None:
    outcome, found = run(
        {"list": array}, type="select", source="list", target="out", filter=where, value_to_extract="value"
    )
    assert outcome is True
    assert found["out"] == wanted


def test_nothing_is_selected() -> None:
    for where, extract in (("name:x", "value"), ("name:Referrer", "other")):
        outcome, found = run(
            HEADERS | {},
            type="select",
            source="httpRequest.headers",
            target="out",
            filter=where,
            value_to_extract=extract,
        )
        assert outcome is None
        assert "out" not in found


def test_pairs_become_attributes() -> None:
    pairs = [
        {"k": "one", "v": 1},
        {"k": "two", "v": "x"},
        {"k": "", "v": 1},
        {"k": 5, "v": 1},
        {"k": "none"},
        "text",
    ]
    options: dict[str, Any] = {
        "type": "key-value",
        "source": "s",
        "key_to_extract": "k",
        "value_to_extract": "v",
    }
    assert run({"s": pairs}, **options, target="t")[1]["t"] == {"one": 1, "two": "x"}
    root = run({"s": pairs, "one": "known"}, **options)[1]
    assert (root["one"], root["two"]) == ("known", "x")
    assert run({"s": pairs, "one": "known"}, **options, override_on_conflict=True)[1]["one"] == 1
    assert run({"s": []}, **options)[0] is None


@pytest.mark.parametrize(
    "operation",
    [None, {}, {"type": "sort"}, {"type": "append", "source": "s"}, {"type": "length", "source": "", "target": "t"},
     {"type": "select", "source": "s", "target": "t", "filter": "nocolon", "value_to_extract": "v"},
     {"type": "append", "source": "s", "target": "t", "preserve_source": "yes"}],
)  # fmt: skip
def test_operations_that_cannot_be_used_are_refused(operation: object) -> None:
    with pytest.raises(DocumentError):
        array_processor({"type": "array-processor", "operation": operation})


def mapped(
    attributes: dict[str, Any], processors: list[dict[str, Any]], **options: Any
) -> tuple[object, dict[str, Any]]:
    entry = LogEntry("m", 0, attributes=attributes)
    document = {
        "type": "array-map-processor",
        "source": "s",
        "target": "t",
        "processors": processors,
        **options,
    }
    return array_map_processor(document)(entry), entry.attributes


COPY = {"type": "attribute-remapper", "sources": ["$sourceElem.a"], "target": "$targetElem.b"}
LABEL = {
    "type": "string-builder-processor",
    "template": "%{$sourceElem.a}-%{outer}",
    "target": "$targetElem.c",
}


def test_each_element_goes_through_the_processors_in_order() -> None:
    outcome, found = mapped({"s": [{"a": 1}, {"a": 2}], "outer": "o"}, [COPY, LABEL])
    assert outcome is True
    assert found["t"] == [{"b": 1, "c": "1-o"}, {"b": 2, "c": "2-o"}]
    assert found["s"] == [{"a": 1}, {"a": 2}]


def test_a_source_may_be_removed_and_be_the_target() -> None:
    assert "s" not in mapped({"s": [{"a": 1}]}, [COPY], preserve_source=False)[1]
    found = mapped({"s": [{"a": 1}, {"a": 2}]}, [COPY], target="s")[1]
    assert found["s"] == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    with pytest.raises(DocumentError, match="preserved"):
        mapped({}, [COPY], target="s", preserve_source=False)


def test_elements_of_an_existing_target_are_kept_beside() -> None:
    found = mapped({"s": [{"a": 1}], "t": [{"b": 0, "x": 9}, {"y": 8}]}, [COPY])[1]
    assert found["t"] == [{"b": 1, "x": 9}, {"y": 8}]


def test_plain_elements() -> None:
    whole = {"type": "arithmetic-processor", "expression": "$sourceElem * 2", "target": "$targetElem"}
    assert mapped({"s": [1, 2.5]}, [whole])[1]["t"] == [2, 5]


def test_only_the_first_elements() -> None:
    found = mapped({"s": [{"a": place} for place in range(MAX_ELEMENTS + 10)]}, [COPY])[1]
    assert found["t"] == [{"b": place} for place in range(MAX_ELEMENTS)]


def test_nothing_without_an_array() -> None:
    assert mapped({"s": "text"}, [COPY]) == (None, {"s": "text"})


@pytest.mark.parametrize(
    "processor",
    [{"type": "grok-parser"}, {**COPY, "target": "b"}, "text", {}, {"type": 5, "target": "$targetElem"}],
)
def test_processors_that_elements_cannot_have_are_refused(processor: Any) -> None:
    with pytest.raises(DocumentError):
        mapped({}, [processor])
