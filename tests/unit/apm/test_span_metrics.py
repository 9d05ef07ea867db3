"""Metrics made of spans: rules, and the points that come of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heeler.apm.span_metrics import (
    Point,
    RuleError,
    SpanMetrics,
    check_name,
    checked,
    compile_rule,
    points_of,
)
from heeler.apm.span_reader import chunk_records
from heeler.metrics.model import TagConfiguration
from heeler.metrics.tag_rules import TagRules
from heeler.store.engine import Engine
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.unit.monitors.world import world


def points(attributes: dict[str, Any]) -> list[Point]:
    span = Span(
        service="shop", name="op", resource="GET /", trace_id=1, span_id=1, start=10**9, duration=2 * 10**9,
        meta={"http.status_code": "200", "usr.plan": "gold"}, metrics={"cart.items": 3},
    )  # fmt: skip
    (chunk,) = chunk_records(AgentTraces(env="prod", payloads=[TracerPayload([Chunk([span])])]))
    return points_of([compile_rule("m", checked(attributes))], chunk.records[0])


def test_a_count_has_one_point_a_span_with_its_groups() -> None:
    groups = [{"path": "resource_name"}, {"path": "@usr.plan", "tag_name": "plan"}, {"path": "@missing"}]
    found = points({"compute": {"aggregation_type": "count"}, "group_by": groups})
    assert found == [Point("m", ("plan:gold", "resource_name:GET /"), 3.0, None)]


def test_a_count_has_no_percentiles_and_may_say_so() -> None:
    compute = {"aggregation_type": "count", "include_percentiles": False}
    assert checked({"compute": compute})["compute"] == compute
    assert points({"compute": compute}) == [Point("m", (), 3.0, None)]


def test_a_distribution_takes_the_number_of_its_path() -> None:
    def of(path: str) -> list[float | None]:
        return [one.number for one in points({"compute": {"aggregation_type": "distribution", "path": path}})]

    assert of("@duration") == [2e9]
    assert of("@cart.items") == [3.0]
    assert of("@http.status_code") == [200.0]
    assert of("@missing") == []


def test_what_the_filter_does_not_match_gives_no_point() -> None:
    count = {"aggregation_type": "count"}
    assert points({"compute": count, "filter": {"query": "env:prod"}})
    assert points({"compute": count, "filter": {"query": "env:test"}}) == []


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"compute": {"aggregation_type": "sum"}},
        {"compute": {"aggregation_type": "distribution"}},
        {"compute": {"aggregation_type": "count", "path": "@duration"}},
        {"compute": {"aggregation_type": "distribution", "path": "@d", "include_percentiles": 1}},
        {"compute": {"aggregation_type": "count"}, "filter": {"query": "@a:>b"}},
        {"compute": {"aggregation_type": "count"}, "group_by": [{"tag_name": "x"}]},
        {"compute": {"aggregation_type": "count"}, "group_by": {}},
    ],
)
def test_a_bad_rule_is_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        checked(attributes)


def test_a_bad_name_is_refused() -> None:
    assert check_name("shop.requests_2") == "shop.requests_2"
    for name in ("", 7, "a metric", "9lives"):
        with pytest.raises(RuleError):
            check_name(name)


async def test_tags_are_reduced_by_the_rules_of_the_metric(engine: Engine, tmp_path: Path) -> None:
    name = "spanmetrics.reduced"
    async with world(engine, tmp_path) as here:
        now, services = datetime.fromtimestamp(here.services.now(), UTC), here.services
        attributes = {"tags": ["plan"], "metric_type": "count", "exclude_tags_mode": False}
        async with services.database.session() as session:
            session.add(TagConfiguration(name=name, attributes=attributes, created=now, modified=now))
        await services.part(TagRules).reload()
        metrics = services.part(SpanMetrics)
        for user in "abc":
            metrics.add([Point(name, ("plan:gold", f"user:{user}"), services.now(), None)])
        await metrics.flush()
    rows = engine.rows_sync("SELECT DISTINCT tags FROM series WHERE metric = {name:String}", {"name": name})
    assert [row[0] for row in rows] == [["plan:gold"]]
