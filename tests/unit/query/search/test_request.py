"""Requests of the list and aggregate endpoints: what is read, what is refused and how."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from heeler.query.search.plan import Compute, Steps
from heeler.query.search.request import (
    WindowError,
    interval_seconds,
    next_link,
    read_computes,
    read_cursor,
    read_facets,
    read_page,
    write_cursor,
)

NOW = 1_700_000_000.0
COUNT = Compute()


def test_a_page_by_default() -> None:
    page = read_page({}, NOW)
    assert (page.search, page.start, page.limit, page.newest_first) == ("*", NOW - 900, 10, True)
    assert page.end == pytest.approx(NOW + 0.001)


def test_a_page_that_is_asked_for() -> None:
    asked = {
        "filter": {
            "query": "service:web",
            "from": "2023-11-14T23:00:00",
            "to": 1_699_999_800_000,
            "indexes": ["main"],
            "storage_tier": "flex",
        },
        "page": {"limit": 5, "cursor": write_cursor(12, 2**64 - 1)},
        "sort": "timestamp",
        "options": {"timezone": "Europe/Paris", "timeOffset": 60},
    }
    page = read_page(asked, NOW)
    assert page.search == "service:web"
    assert page.start == NOW - 800 + 60
    assert page.end == pytest.approx(NOW - 200 + 60.001)
    assert (page.limit, page.cursor, page.newest_first) == (5, (12, 2**64 - 1), False)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"filter": "x"}, "'filter' must be an object"),
        ({"filter": {"query": ["x"]}}, "'filter.query' must be a string"),
        ({"filter": {"from": ["now"]}}, "'filter.from' must be a time"),
        ({"filter": {"from": True}}, "'filter.from' must be a time"),
        ({"filter": {"from": "now", "to": "now-1h"}}, "should be anterior"),
        ({"page": 3}, "'page' must be an object"),
        ({"page": {"limit": 0}}, r"'page.limit' is '0': expected 1 to 1000"),
        ({"page": {"limit": [5]}}, "'page.limit' is"),
        ({"page": {"limit": 1e400}}, "'page.limit' is"),
        ({"page": {"limit": True}}, "'page.limit' is"),
        ({"page": {"cursor": "!"}}, "'page.cursor' is invalid"),
        ({"page": {"cursor": {"a": 1}}}, "'page.cursor' is invalid"),
        ({"sort": "service"}, "'sort' is 'service': expected one of timestamp, -timestamp"),
        ({"options": {"timezone": "Mars"}}, "'Mars' is not a time zone"),
        ({"options": {"timeOffset": "1h"}}, "'options.timeOffset' must be a number"),
    ],
)
def test_a_page_that_cannot_be(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_page(asked, NOW)


def test_the_window_has_an_error_of_its_own() -> None:
    with pytest.raises(WindowError):
        read_page({"filter": {"from": "now", "to": "now"}}, NOW)


@pytest.mark.parametrize("time_and_id", ["9" * 30 + ".1", "1." + "9" * 30, "-1.1", "1.-1", "é.1"])
def test_cursors_beyond_what_is_kept_are_refused(time_and_id: str) -> None:
    cursor = base64.urlsafe_b64encode(time_and_id.encode()).decode()
    with pytest.raises(ValueError, match="cursor"):
        read_cursor(cursor)


def test_the_next_page_asks_the_same() -> None:
    asked = {"filter": {"query": "a b", "from": "now-1h"}, "page": {"limit": 5}, "sort": "timestamp"}
    assert next_link("http://x/logs", asked, "abc") == (
        "http://x/logs?filter%5Bquery%5D=a+b&filter%5Bfrom%5D=now-1h&sort=timestamp"
        "&page%5Blimit%5D=5&page%5Bcursor%5D=abc"
    )


def test_computes() -> None:
    raw = [
        {"aggregation": "pc95", "metric": "@duration"},
        {"aggregation": "count", "type": "timeseries", "interval": "5m"},
        {"aggregation": "sum", "metric": "@x", "type": "timeseries"},
    ]
    assert read_computes(raw) == [
        (Compute("pc95", "@duration"), None),
        (COUNT, 300),
        (Compute("sum", "@x"), 0),
    ]
    assert read_computes(None) == [(COUNT, None)]
    with pytest.raises(ValueError, match="expected total or timeseries"):
        read_computes([{"aggregation": "count", "type": "pie"}])
    with pytest.raises(ValueError, match="list of objects"):
        read_computes("count")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h", 3600), (5000, 5), ("5000", 5), ("", 0), (None, 0), (1, 1), ("2w", 1_209_600)],
)
def test_intervals(text: Any, seconds: int) -> None:
    assert interval_seconds(text) == seconds


@pytest.mark.parametrize("text", ["5x", "m", "-5m", "²m", [5], "9" * 30 + "m", float("inf")])
def test_what_is_no_interval_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="is not an interval"):
        interval_seconds(text)


def test_facets() -> None:
    plain, named, by_measure, steps = read_facets(
        [
            {"facet": "service"},
            {"facet": "env", "limit": 3, "missing": "none", "total": True, "sort": {"order": "desc"}},
            {
                "facet": "host",
                "total": "all",
                "sort": {"type": "measure", "aggregation": "max", "metric": "@x"},
            },
            {"facet": "@x", "histogram": {"interval": 5, "min": 0, "max": 20}},
        ],
        COUNT,
    )
    assert (plain.group.limit, plain.group.sort, plain.group.exclude_missing, plain.total) == (
        10,
        COUNT,
        True,
        None,
    )
    assert (named.group.missing, named.group.exclude_missing, named.total) == ("none", False, "env_total")
    assert (named.group.by_name, named.group.order) == (True, "desc")
    assert (by_measure.group.sort, by_measure.group.order, by_measure.total) == (
        Compute("max", "@x"),
        "desc",
        "all",
    )
    assert steps.group.steps == Steps(5, 0, 20)


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("service", "list of objects"),
        ({"limit": 5}, "with a 'facet'"),
        ({"facet": "x", "limit": 0}, "'limit' of facet 'x' is '0'"),
        ({"facet": "x", "sort": "asc"}, "'sort' must be an object"),
        ({"facet": "x", "histogram": {"interval": 0, "min": 0, "max": 1}}, "1 to 100 steps"),
        ({"facet": "x", "histogram": {"interval": 1, "min": 0, "max": 1000}}, "1 to 100 steps"),
        ({"facet": "x", "histogram": {"interval": "1"}}, "needs the numbers"),
    ],
)
def test_facets_that_cannot_be(group: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_facets([group], COUNT)
