"""Query objects of widgets and the API as aggregations."""

from __future__ import annotations

import pytest

from heeler.query.search.plan import Compute, GroupBy
from heeler.query.search.query_objects import read_aggregation, read_interval


def test_a_whole_query_object() -> None:
    item = {
        "data_source": "logs",
        "search": {"query": "service:web"},
        "compute": {"aggregation": "pc95", "metric": "@duration", "interval": 5_000},
        "group_by": [
            {
                "facet": "@http.status_code",
                "limit": 3,
                "sort": {"aggregation": "sum", "metric": "@bytes", "order": "asc"},
                "should_exclude_missing": True,
            }
        ],
    }
    found = read_aggregation(item, 100, 200)
    assert found.search == "service:web"
    assert found.compute == Compute("pc95", "@duration")
    assert list(found.group_by) == [GroupBy("@http.status_code", 3, Compute("sum", "@bytes"), "asc", True)]
    assert read_interval(item) == 5


def test_everything_may_be_left_out() -> None:
    found = read_aggregation({}, 0, 1)
    assert (found.search, found.compute, list(found.group_by)) == ("", Compute(), [])
    assert read_interval({}) is None


def test_fields_in_one_object_share_their_limit() -> None:
    found = read_aggregation({"group_by": {"fields": ["service", "env"], "limit": 7}}, 0, 1)
    assert [(one.facet, one.limit) for one in found.group_by] == [("service", 7), ("env", 7)]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"group_by": "service"}, "must be a list"),
        ({"group_by": [{"limit": 3}]}, "needs a 'facet'"),
        ({"group_by": [{"facet": "x", "limit": 0.5}]}, "must be 1 to"),
        ({"group_by": [{"facet": "x", "limit": 10**9}]}, "must be 1 to"),
        ({"compute": "count"}, "'compute' must be an object"),
    ],
)
def test_errors_say_what_is_expected(item: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_aggregation(item, 0, 1)
