"""Conditions on flattened attributes, evaluated by the engine on rows as the store writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from heeler.query.search.ast import Pattern, Wild
from heeler.query.search.field_sql import Parameters, finite
from heeler.query.search.flat_attributes import FlatAttribute
from heeler.store.attributes import flatten
from heeler.store.engine import Engine

MANY, ONE = Wild(True), Wild(False)
DEEP: dict[str, Any] = {"secret": "value"}
for _ in range(11):
    DEEP = {"d": DEEP}
DEEP_PATH = ".".join(["d"] * 11)

DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"a": None},
    {"a": ""},
    {"a": "text"},
    {"a": "null"},
    {"a": "[x"},
    {"a": "200"},
    {"a": 200},
    {"a": 200.0},
    {"a": True},
    {"a": []},
    {"a": [None]},
    {"a": ["text", 200]},
    {"a": {}},
    {"a": {"b": "inner"}},
    {"a": [{"b": "inner"}, {"b": 7}]},
    {"a": "10.1.2.3"},
    {"a": "inf"},
    {"a": ["NaN", "-Infinity", "1e999"]},
    DEEP,
]


@pytest.fixture(scope="module")
def rows(engine: Engine) -> Engine:
    engine.execute_sync("DROP TABLE IF EXISTS flat_attributes_test")
    engine.execute_sync(
        "CREATE TABLE flat_attributes_test (n UInt32, attributes Map(String, String)) "
        "ENGINE = MergeTree ORDER BY n"
    )
    table = pa.table(
        {
            "n": pa.array(range(len(DOCUMENTS)), pa.uint32()),
            "attributes": pa.array(
                [list(dict(flatten(one)).items()) for one in DOCUMENTS], pa.map_(pa.string(), pa.string())
            ),
        }
    )
    engine.insert_sync("flat_attributes_test", table)
    return engine


def found(engine: Engine, condition: Callable[[Parameters], str]) -> list[dict[str, Any]]:
    to = Parameters()
    sql = f"SELECT n FROM flat_attributes_test WHERE {condition(to)} ORDER BY n"
    return [DOCUMENTS[int(row[0])] for row in engine.rows_sync(sql, to.values)]


def pattern(*parts: Any) -> Pattern:
    return Pattern(parts)


A, B = FlatAttribute("attributes", "a"), FlatAttribute("attributes", "a.b")
DEEPEST = FlatAttribute("attributes", DEEP_PATH)


@pytest.mark.parametrize(
    ("attribute", "wanted", "documents"),
    [
        (A, pattern("text"), [{"a": "text"}, {"a": ["text", 200]}]),
        (A, pattern("200"), [{"a": "200"}, {"a": 200}, {"a": 200.0}, {"a": ["text", 200]}]),
        (A, pattern("null"), [{"a": "null"}]),
        (A, pattern("true"), [{"a": True}]),
        (A, pattern("[x"), [{"a": "[x"}]),
        (A, pattern(""), [{"a": ""}]),
        (A, pattern("te", MANY), [{"a": "text"}, {"a": ["text", 200]}]),
        (A, pattern(MANY, "x", MANY), [{"a": "text"}, {"a": "[x"}, {"a": ["text", 200]}]),
        (A, pattern(ONE, "00"), [{"a": "200"}, {"a": 200}, {"a": ["text", 200]}]),
        (A, pattern(MANY, "}"), []),
        (A, pattern("{", MANY), []),
        (A, pattern(MANY, "inner", MANY), []),
        (B, pattern("inner"), [{"a": {"b": "inner"}}, {"a": [{"b": "inner"}, {"b": 7}]}]),
        (B, pattern("7"), [{"a": [{"b": "inner"}, {"b": 7}]}]),
        (B, pattern("in", MANY), [{"a": {"b": "inner"}}, {"a": [{"b": "inner"}, {"b": 7}]}]),
        (DEEPEST, pattern(MANY, "secret", MANY), []),
    ],
)
def test_values_that_match(
    rows: Engine, attribute: FlatAttribute, wanted: Pattern, documents: list[dict[str, Any]]
) -> None:
    assert found(rows, lambda to: attribute.matches(wanted, to)) == documents


@pytest.mark.parametrize("wanted", [pattern(MANY, MANY), pattern("1e999"), pattern("-0"), pattern("\u0661")])
def test_odd_patterns_are_answered(rows: Engine, wanted: Pattern) -> None:
    """A pattern of wildcards alone finds nothing where there is no value."""
    assert not [
        one for one in found(rows, lambda to: A.matches(wanted, to)) if one in ({}, {"a": None}, DEEP)
    ]


def test_what_exists(rows: Engine) -> None:
    documents = found(rows, A.exists)
    absent: list[dict[str, Any]] = [{}, {"a": None}, {"a": ""}, {"a": []}, {"a": [None]}, DEEP]
    assert [one for one in DOCUMENTS if one not in documents and one != {"a": {}}] == absent


def test_numbers_between(rows: Engine) -> None:
    def between(low: str | None, high: str | None) -> list[dict[str, Any]]:
        return found(rows, lambda to: A.between(low, high, (True, True), to))

    numbers = [{"a": "200"}, {"a": 200}, {"a": 200.0}, {"a": ["text", 200]}]
    assert between("200", None) == between("200", "200") == between(None, "1e9") == numbers
    assert between("201", None) == []
    assert between(None, None) == numbers


def test_networks(rows: Engine) -> None:
    assert found(rows, lambda to: A.in_networks(("10.0.0.0/8",), to)) == [{"a": "10.1.2.3"}]
    assert found(rows, lambda to: A.in_networks(("0.0.0.0/0", "::/0"), to)) == [{"a": "10.1.2.3"}]


def test_texts_and_numbers_of_each_row(rows: Engine) -> None:
    to = Parameters()
    texts, number = A.texts(to), finite(A.number(to), to)
    answers = rows.rows_sync(f"SELECT n, {texts}, {number} FROM flat_attributes_test ORDER BY n", to.values)
    by_document = [(DOCUMENTS[int(n)], list(text), value) for n, text, value in answers]
    for document, text, value in by_document:
        if document in ({}, {"a": None}, {"a": []}, {"a": [None]}, {"a": {}}, DEEP) or "b" in str(document):
            assert text == [], document
        if document in ({"a": "200"}, {"a": 200}):
            assert text in (["200"], ["200.0"])
            assert value == 200.0
        assert value is None or math.isfinite(value)
