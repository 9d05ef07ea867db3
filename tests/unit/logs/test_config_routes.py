"""Endpoints of pipelines, indexes and metrics of logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_ROOT = "/api/v1/logs/config"
_METRICS = "/api/v2/logs/config/metrics"


async def test_a_pipeline_is_read_back_and_deleted_once(admin: Caller, reader: Caller) -> None:
    most = {
        "name": "p", "is_enabled": True, "filter": {"query": "source:a"}, "description": "d",
        "tags": ["team:web"],
        "processors": [{"type": "message-remapper", "name": "m", "is_enabled": True, "sources": ["msg"]}],
    }  # fmt: skip
    made = await admin.post(f"{_ROOT}/pipelines", most)
    parsed("v1.LogsPipelinesApi", "create_logs_pipeline", made)
    assert {name: made[name] for name in most} == most
    path = f"{_ROOT}/pipelines/{made['id']}"
    assert await admin.get(path) == made
    least = await admin.put(path, {"name": "q"})
    parsed("v1.LogsPipelinesApi", "update_logs_pipeline", least)
    assert (least["is_enabled"], least["processors"]) == (False, [])
    await reader.refused("PUT", path, {"name": "r"}, 403)
    await admin.delete(path)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"name": "r"})):
        assert "not found" in await admin.refused(method, path, body, 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", 5), ("is_enabled", "x"), ("filter", 5), ("processors", 5), ("tags", "x"),
     ("processors", [{"type": "house"}]), ("tags", [5]), ("description", 5)],
)  # fmt: skip
async def test_pipelines_that_could_not_run(admin: Caller, field: str, value: Any) -> None:
    await admin.refused("POST", f"{_ROOT}/pipelines", {"name": "p", field: value})
    for body in (b"", b"[]"):
        await admin.refused("POST", f"{_ROOT}/pipelines", body)


async def test_orders_name_each_once(admin: Caller) -> None:
    order = f"{_ROOT}/pipeline-order"
    for name in "ab":
        await admin.post(f"{_ROOT}/pipelines", {"name": name})
    ids = (await admin.get(order))["pipeline_ids"]
    assert await admin.put(order, {"pipeline_ids": ids[::-1]}) == {"pipeline_ids": ids[::-1]}
    assert (await admin.get(order))["pipeline_ids"] == ids[::-1]
    for wrong in (ids[1:], [*ids[1:], ids[1]], [*ids, "none"]):
        await admin.refused("PUT", order, {"pipeline_ids": wrong}, 422)
    for wrong in ("x", [5], None):
        await admin.refused("PUT", order, {"pipeline_ids": wrong})


@pytest.mark.usefixtures("store")
async def test_limits_of_an_index_stay_and_exclusion_filters_are_replaced(
    admin: Caller, reader: Caller
) -> None:
    excluded = [{"name": "e", "is_enabled": True, "filter": {"query": "b", "sample_rate": 1.0}}]
    most = {
        "name": "main-2", "filter": {"query": "a"}, "daily_limit": 100, "exclusion_filters": excluded,
        "daily_limit_reset": {"reset_time": "14:00", "reset_utc_offset": "+02:00"},
        "daily_limit_warning_threshold_percentage": 70.0, "num_retention_days": 3, "tags": ["team:web"],
    }  # fmt: skip
    made = await admin.post(f"{_ROOT}/indexes", most)
    parsed("v1.LogsIndexesApi", "create_logs_index", made)
    assert {name: made[name] for name in most} == most
    path = f"{_ROOT}/indexes/main-2"
    changed = await admin.put(path, {"filter": {"query": "c"}})
    parsed("v1.LogsIndexesApi", "update_logs_index", changed)
    assert changed == {**made, "filter": {"query": "c"}, "exclusion_filters": []}
    unlimited = await admin.put(
        path, {"filter": {"query": "c"}, "disable_daily_limit": True, "daily_limit": 5}
    )
    assert "daily_limit" not in unlimited
    assert unlimited["num_retention_days"] == 3
    assert "filter" in await admin.refused("PUT", path, {"daily_limit": 7})
    await reader.refused("PUT", path, {"filter": {"query": "c"}}, 403)
    await admin.refused("POST", f"{_ROOT}/indexes", most, 422)
    await admin.delete(path)
    await admin.refused("DELETE", path, None, 404)
    await admin.refused("POST", f"{_ROOT}/indexes", most, 422)
    await admin.refused("PUT", f"{_ROOT}/indexes/none", {"filter": {"query": "c"}}, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "Main"), ("name", None), ("filter", None), ("filter", {"query": "(("}), ("daily_limit", -1),
     ("daily_limit", "x"), ("exclusion_filters", "x"), ("num_retention_days", 0), ("tags", "x"),
     ("num_retention_days", 10**6), ("num_retention_days", True), ("num_flex_logs_retention_days", 30),
     ("daily_limit_warning_threshold_percentage", 10), ("daily_limit_reset", {"reset_time": "25:00"}),
     ("exclusion_filters", [{"name": "e", "filter": {"query": "*", "sample_rate": 2}}])],
)  # fmt: skip
async def test_indexes_that_could_not_keep_logs(admin: Caller, field: str, value: Any) -> None:
    body = {"name": "main-2", "filter": {"query": "*"}, field: value}
    await admin.refused("POST", f"{_ROOT}/indexes", body)
    await admin.refused("GET", f"{_ROOT}/indexes/main-2", None, 404)


def metric_of(name: Any, **attributes: Any) -> Any:
    return {"data": {"type": "logs_metrics", "id": name, "attributes": attributes}}


async def test_what_is_left_out_of_a_change_of_a_metric_stays(admin: Caller, reader: Caller) -> None:
    compute = {"aggregation_type": "distribution", "path": "@duration", "include_percentiles": True}
    body = metric_of("web.time", compute=compute, filter={"query": "a"}, group_by=[{"path": "@x"}])
    made = await admin.post(_METRICS, body)
    parsed("v2.LogsMetricsApi", "create_logs_metric", made)
    await admin.refused("POST", _METRICS, body, 409)
    path = f"{_METRICS}/web.time"
    assert await admin.patch(path, metric_of("web.time")) == made
    changed = await admin.patch(path, metric_of("web.time", compute={"include_percentiles": False}))
    assert changed["data"]["attributes"]["compute"] == {**compute, "include_percentiles": False}
    assert changed["data"]["attributes"]["filter"] == {"query": "a"}
    for wrong in ("x", [], {"aggregation_type": "count"}, {"path": "@y"}, {"house": 1}):
        text = await admin.refused("PATCH", path, metric_of("web.time", compute=wrong))
        assert "compute" in text
    await reader.refused("DELETE", path, None, 403)
    await admin.delete(path, 204)
    for method, sent in (("DELETE", None), ("GET", None), ("PATCH", metric_of("web.time"))):
        assert "web.time" in await admin.refused(method, path, sent, 404)


async def test_a_count_may_be_sent_with_an_empty_path(admin: Caller) -> None:
    compute = {"aggregation_type": "count", "path": "", "include_percentiles": None}
    await admin.post(_METRICS, metric_of("web.hits", compute=compute))
    path = f"{_METRICS}/web.hits"
    changed = await admin.patch(
        path, metric_of("web.hits", compute={"path": None, "include_percentiles": None})
    )
    assert changed["data"]["attributes"]["compute"] == {"aggregation_type": "count"}
    parsed("v2.LogsMetricsApi", "get_logs_metric", await admin.get(path))


@pytest.mark.parametrize(
    "attributes",
    [{}, {"compute": {"aggregation_type": "count", "path": "@x"}},
     {"compute": {"aggregation_type": "count", "include_percentiles": True}},
     {"compute": {"aggregation_type": "distribution"}}, {"compute": {"aggregation_type": []}},
     {"compute": {"aggregation_type": "count"}, "group_by": [{}]},
     {"compute": {"aggregation_type": "count"}, "filter": "x"}],
)  # fmt: skip
async def test_metrics_that_could_not_be_counted(admin: Caller, attributes: dict[str, Any]) -> None:
    await admin.refused("POST", _METRICS, metric_of("a.b", **attributes))
    for name in ("B c", 5, "", "a" * 201):
        await admin.refused("POST", _METRICS, metric_of(name, compute={"aggregation_type": "count"}))
