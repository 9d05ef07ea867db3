from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.apm import search as _spans  # noqa: F401 - registers data sources
from heeler.logs import search as _logs  # noqa: F401
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.call_queries import (
    parse_check,
    parse_error_query,
    parse_process_query,
    parse_search_query,
)
from heeler.monitors.queries.types import CheckQuery, FormulaQuery, SearchQuery, UnsupportedQuery

LOGS: dict[str, Any] = {
    "name": "a",
    "data_source": "metrics",
    "query": "sum:requests{*} by {host}",
}


def test_calls_of_a_check_may_be_in_any_order_and_unquoted() -> None:
    wanted = CheckQuery("http.can_connect", ("env:prod",), ("host:a",), ("host", "url"), 4, percent=False)
    quoted = (
        '"http.can_connect".over("env:prod").exclude("host:a").by("host","url").last(4).count_by_status()'
    )
    calls = ".count_by_status().last('4').by(host, url , host).exclude(host:a).over(env:prod, *)"
    loose = f"'http.can_connect'{calls}"
    assert parse_check(quoted) == parse_check(loose) == wanted


def test_a_cluster_alert_needs_no_count_and_no_group() -> None:
    found = parse_check('"app.ok".over("*").by("*").pct_by_status()')
    assert (found.percent, found.last, found.by, found.over) == (True, 1, (), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"',
        '""',
        '""' + ".last(2).count_by_status()",
        '"a".last(2)',
        '"a".last(2).count_by_status().pct_by_status()',
        '"a".last(2).last(3).count_by_status()',
        '"a".last(1,2).count_by_status()',
        '"a".last(0).count_by_status()',
        '"a".last(101).count_by_status()',
        '"a".last(\N{SUPERSCRIPT TWO}).count_by_status()',
        '"a".last(-1).count_by_status()',
        '"a".count_by_status()',
        '"a".last(2).count_by_status("x")',
        '"a".last(2).count_by_status().count_by_status()',
        '"a".delete("x").last(2).count_by_status()',
        '"a".last(' + "9" * 5000 + ").count_by_status()",
    ],
)
def test_a_check_query_with_two_meanings_or_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_check(text)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_invalid(text: str) -> None:
    for parse in (parse_check, parse_error_query, parse_process_query):
        for whole in (text, f'"a"{text}', f'processes("a"{text}', f'error-tracking("{text}").last("1h") > 1'):
            try:
                parse(whole)
            except InvalidQuery:
                continue


@pytest.mark.parametrize(
    ("calls", "word"),
    [
        ('.rollup("count").last("5m").last("1h")', "once"),
        ('.rollup("count").rollup("avg","@d").last("5m")', "once"),
        ('.rollup("avg","@d","@e").last("5m")', "at most 2"),
        ('.rollup("count").last("5m","1h")', "at most 1"),
        ('.rollup("count").last("next_5m")', "future"),
        ('.rollup("count").last("0m")', "time window"),
        ('.rollup("count")', "time window"),
        ('.rollup("avg").last("5m")', "measure"),
        ('.rollup("p95","@d").last("5m")', "unknown rollup"),
        ('.over("x").last("5m")', "there is no .over"),
    ],
)
def test_a_search_query_with_two_meanings_or_none_is_refused(calls: str, word: str) -> None:
    with pytest.raises(InvalidQuery, match=word):
        parse_search_query(f'logs("a"){calls} > 0', None)


def test_a_search_keeps_what_it_was_given() -> None:
    calls = '.rollup("pc95", "@duration").by("service, resource","*").last("1h") >= 5'
    found = parse_search_query(f'trace-analytics("env:prod "a b""){calls}', None)
    assert found == SearchQuery(
        source="spans", search='env:prod "a b"', aggregation="pc95", measure="@duration",
        by=("service", "resource"), window=3600, comparator=">=", threshold=5.0,
    )  # fmt: skip


def test_an_error_search_keeps_its_alternatives_within_the_source() -> None:
    query = 'error-tracking-traces("env:a OR env:b").new().rollup("count").by("service").last("1d") > 0'
    found = parse_error_query(query)
    assert isinstance(found, SearchQuery)
    assert (found.search, found.new) == ("source:trace (env:a OR env:b)", True)


@pytest.mark.parametrize(
    "calls", ['.source("all","backend")', '.source("ghost")', ".new().impact()", ".new().new()", '.new("x")']
)
def test_an_error_query_with_two_meanings_or_none_is_refused(calls: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_error_query(f'error-tracking("a"){calls}.rollup("count").last("1d") > 0')


def test_errors_of_browsers_are_unsupported() -> None:
    for query in ('error-tracking-rum("a")', 'error-tracking("a").source("browser")'):
        assert isinstance(parse_error_query(f'{query}.rollup("count").last("1d") > 0'), UnsupportedQuery)


@pytest.mark.parametrize("window", ["59s", "25h", "next_5m", "current_1w", ""])
def test_the_window_of_processes_is_bounded(window: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_process_query(f'processes("a").rollup("count").last("{window}") > 1')


def test_another_rollup_of_processes_is_named_whole() -> None:
    with pytest.raises(InvalidQuery, match="'count, x'"):
        parse_process_query('processes("a").rollup("count", "x").last("5m") > 1')


def formula(text: str, variables: Any, calls: str = '.last("5m")') -> Any:
    return parse_search_query(f'formula("{text}"){calls} > 1', variables)


def test_a_formula_takes_the_queries_that_it_names() -> None:
    found = formula("a * 2", [LOGS, {**LOGS, "name": "b"}], '.last("5m").rollup("max").by("host")')
    assert isinstance(found, FormulaQuery)
    assert [one["name"] for one in found.variables] == ["a"]
    assert (found.reducer, found.window) == ("max", 300)


@pytest.mark.parametrize(
    ("text", "variables", "calls"),
    [
        ("a", None, '.last("5m")'),
        ("a", {}, '.last("5m")'),
        ("a", "a", '.last("5m")'),
        ("a", [3], '.last("5m")'),
        ("b", [LOGS], '.last("5m")'),
        ("3", [LOGS], '.last("5m")'),
        ("", [LOGS], '.last("5m")'),
        ("nothing(a)", [LOGS], '.last("5m")'),
        ("a + ", [LOGS], '.last("5m")'),
        ("a", [{**LOGS, "query": "{{"}], '.last("5m")'),
        ("a", [{"name": "a", "data_source": "logs", "search": {"query": "(("}}], '.last("5m")'),
        ("a", [{"name": "a", "data_source": "logs", "group_by": 3}], '.last("5m")'),
        ("a", [{"name": "a", "data_source": "logs", "group_by": {"facet": "x"}}], '.last("5m")'),
        ("a", [LOGS], ""),
        ("a", [LOGS], '.last("5m").by("service")'),
        ("a", [LOGS], '.last("5m").rollup("p99")'),
        ("a", [LOGS], '.last("5m").rollup("su","m")'),
    ],
)
def test_a_formula_that_cannot_be_evaluated_is_refused(text: str, variables: Any, calls: str) -> None:
    with pytest.raises(InvalidQuery):
        formula(text, variables, calls)


@pytest.mark.parametrize("source", ["rum", None, ["metrics"], {}])
def test_a_data_source_without_data_here_is_unsupported(source: Any) -> None:
    found = formula("a", [{"name": "a", "data_source": source, "search": {"query": "x"}}])
    assert isinstance(found, UnsupportedQuery)
