"""Plans of aggregations: one parse, one statement, the time axis and the groups."""

from __future__ import annotations

import pytest

from heeler.logs.search import LOGS
from heeler.query.search.parser import SearchError
from heeler.query.search.plan import MAX_FACETS, Aggregation, Compute, GroupBy
from heeler.query.search.planner import plan_series, plan_totals


def test_series_plans_align_buckets_to_multiples_of_the_interval() -> None:
    plan = plan_series(LOGS, Aggregation("service:web", 1_000_130, 1_000_900), 300)
    assert (plan.first, plan.interval, plan.buckets) == (999_900, 300, 4)
    assert plan.zero_missing
    assert plan.unit == ""
    assert "web" in plan.parameters.values()
    assert "web" not in plan.sql


def test_a_window_no_longer_than_its_interval_is_one_bucket() -> None:
    plan = plan_series(LOGS, Aggregation("*", 1_000_130, 1_000_430), 300)
    assert (plan.first, plan.buckets) == (1_000_130, 1)


def test_a_zone_moves_the_beginning_of_buckets() -> None:
    plan = plan_series(LOGS, Aggregation("*", 86_400 * 10, 86_400 * 12), 86_400, shift=3_600)
    assert plan.first == 86_400 * 10 - 3_600
    assert plan.buckets == 3


def test_durations_have_a_unit_and_counts_of_them_have_none() -> None:
    timed = Aggregation("*", 0, 600, Compute("pc95", "@duration"))
    assert plan_series(LOGS, timed, 60).unit == "nanosecond"
    counted = Aggregation("*", 0, 600, Compute("cardinality", "@duration"))
    assert plan_series(LOGS, counted, 60).unit == ""


@pytest.mark.parametrize(
    ("facets", "levels"), [((), 1), (("service",), 2), (("env",), 2), (("service", "status"), 3)]
)
def test_counts_take_few_levels_of_the_statement(facets: tuple[str, ...], levels: int) -> None:
    plan = plan_totals(LOGS, Aggregation("*", 0, 600, Compute(), [GroupBy(facet) for facet in facets]))
    without_first_groups = plan.sql.split(" IN (SELECT")[0]
    assert without_first_groups.count("SELECT") == levels
    assert " AND 1" not in plan.sql


def test_limits_and_mistakes_are_found_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="buckets"):
        plan_series(LOGS, Aggregation("*", 0, 86_400 * 365), 1)
    many = [GroupBy(f"@f{index}") for index in range(MAX_FACETS + 1)]
    with pytest.raises(ValueError, match="facets"):
        plan_totals(LOGS, Aggregation("*", 0, 60, group_by=many))
    with pytest.raises(ValueError, match="expected one of"):
        plan_totals(LOGS, Aggregation("*", 0, 60, Compute("mode", "@a")))
    with pytest.raises(SearchError):
        plan_totals(LOGS, Aggregation("(a", 0, 60))


def test_each_facet_is_limited_within_the_one_before() -> None:
    groups = [GroupBy("service", limit=3), GroupBy("host", limit=2, by_name=True, order="asc")]
    plan = plan_totals(LOGS, Aggregation("*", 0, 60, group_by=groups))
    assert plan.group_by == groups
    assert "LIMIT 3" in plan.sql
    assert "LIMIT 2 BY g0" in plan.sql
