"""Every call of spans, traces, retention filters, span metrics and the catalog, through the real client."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v2.api.apm_api import APMApi
from datadog_api_client.v2.api.apm_retention_filters_api import APMRetentionFiltersApi
from datadog_api_client.v2.api.apm_trace_api import APMTraceApi
from datadog_api_client.v2.api.software_catalog_api import SoftwareCatalogApi
from datadog_api_client.v2.api.spans_api import SpansApi
from datadog_api_client.v2.api.spans_metrics_api import SpansMetricsApi
from datadog_api_client.v2.model.include_type import IncludeType
from datadog_api_client.v2.model.kind_obj import KindObj
from datadog_api_client.v2.model.reorder_retention_filters_request import ReorderRetentionFiltersRequest
from datadog_api_client.v2.model.retention_filter_create_request import RetentionFilterCreateRequest
from datadog_api_client.v2.model.retention_filter_update_request import RetentionFilterUpdateRequest
from datadog_api_client.v2.model.spans_aggregate_request import SpansAggregateRequest
from datadog_api_client.v2.model.spans_list_request import SpansListRequest
from datadog_api_client.v2.model.spans_metric_create_request import SpansMetricCreateRequest
from datadog_api_client.v2.model.spans_metric_update_request import SpansMetricUpdateRequest

from heeler.wire.traces import agent_payload
from heeler.wire.traces.client_stats import StatsBucket, StatsGroup, StatsOfAgent, StatsOfTracer, encode_agent
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.conftest import RunningServer
from tests.integration.client_answers import parsed


def send(server: RunningServer, service: str, count: int = 1, **more: Any) -> int:
    """Traces of an entry span and a database call; the id of the first."""
    now, chunks = time.time_ns(), []
    for at in range(count):
        entry = Span(
            service=service, name="web.request", resource=f"GET /{at % 2}", type="web",
            trace_id=now + at, span_id=1, start=now - (at + 1) * 1_000_000, duration=(at + 1) * 1000,
            error=int(at == 0),
            meta={"http.status_code": "500" if at == 0 else "200", "http.method": "GET", "plan": "gold"},
            metrics={"_dd.top_level": 1, "cart.items": float(at)},
        )  # fmt: skip
        call = Span(
            service=f"{service}-db", name="pg.query", resource="SELECT 1", type="db",
            trace_id=now + at, span_id=2, parent_id=1, start=entry.start, duration=100,
        )  # fmt: skip
        chunks.append(Chunk([entry, call], 1))
    body = agent_payload.encode(
        AgentTraces("h", "prod", payloads=[TracerPayload(chunks, env="prod", **more)])
    )
    answer = requests.post(f"{server.url}/api/v0.2/traces", data=body, headers=server.headers, timeout=30)
    assert answer.status_code == 200
    return now


def search_body(query: str, **more: Any) -> SpansListRequest:
    attributes = {"filter": {"query": query, "from": "now-15m", "to": "now+1m"}, **more}
    return SpansListRequest(data={"attributes": attributes, "type": "search_request"})  # type: ignore[arg-type]


def until(look: Callable[[], Any], seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.5)
    return found


def test_spans_are_searched_paged_and_aggregated(server: RunningServer, client: ApiClient) -> None:
    send(server, "apm-clients", 7)
    api = SpansApi(client)
    (one,) = parsed(api.list_spans(search_body("service:apm-clients @http.status_code:500"))).data
    assert (one.attributes.resource_name, one.attributes.custom["http"]["status_code"]) == ("GET /0", "500")
    assert one.attributes.custom["duration"] == 1000
    pages = api.list_spans_with_pagination(search_body("service:apm-clients", page={"limit": 3}))
    assert len({span.id for span in pages}) == 7
    by_get = api.list_spans_get_with_pagination(
        filter_query="service:apm-clients", filter_from="now-15m", filter_to="now+1m", page_limit=2
    )
    assert len({span.id for span in by_get}) == 7
    request = {
        "compute": [{"aggregation": "count"}, {"aggregation": "max", "metric": "@duration"}],
        "filter": {"query": "service:apm-clients", "from": "now-15m", "to": "now+1m"},
        "group_by": [
            {"facet": "resource_name", "limit": 10, "sort": {"aggregation": "count", "order": "desc"}}
        ],
    }
    body = SpansAggregateRequest(data={"attributes": request, "type": "aggregate_request"})  # type: ignore[arg-type]
    buckets = parsed(api.aggregate_spans(body)).data
    found = {one.attributes.by["resource_name"]: one.attributes.compute for one in buckets}
    assert {name: (values["c0"], values["c1"]) for name, values in found.items()} == {
        "GET /0": (4.0, 7000.0), "GET /1": (3.0, 6000.0)
    }  # fmt: skip
    wrong = {"filter": {"query": "*", "from": "now", "to": "now-1h"}}
    backwards = SpansListRequest(data={"attributes": wrong, "type": "search_request"})  # type: ignore[arg-type]
    with pytest.raises(ApiException) as refused:
        api.list_spans(backwards)
    assert (refused.value.status, "'from' should be anterior" in str(refused.value.body)) == (422, True)


def test_a_trace_is_read_whole_and_pruned(server: RunningServer, client: ApiClient) -> None:
    trace = send(server, "apm-trace")
    client.configuration.unstable_operations["get_trace_by_id"] = True
    client.configuration.unstable_operations["get_pruned_trace_by_id"] = True
    api = APMTraceApi(client)
    whole = parsed(api.get_trace_by_id(str(trace))).data
    assert sorted(span.service for span in whole.attributes.spans) == ["apm-trace", "apm-trace-db"]
    some = api.get_trace_by_id(str(trace), include_fields=["service", "duration"]).data.attributes.spans
    assert [set(span.to_dict()) for span in some] == [{"service", "duration"}] * 2
    pruned = parsed(api.get_pruned_trace_by_id(str(trace), tag_include=["http.*"])).data
    assert pruned.id
    with pytest.raises(NotFoundException):
        api.get_trace_by_id("1234567890123")


def test_services_are_listed(server: RunningServer, client: ApiClient) -> None:
    group = StatsGroup(
        service="apm-listed", name="web.request", resource="GET /", type="web", hits=3, top_level_hits=3
    )
    start = (int(time.time()) // 10 - 2) * 10 * 10**9
    stats = StatsOfAgent(
        "h", "prod", stats=[StatsOfTracer(env="prod", buckets=[StatsBucket(start, 10**10, [group])])]
    )
    answer = requests.post(
        f"{server.url}/api/v0.2/stats", data=encode_agent(stats), headers=server.headers, timeout=30
    )
    assert answer.status_code == 200
    found = parsed(APMApi(client).get_service_list(filter_env="prod")).data
    assert "apm-listed" in found.attributes.services
    listed = SoftwareCatalogApi(client).list_catalog_entity(filter_name="apm-listed", include_discovered=True)
    assert [one.attributes.kind for one in parsed(listed).data] == ["service"]
    assert SoftwareCatalogApi(client).list_catalog_entity(filter_name="apm-listed").data == []


def retention(name: str, query: str, rate: float, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "enabled": True, "filter": {"query": query}, "filter_type": "spans-sampling-processor",
        "rate": rate, **more,
    }  # fmt: skip


def test_retention_filters_decide_what_is_found(server: RunningServer, client: ApiClient) -> None:
    api, kind = APMRetentionFiltersApi(client), "apm_retention_filter"

    def create(attributes: dict[str, Any]) -> Any:
        body = RetentionFilterCreateRequest(data={"attributes": attributes, "type": kind})  # type: ignore[arg-type]
        return parsed(api.create_apm_retention_filter(body)).data

    nothing = create(retention("drop", "service:apm-kept*", 0))
    entries = create(retention("entries", "service:apm-kept", 1))
    assert (nothing.attributes.execution_order, entries.attributes.execution_order) == (1, 2)
    assert entries.attributes.created_by == server.email
    spans = SpansApi(client)
    send(server, "apm-kept")
    assert spans.list_spans(search_body("service:apm-kept*")).data == []
    order = [{"id": one.id, "type": kind} for one in (entries, nothing)]
    api.reorder_apm_retention_filters(ReorderRetentionFiltersRequest(data=order))  # type: ignore[arg-type]
    listed = parsed(api.list_apm_retention_filters()).data
    assert [(one.id, one.attributes.execution_order) for one in listed] == [(entries.id, 1), (nothing.id, 2)]
    trace = send(server, "apm-kept")
    assert [one.attributes.service for one in spans.list_spans(search_body("service:apm-kept*")).data] == [
        "apm-kept"
    ]
    client.configuration.unstable_operations["get_trace_by_id"] = True
    assert len(APMTraceApi(client).get_trace_by_id(str(trace)).data.attributes.spans) == 2
    change = retention("entries", "service:apm-kept", 1, trace_rate=1.0)
    update = RetentionFilterUpdateRequest(data={"id": entries.id, "attributes": change, "type": kind})  # type: ignore[arg-type]
    changed = parsed(api.update_apm_retention_filter(entries.id, update)).data
    assert (changed.attributes.trace_rate, changed.attributes.execution_order) == (1.0, 1)
    assert parsed(api.get_apm_retention_filter(entries.id)).data.attributes.name == "entries"
    send(server, "apm-kept")
    assert len(spans.list_spans(search_body("service:apm-kept*")).data) == 3
    for one in (nothing, entries):
        api.delete_apm_retention_filter(one.id)
    for call in (api.get_apm_retention_filter, api.delete_apm_retention_filter):
        with pytest.raises(NotFoundException, match="retention filter with id"):
            call(entries.id)
    for wrong in (retention("x", "*", 2), {**retention("x", "*", 1), "filter_type": "other"}):
        data = {"data": {"attributes": wrong, "type": kind}}
        url = f"{server.url}/api/v2/apm/config/retention-filters"
        assert requests.post(url, json=data, headers=server.headers, timeout=60).status_code == 400
    with pytest.raises(ApiException) as refused:
        api.reorder_apm_retention_filters(ReorderRetentionFiltersRequest(data=order))  # type: ignore[arg-type]
    assert refused.value.status == 400


def test_metrics_of_spans_are_computed(server: RunningServer, client: ApiClient) -> None:
    api = SpansMetricsApi(client)

    def create(name: str, compute: dict[str, Any]) -> Any:
        attributes = {
            "compute": compute,
            "filter": {"query": "service:apm-metric"},
            "group_by": [{"path": "resource_name", "tag_name": "route"}, {"path": "@plan"}],
        }
        data = {"id": name, "type": "spans_metrics", "attributes": attributes}
        return parsed(api.create_spans_metric(SpansMetricCreateRequest(data=data))).data  # type: ignore[arg-type]

    made = create("apm.clients.count", {"aggregation_type": "count"})
    assert [one.tag_name for one in made.attributes.group_by] == ["route", "plan"]
    distribution = {"aggregation_type": "distribution", "path": "@duration", "include_percentiles": True}
    create("apm.clients.duration", distribution)
    send(server, "apm-metric", 7)

    def queried(query: str) -> list[Any]:
        now = int(time.time())
        found = requests.get(
            f"{server.url}/api/v1/query", params={"query": query, "from": now - 600, "to": now + 60},
            headers=server.headers, timeout=60,
        ).json()  # fmt: skip
        return list(found["series"])

    found = until(lambda: queried("sum:apm.clients.count{*} by {route,plan}.as_count()"))
    totals = {
        frozenset(one["tag_set"]): sum(value for _, value in one["pointlist"] if value) for one in found
    }
    assert totals == {
        frozenset({"plan:gold", "route:get_/0"}): 4.0,
        frozenset({"plan:gold", "route:get_/1"}): 3.0,
    }
    (whole,) = until(lambda: queried("max:apm.clients.duration{*}"))
    assert max(value for _, value in whole["pointlist"] if value) == pytest.approx(7000, rel=0.01)
    assert [one.id for one in parsed(api.list_spans_metrics()).data] == [
        "apm.clients.count",
        "apm.clients.duration",
    ]
    change = {"filter": {"query": "*"}, "compute": {"include_percentiles": False}}
    update = SpansMetricUpdateRequest(data={"attributes": change, "type": "spans_metrics"})  # type: ignore[arg-type]
    changed = parsed(api.update_spans_metric("apm.clients.duration", update)).data
    assert changed.attributes.compute.include_percentiles is False
    assert parsed(api.get_spans_metric("apm.clients.duration")).data.attributes.filter.query == "*"
    with pytest.raises(ApiException) as again:
        create("apm.clients.count", {"aggregation_type": "count"})
    assert again.value.status == 409
    for name in ("apm.clients.count", "apm.clients.duration"):
        api.delete_spans_metric(name)
    with pytest.raises(NotFoundException, match="not_found"):
        api.get_spans_metric("apm.clients.count")


SHOP = """apiVersion: v3
kind: service
metadata:
  name: catalog-shop3
  displayName: Shop
  owner: payments
  tags: [tier:1]
  links: [{name: Runbook, type: runbook, url: "https://example.com/r"}]
spec:
  lifecycle: production
  tier: "1"
  type: web
  languages: [python]
  dependsOn: [datastore:catalog-db3]
  componentOf: [system:catalog-store3]
"""
DB = """apiVersion: v3
kind: datastore
metadata: {name: catalog-db3}
spec: {type: postgres}
---
apiVersion: v3
kind: system
metadata: {name: catalog-store3}
---
apiVersion: v3
kind: queue
metadata: {name: catalog-orders3}
---
apiVersion: v3
kind: api
metadata: {name: catalog-api3}
spec: {type: openapi, implementedBy: [service:catalog-shop3]}
"""


def test_entities_of_the_catalog(server: RunningServer, client: ApiClient) -> None:
    api = SoftwareCatalogApi(client)
    made = parsed(api.upsert_catalog_entity(SHOP)).data[0]
    parsed(api.upsert_catalog_entity(DB))
    assert (made.attributes.owner, made.attributes.display_name) == ("payments", "Shop")
    found = parsed(api.list_catalog_entity(filter_ref="service:catalog-shop3", include=IncludeType.SCHEMA))
    assert found.included[0].attributes.schema.spec.depends_on == ["datastore:catalog-db3"]
    raw = parsed(api.list_catalog_entity(filter_id=made.id, include=IncludeType.RAW_SCHEMA)).included[0]
    assert raw.attributes.raw_schema == SHOP
    related = parsed(
        api.list_catalog_entity(filter_name="catalog-shop3", include=IncludeType.RELATION)
    ).included
    assert {one.attributes.name for one in related} == {
        "catalog-db3",
        "catalog-store3",
        "catalog-api3",
        "payments",
    }
    names = [one.attributes.name for one in api.list_catalog_entity_with_pagination(page_limit=2)]
    assert [one for one in names if one.startswith("catalog-") and one.endswith("3")] == [
        "catalog-api3", "catalog-db3", "catalog-orders3", "catalog-shop3", "catalog-store3"
    ]  # fmt: skip
    relations = api.list_catalog_relation_with_pagination(
        filter_from_ref="service:catalog-shop3", page_limit=2
    )
    assert {str(one.attributes.type) for one in relations} == {
        "RelationTypeDependsOn", "RelationTypePartsOf", "RelationTypeOwnedBy", "RelationTypeImplements"
    }  # fmt: skip
    parsed(api.list_catalog_relation(filter_to_ref="datastore:catalog-db3"))
    parsed(api.preview_catalog_entities())
    api.delete_catalog_entity("service:default/catalog-shop3")
    with pytest.raises(NotFoundException):
        api.delete_catalog_entity(made.id)
    for bad in ("apiVersion: v3\nkind: unheard\nmetadata: {name: x}\n", "apiVersion: v9"):
        with pytest.raises(ApiException) as refused:
            api.upsert_catalog_entity(bad)
        assert refused.value.status == 400


def test_kinds_of_the_catalog(client: ApiClient) -> None:
    api = SoftwareCatalogApi(client)
    kind = KindObj(kind="library", display_name="Library", description="Code that others use")
    assert parsed(api.upsert_catalog_kind(kind)).data[0].attributes.display_name == "Library"
    parsed(api.upsert_catalog_entity("apiVersion: v3\nkind: library\nmetadata: {name: catalog-lib3}\n"))
    kinds = [one.id for one in api.list_catalog_kind_with_pagination(page_limit=2)]
    assert kinds == ["service", "datastore", "queue", "system", "api", "library"]
    with pytest.raises(ApiException) as used:
        api.delete_catalog_kind("library")
    assert used.value.status == 409
    api.delete_catalog_entity("library:default/catalog-lib3")
    api.delete_catalog_kind("library")
    with pytest.raises(NotFoundException):
        api.delete_catalog_kind("library")
