"""Endpoints of retention filters and span-based metrics."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api_app import Caller, parsed

_FILTERS = "/api/v2/apm/config/retention-filters"
_ORDER = "/api/v2/apm/config/retention-filters-execution-order"
_METRICS = "/api/v2/apm/config/metrics"
LEAST: dict[str, Any] = {
    "name": "f", "enabled": True, "filter": {"query": "*"}, "filter_type": "spans-sampling-processor",
    "rate": 0.5,
}  # fmt: skip


def filter_of(**attributes: Any) -> Any:
    return {"data": {"type": "apm_retention_filter", "attributes": {**LEAST, **attributes}}}


def metric_of(name: Any, **attributes: Any) -> Any:
    return {"data": {"type": "spans_metrics", "id": name, "attributes": attributes}}


async def test_filters_are_ordered_replaced_and_deleted_once(admin: Caller, reader: Caller) -> None:
    made = [await admin.post(_FILTERS, filter_of(name=name)) for name in "ab"]
    parsed("v2.APMRetentionFiltersApi", "create_apm_retention_filter", made[0])
    one, two = [answer["data"]["id"] for answer in made]
    body = filter_of(rate=1, trace_rate=0.25)
    body["data"]["id"] = one
    changed = await admin.put(f"{_FILTERS}/{one}", body)
    parsed("v2.APMRetentionFiltersApi", "update_apm_retention_filter", changed)
    assert changed["data"]["attributes"]["trace_rate"] == 0.25
    ids = [{"id": identity, "type": "apm_retention_filter"} for identity in (two, one)]
    await admin.put(_ORDER, {"data": ids})
    listed = await admin.get(_FILTERS)
    parsed("v2.APMRetentionFiltersApi", "list_apm_retention_filters", listed)
    places = [(each["id"], each["attributes"]["execution_order"]) for each in listed["data"]]
    assert places == [(two, 1), (one, 2)]
    for wrong in ([], ids[:1], [ids[0], ids[0]], [*ids, {"id": "none"}], [{"id": []}, {}], "x", [5]):
        await admin.refused("PUT", _ORDER, {"data": wrong})
    await reader.refused("DELETE", f"{_FILTERS}/{one}", None, 403)
    await admin.delete(f"{_FILTERS}/{one}")
    for method, sent in (("DELETE", None), ("GET", None), ("PUT", body)):
        assert one in await admin.refused(method, f"{_FILTERS}/{one}", sent, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("enabled", "yes"), ("filter", "x"), ("filter", {}), ("filter", {"query": "(("}),
     ("rate", 1.1), ("rate", "1"), ("rate", True), ("trace_rate", -0.1), ("filter_type", "other"),
     ("filter_type", [])],
)  # fmt: skip
async def test_filters_that_could_not_apply(admin: Caller, field: str, value: Any) -> None:
    assert field in await admin.refused("POST", _FILTERS, filter_of(**{field: value}))
    for wrong in (b"", b"[]", {}, {"data": {"type": "x", "attributes": LEAST}}):
        await admin.refused("POST", _FILTERS, wrong)


async def test_what_is_left_out_of_a_change_of_a_metric_stays(admin: Caller, reader: Caller) -> None:
    compute = {"aggregation_type": "distribution", "path": "@duration", "include_percentiles": True}
    groups = [{"path": "resource_name", "tag_name": "resource"}]
    body = metric_of("shop.time", compute=compute, filter={"query": "service:shop"}, group_by=groups)
    made = await admin.post(_METRICS, body)
    parsed("v2.SpansMetricsApi", "create_spans_metric", made)
    await admin.refused("POST", _METRICS, body, 409)
    path = f"{_METRICS}/shop.time"
    assert await admin.patch(path, metric_of("shop.time")) == made
    changed = await admin.patch(path, metric_of("shop.time", compute={"include_percentiles": False}))
    parsed("v2.SpansMetricsApi", "update_spans_metric", changed)
    shown = changed["data"]["attributes"]
    assert shown["compute"] == {**compute, "include_percentiles": False}
    assert (shown["filter"], shown["group_by"]) == ({"query": "service:shop"}, groups)
    assert (await admin.patch(path, metric_of("shop.time", group_by=[])))["data"]["attributes"][
        "group_by"
    ] == []
    await reader.refused("DELETE", path, None, 403)
    await admin.delete(path, 204)
    for method, sent in (("DELETE", None), ("GET", None), ("PATCH", metric_of("shop.time"))):
        assert "shop.time" in await admin.refused(method, path, sent, 404)


@pytest.mark.parametrize(
    "compute",
    ["x", [], 5, {"aggregation_type": "count"}, {"path": "@other"}, {"include_percentiles": "x"},
     {"house": 1}],
)  # fmt: skip
async def test_the_measure_of_a_metric_does_not_change(admin: Caller, compute: Any) -> None:
    distribution = {"aggregation_type": "distribution", "path": "@duration"}
    made = await admin.post(_METRICS, metric_of("a.b", compute=distribution))
    text = await admin.refused("PATCH", f"{_METRICS}/a.b", metric_of("a.b", compute=compute))
    assert "compute" in text
    assert await admin.get(f"{_METRICS}/a.b") == made


async def test_a_count_may_be_sent_with_an_empty_path(admin: Caller) -> None:
    compute = {"aggregation_type": "count", "path": "", "include_percentiles": None}
    await admin.post(_METRICS, metric_of("web.hits", compute=compute))
    path = f"{_METRICS}/web.hits"
    changed = await admin.patch(
        path, metric_of("web.hits", compute={"path": None, "include_percentiles": None})
    )
    assert changed["data"]["attributes"]["compute"] == {"aggregation_type": "count"}
    parsed("v2.SpansMetricsApi", "get_spans_metric", await admin.get(path))


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"compute": {"aggregation_type": []}},
        {"compute": {"aggregation_type": "count", "path": "@x"}},
        {"compute": {"aggregation_type": "count", "include_percentiles": True}},
        {"compute": {"aggregation_type": "distribution"}},
        {"compute": {"aggregation_type": "count"}, "group_by": [{}]},
        {"compute": {"aggregation_type": "count"}, "group_by": [{"path": "a"}] * 11},
        {"compute": {"aggregation_type": "count"}, "filter": "x"},
    ],
)
async def test_metrics_that_could_not_be_counted(admin: Caller, attributes: dict[str, Any]) -> None:
    await admin.refused("POST", _METRICS, metric_of("a.b", **attributes))
    for name in ("B c", 5, "", "a" * 201):
        await admin.refused("POST", _METRICS, metric_of(name, compute={"aggregation_type": "count"}))
