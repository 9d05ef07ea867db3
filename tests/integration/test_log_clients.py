"""The generated client on the configuration of logs, and deliveries that go through it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v1.model.logs_index import LogsIndex
from datadog_api_client.v1.model.logs_index_update_request import LogsIndexUpdateRequest
from datadog_api_client.v1.model.logs_indexes_order import LogsIndexesOrder
from datadog_api_client.v1.model.logs_pipeline import LogsPipeline
from datadog_api_client.v1.model.logs_pipelines_order import LogsPipelinesOrder
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.logs_metrics_api import LogsMetricsApi
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem
from datadog_api_client.v2.model.logs_aggregate_request import LogsAggregateRequest
from datadog_api_client.v2.model.logs_list_request import LogsListRequest
from datadog_api_client.v2.model.logs_metric_create_request import LogsMetricCreateRequest
from datadog_api_client.v2.model.logs_metric_update_request import LogsMetricUpdateRequest

from tests.conftest import RunningServer, start_server
from tests.integration.client_answers import parsed
from tests.unit.logs.pipelines.test_processors import ATTRIBUTES


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("log-clients"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[ApiClient]:
    with ApiClient(server.configuration()) as opened:
        yield opened


GROK = {
    "type": "grok-parser", "is_enabled": True, "name": "Parse", "source": "message", "samples": ["paid 5"],
    "grok": {"match_rules": "rule paid %{integer:amount}", "support_rules": ""},
}  # fmt: skip


def pipeline(name: str, *processors: dict[str, Any]) -> LogsPipeline:
    body = {
        "name": name,
        "is_enabled": True,
        "filter": {"query": "service:clients"},
        "processors": list(processors),
    }
    return LogsPipeline(**body, description="Made by a test", tags=["team:core"])


def test_pipelines(client: ApiClient) -> None:
    api = LogsPipelinesApi(client)
    every = [{"is_enabled": False, "name": "x", **one[0]} for one in ATTRIBUTES]
    made = parsed(api.create_logs_pipeline(pipeline("All", *every)))
    assert len(made.processors) == len(ATTRIBUTES)
    first = parsed(api.create_logs_pipeline(pipeline("First", GROK)))
    assert (first.type, first.is_read_only) == ("pipeline", False)
    assert parsed(api.get_logs_pipeline(first.id)).name == "First"
    assert [one.name for one in parsed(api.list_logs_pipelines()).value if not one.is_read_only] == [
        "All",
        "First",
    ]
    order = parsed(api.get_logs_pipeline_order()).pipeline_ids
    moved = [first.id, *(one for one in order if one != first.id)]
    assert (
        parsed(api.update_logs_pipeline_order(LogsPipelinesOrder(pipeline_ids=moved))).pipeline_ids == moved
    )
    with pytest.raises(ApiException) as refused:
        api.update_logs_pipeline_order(LogsPipelinesOrder(pipeline_ids=["x"]))
    assert refused.value.status == 422
    changed = parsed(api.update_logs_pipeline(made.id, pipeline("Changed")))
    assert (changed.name, changed.processors) == ("Changed", [])
    api.delete_logs_pipeline(made.id)
    with pytest.raises(ApiException) as gone:
        api.get_logs_pipeline(made.id)
    assert gone.value.status == 400
    with pytest.raises(ApiException) as bad:
        api.create_logs_pipeline(pipeline("Bad", {**GROK, "grok": {"match_rules": "a %{x:y}"}}))
    assert "unknown matcher x" in str(bad.value.body)


def test_indexes(client: ApiClient) -> None:
    api = LogsIndexesApi(client)
    body: dict[str, Any] = {
        "name": "clients",
        "filter": {"query": "service:clients"},
        "daily_limit": 1_000_000,
        "daily_limit_reset": {"reset_time": "14:00", "reset_utc_offset": "+02:00"},
        "daily_limit_warning_threshold_percentage": 70.0,
        "exclusion_filters": [
            {"name": "half", "is_enabled": True, "filter": {"query": "status:debug", "sample_rate": 0.5}}
        ],
        "num_retention_days": 15,
        "tags": ["team:core"],
    }
    made = parsed(api.create_logs_index(LogsIndex(**body)))
    assert (made.name, made.daily_limit, made.is_rate_limited) == ("clients", 1_000_000, False)
    parsed(api.create_logs_index(LogsIndex(name="others", filter={"query": "*"})))  # type: ignore[arg-type]
    assert [one.name for one in parsed(api.list_log_indexes()).indexes] == ["clients", "others"]
    assert parsed(api.get_logs_index("clients")).exclusion_filters[0].name == "half"
    names = ["others", "clients"]
    assert parsed(api.update_logs_index_order(LogsIndexesOrder(index_names=names))).index_names == names
    api.update_logs_index_order(LogsIndexesOrder(index_names=names[::-1]))
    assert parsed(api.get_logs_index_order()).index_names == names[::-1]
    update = LogsIndexUpdateRequest(filter={"query": "service:clients"}, disable_daily_limit=True)  # type: ignore[arg-type]
    assert "daily_limit" not in parsed(api.update_logs_index("clients", update)).to_dict()
    api.delete_logs_index("others")
    with pytest.raises(NotFoundException):
        api.get_logs_index("others")
    with pytest.raises(ApiException) as used:
        api.create_logs_index(LogsIndex(name="others", filter={"query": "*"}))  # type: ignore[arg-type]
    assert used.value.status == 422


def test_metrics(client: ApiClient) -> None:
    api = LogsMetricsApi(client)

    def body(name: str, compute: dict[str, Any]) -> LogsMetricCreateRequest:
        attributes = {
            "compute": compute,
            "filter": {"query": "service:clients"},
            "group_by": [{"path": "@http.method", "tag_name": "method"}],
        }
        return LogsMetricCreateRequest(data={"id": name, "type": "logs_metrics", "attributes": attributes})  # type: ignore[arg-type]

    made = parsed(api.create_logs_metric(body("clients.count", {"aggregation_type": "count"})))
    assert (made.data.id, made.data.attributes.compute.aggregation_type.value) == ("clients.count", "count")
    distribution = {"aggregation_type": "distribution", "path": "@amount", "include_percentiles": True}
    parsed(api.create_logs_metric(body("clients.amount", distribution)))
    assert [one.id for one in parsed(api.list_logs_metrics()).data] == ["clients.amount", "clients.count"]
    change = {"filter": {"query": "*"}, "compute": {"include_percentiles": False}}
    update = LogsMetricUpdateRequest(data={"type": "logs_metrics", "attributes": change})  # type: ignore[arg-type]
    changed = parsed(api.update_logs_metric("clients.amount", update))
    assert changed.data.attributes.compute.include_percentiles is False
    assert parsed(api.get_logs_metric("clients.amount")).data.attributes.filter.query == "*"
    with pytest.raises(ApiException) as again:
        api.create_logs_metric(body("clients.count", {"aggregation_type": "count"}))
    assert again.value.status == 409
    api.delete_logs_metric("clients.amount")
    with pytest.raises(NotFoundException, match="not_found"):
        api.get_logs_metric("clients.amount")


def test_archives_are_refused(client: ApiClient) -> None:
    assert parsed(LogsArchivesApi(client).list_logs_archives()).data == []


def test_logs_go_through_pipeline_and_index(client: ApiClient) -> None:
    """After the tests above: a pipeline that parses amounts, and an index of the service."""
    api = LogsApi(client)
    item = HTTPLogItem(message="paid 5", service="clients", ddsource="go", ddtags="env:prod", hostname="h")
    api.submit_log(HTTPLog([item, HTTPLogItem(message="paid 7", service="clients", level="warn")]))
    where = {"query": "service:clients", "indexes": ["clients"], "from": "now-5m", "to": "now"}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = parsed(api.list_logs(body=LogsListRequest(filter=where, sort="timestamp"))).data  # type: ignore[arg-type]
        if len(found) == 2:
            break
        time.sleep(0.2)
    shown = [one.attributes for one in found]
    assert [(one.message, one.status, one.attributes["amount"]) for one in shown] == [
        ("paid 5", "info", 5),
        ("paid 7", "warn", 7),
    ]
    for indexes, numbers in ((["clients"], {"c0": 12}), (["main"], {}), (["*"], {"c0": 12})):
        asked = LogsAggregateRequest(
            filter={**where, "indexes": indexes},  # type: ignore[arg-type]
            compute=[{"aggregation": "sum", "metric": "@amount"}],  # type: ignore[list-item]
        )
        (bucket,) = parsed(api.aggregate_logs(body=asked)).data.buckets
        assert bucket.computes == numbers
