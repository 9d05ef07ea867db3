"""Requests of ``/api/v2/query/timeseries`` and ``/scalar``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.metrics.formula_request import MAX_QUERIES, Formula, Limit, read_request
from heeler.query.metrics.errors import QueryError

QUERY = {"data_source": "metrics", "query": "avg:system.load.1{*}", "name": "a"}


def read(kind: str = "timeseries_request", type_: str = "timeseries_request", **attributes: Any) -> Any:
    whole = {"from": 1_790_000_000_000, "to": 1_790_003_600_000, "queries": [QUERY], **attributes}
    return read_request(json.dumps({"data": {"type": type_, "attributes": whole}}).encode(), kind)


def test_times_are_milliseconds() -> None:
    found = read(interval=5000)
    assert (found.start, found.end, found.interval) == (1_790_000_000.0, 1_790_003_600.0, 5)
    assert read().interval is None
    assert read(interval=0).interval is None
    assert read(interval=1).interval == 1


def test_without_formulas_each_query_is_answered() -> None:
    found = read(queries=[QUERY, {**QUERY, "name": "b"}, {"query": "avg:c{*}"}])
    assert found.texts == ["a", "b", "query3"]
    assert [item["name"] for item in found.queries] == ["a", "b", "query3"]


def test_formulas_and_their_limits() -> None:
    found = read(
        formulas=[
            {"formula": "a * 2", "limit": {"count": 5, "order": "asc"}},
            {"formula": "a", "limit": {"count": 3}},
            {"formula": "a"},
        ]
    )
    assert found.formulas == [
        Formula("a * 2", Limit(5, "asc")),
        Formula("a", Limit(3, "desc")),
        Formula("a", None),
    ]
    assert read(formulas=[{"formula": "a", "limit": {"order": "asc"}}]).formulas[0].limit == Limit(
        None, "asc"
    )
    assert read(formulas=[{"formula": "a", "limit": {}}]).formulas[0].limit is None


def test_how_queries_become_numbers() -> None:
    queries = [
        {**QUERY, "aggregator": "max"},
        {**QUERY, "name": "b"},
        {"data_source": "logs", "name": "c", "aggregator": "whatever"},
    ]
    assert read(queries=queries).reducers == {"a": "max", "b": "avg", "c": "avg"}


def test_bars() -> None:
    assert read(display="bars").bars
    assert not read().bars


@pytest.mark.parametrize(
    "attributes",
    [
        {"from": "soon"},
        {"from": -1},
        {"to": 10**16},
        {"to": None},
        {"interval": -5},
        {"interval": "fast"},
        {"interval": 10**16},
        {"queries": []},
        {"queries": [QUERY] * (MAX_QUERIES + 1)},
        {"queries": [QUERY, QUERY]},
        {"queries": ["avg:a{*}"]},
        {"queries": None},
        {"queries": [{**QUERY, "name": "1a"}]},
        {"queries": [{**QUERY, "name": "a-b"}]},
        {"queries": [{**QUERY, "name": "ä"}]},
        {"queries": [{**QUERY, "aggregator": "median"}]},
        {"formulas": [{}]},
        {"formulas": [{"formula": "a"}] * 51},
        {"formulas": [{"formula": "a", "limit": {"count": 0}}]},
        {"formulas": [{"formula": "a", "limit": {"count": True}}]},
        {"formulas": [{"formula": "a", "limit": {"count": 1.5}}]},
        {"formulas": [{"formula": "a", "limit": {"order": "up"}}]},
    ],
)
def test_what_is_refused_with_its_place(attributes: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as raised:
        read(**attributes)
    assert len(str(raised.value)) < 300


def test_the_type_is_that_of_the_endpoint() -> None:
    with pytest.raises(QueryError, match="scalar_request"):
        read("scalar_request")
    assert read("scalar_request", "scalar_request").texts == ["a"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b'{"data": 5}', b"\xff\xfe", b'{"data": {"type": "timeseries_request"}}'],
)
def test_bodies_that_are_none(body: bytes) -> None:
    with pytest.raises(QueryError):
        read_request(body, "timeseries_request")


SIMPLE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=4),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["name", "formula", "limit", "count"]), inner, max_size=2),
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["from", "to", "queries", "formulas", "interval", "display"]), SIMPLE))
def test_any_attributes_are_read_or_refused(attributes: dict[str, Any]) -> None:
    try:
        found = read(**attributes)
    except QueryError as error:
        assert str(error)  # noqa: PT017
    else:
        assert all(isinstance(item["name"], str) for item in found.queries)


def test_options_without_an_effect_are_said() -> None:
    assert read(queries=[{**QUERY, "semantic_mode": "native", "cross_org_uuids": []}]).notes == ()
    kept = read(queries=[{**QUERY, "semantic_mode": "combined", "cross_org_uuids": ["8dee7c38"]}])
    assert [note.partition(":")[0] for note in kept.notes] == ["semantic_mode combined", "cross_org_uuids"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"semantic_mode": "mixed"}, "unknown semantic_mode 'mixed'; expected combined or native"),
        ({"cross_org_uuids": "8dee7c38"}, "'cross_org_uuids' must be a list of at most one UUID"),
        ({"cross_org_uuids": ["a", "b"]}, "'cross_org_uuids' must be a list of at most one UUID"),
    ],
)
def test_options_that_are_none_are_refused(option: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        read(queries=[{**QUERY, **option}])
