"""Attributes as columns and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.store.attributes import attributes_of, columns_of, decode, encode, nested, take_ids

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["", "true", "null", "12", "-1", "[x]", '"', "{}", "7up"])
)
names = st.sampled_from(["a", "b", "http", "status_code", "usr", "id", "duration", "url"])
documents = st.recursive(
    st.dictionaries(names, scalars | st.lists(scalars, max_size=3), max_size=4),
    lambda inner: st.dictionaries(names, inner | scalars | st.lists(inner, max_size=2), max_size=4),
    max_leaves=12,
)


@given(scalars)
def test_every_value_keeps_its_type(value: object) -> None:
    found = decode(encode(value))
    assert found == value
    assert type(found) is type(value)


@given(documents)
def test_what_is_taken_apart_is_put_together(attributes: dict[str, Any]) -> None:
    assert attributes_of(*columns_of(attributes)) == attributes


halves = st.sampled_from([0, 1, 5, 10, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)


@given(halves, halves, halves, st.data())
def test_ids_that_columns_have_are_taken_out_and_come_back(
    high: int, low: int, span: int, data: st.DataObject
) -> None:
    as_written = (
        str(low),
        low,
        f"{high:016x}{low:016x}",
        f"{low:016x}",
        str(span),
        span,
        f"0{low}",
        "-d",
        "",
    )
    values = {key: data.draw(st.sampled_from(as_written)) for key in ("trace_id", "span_id")}
    rest, promoted = columns_of({"dd": values})
    ids = take_ids(rest, (high, low), span)
    back = attributes_of(rest, promoted, ids, (high, low), span)["dd"]
    assert back == values
    assert [type(back[key]) for key in values] == [type(one) for one in values.values()]
    if values["trace_id"] in (str(low), f"{high:016x}{low:016x}") and low:
        assert "dd.trace_id" not in rest


def test_frequent_paths_have_columns() -> None:
    attributes = {"http": {"status_code": 200, "method": "GET"}, "usr": {"id": "7"}, "other": [1]}
    rest, promoted = columns_of(attributes)
    assert rest == {"other": "[1]"}
    assert promoted == {"http_status": "200", "http_method": "GET", "usr_id": '"7"'}


def test_values_within_arrays_are_in_the_column_as_well() -> None:
    attributes = {"usr": [{"id": 1}, {"id": [2, 3]}, {"name": "x"}]}
    rest, promoted = columns_of(attributes)
    assert (list(rest), promoted) == (["usr"], {"usr_id": "[1,2,3]"})
    assert attributes_of(rest, promoted) == attributes


@pytest.mark.parametrize(
    ("paths", "tree"),
    [
        ({"a": 1, "a.b": 2}, {"a": 1, "a.b": 2}),
        ({"a.b": 1, "a.c.d": 2}, {"a": {"b": 1, "c": {"d": 2}}}),
        ({"a..b": 1, ".": 2}, {"a..b": 1, ".": 2}),
    ],
)
def test_paths_without_a_place_stay_dotted(paths: dict[str, Any], tree: dict[str, Any]) -> None:
    assert nested(paths.items()) == tree
