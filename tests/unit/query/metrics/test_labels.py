"""How a result is named in answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.query.metrics.labels import (
    expression_text,
    expression_writer,
    first_aggregator,
    group_keys,
    metric_text,
)
from heeler.query.metrics.parser import parse_one

QUERIES = [
    "avg:system.load.1{env:prod} by {host}",
    "sum:a{*}.as_count() / sum:b{x:1 AND (y:2 OR NOT z:3)}.as_count() * 100",
    "top(avg:a{*} by {host,env}.rollup(max, 60), 5, 'max', 'desc')",
    "-abs(avg:a{*})",
    "anomalies(avg:a{*}, 'agile', 2, direction='both')",
]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("avg:system.load.1{env:prod} by {host}", "avg:system.load.1{host:a,env:prod}"),
        ("abs(avg:a{*})", "abs(avg:a{host:a,env:prod})"),
        ("sum:a{x:1}.as_count()", "sum:a{host:a,env:prod}.as_count()"),
    ],
)
def test_an_expression_is_the_query_narrowed_to_the_group(query: str, wanted: str) -> None:
    assert expression_text(parse_one(query), "host:a,env:prod") == wanted


@pytest.mark.parametrize("query", QUERIES)
@given(
    scope=st.text(
        st.characters(codec="ascii", categories=["L", "N"], include_characters=":,*-_./ "), min_size=1
    )
)
def test_one_writer_writes_what_each_expression_is(query: str, scope: str) -> None:
    assert expression_writer(parse_one(query))(scope) == expression_text(parse_one(query), scope)


@pytest.mark.parametrize("query", QUERIES)
def test_expressions_are_queries(query: str) -> None:
    text = expression_text(parse_one(query), "host:a")
    assert expression_text(parse_one(text), "host:a") == text
    assert group_keys(parse_one(text)) == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("avg:system.load.1{env:prod} by {host}", "system.load.1"),
        # As recorded of the public API.
        ("default_zero(sum:httpservice.hits{*}.as_count())", "default_zero(httpservice.hits)"),
        ("sum:a{*} / sum:b{*}", "a / b"),
    ],
)
def test_a_metric_is_the_query_without_scopes(query: str, wanted: str) -> None:
    assert metric_text(parse_one(query)) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("avg:a{*}", "avg"), ("a{*}", None), ("p95:a{*}", "p95"), ("abs(sum:a{*}) + max:b{*}", "sum"),
     ("count(v: v>=100):a{*}", "count")],
)  # fmt: skip
def test_the_aggregator_is_that_of_the_first_selector(query: str, wanted: str | None) -> None:
    assert first_aggregator(parse_one(query)) == wanted


def test_groups_are_named_once_in_their_order() -> None:
    assert group_keys(parse_one("sum:a{*} by {host,env} / sum:b{*} by {env,zone}")) == ["host", "env", "zone"]
    assert group_keys(parse_one("sum:a{*}")) == []
