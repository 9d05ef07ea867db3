"""The generated client on the configuration of logs, and deliveries that go through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.logs_api import LogsApi as LogsApiV1
from datadog_api_client.v1.api.logs_indexes_api import LogsIndexesApi
from datadog_api_client.v1.api.logs_pipelines_api import LogsPipelinesApi
from datadog_api_client.v1.model.http_log import HTTPLog as HTTPLogV1
from datadog_api_client.v1.model.http_log_item import HTTPLogItem as HTTPLogItemV1
from datadog_api_client.v1.model.logs_index import LogsIndex
from datadog_api_client.v1.model.logs_index_update_request import LogsIndexUpdateRequest
from datadog_api_client.v1.model.logs_indexes_order import LogsIndexesOrder
from datadog_api_client.v1.model.logs_list_request import LogsListRequest as LogsListRequestV1
from datadog_api_client.v1.model.logs_pipeline import LogsPipeline
from datadog_api_client.v1.model.logs_pipelines_order import LogsPipelinesOrder
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.api.logs_archives_api import LogsArchivesApi
from datadog_api_client.v2.api.logs_custom_destinations_api import LogsCustomDestinationsApi
from datadog_api_client.v2.api.logs_metrics_api import LogsMetricsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.custom_destination_create_request import CustomDestinationCreateRequest
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem
from datadog_api_client.v2.model.logs_aggregate_request import LogsAggregateRequest
from datadog_api_client.v2.model.logs_archive_create_request import LogsArchiveCreateRequest
from datadog_api_client.v2.model.logs_list_request import LogsListRequest
from datadog_api_client.v2.model.logs_metric_create_request import LogsMetricCreateRequest
from datadog_api_client.v2.model.logs_metric_update_request import LogsMetricUpdateRequest
from datadog_api_client.v2.model.logs_sort import LogsSort
from datadog_api_client.v2.model.logs_storage_tier import LogsStorageTier

from tests.conftest import RunningServer
from tests.integration.client_answers import parsed
from tests.unit.logs.pipelines.test_processors import ATTRIBUTES


@pytest.fixture(scope="module")
def server(own_server: RunningServer) -> RunningServer:
    return own_server


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
    assert parsed(api.get_logs_index("clients")).num_retention_days == 15
    longer = LogsIndexUpdateRequest(filter={"query": "*"}, num_retention_days=400)  # type: ignore[arg-type]
    refused(400, "num_retention_days", lambda: api.update_logs_index("clients", longer))
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


def test_what_is_not_there_is_refused(client: ApiClient) -> None:
    """Archives without credentials of a store, and custom destinations: no object is accepted."""
    archives = LogsArchivesApi(client)
    assert parsed(archives.list_logs_archives()).data == []
    assert parsed(archives.get_logs_archive_order()).data.attributes.archive_ids == []
    destination = {"type": "s3", "bucket": "logs", "integration": {"account_id": "1", "role_name": "r"}}
    attributes: dict[str, Any] = {"name": "All", "query": "*", "destination": destination}
    body: Any = LogsArchiveCreateRequest(data={"type": "archives", "attributes": attributes})  # type: ignore[arg-type]
    refused(400, "set HEELER_S3_ACCESS_KEY_ID", lambda: archives.create_logs_archive(body))
    refused(404, "No archive", lambda: archives.get_logs_archive("x"))
    refused(404, "No archive", lambda: archives.delete_logs_archive("x"))
    refused(404, "No archive", lambda: archives.list_archive_read_roles("x"))
    destinations = LogsCustomDestinationsApi(client)
    assert parsed(destinations.list_logs_custom_destinations()).data == []
    forwarder = {
        "type": "http",
        "endpoint": "https://example.com",
        "auth": {"type": "basic", "username": "u", "password": "p"},
    }
    body = CustomDestinationCreateRequest(
        data={"type": "custom_destination", "attributes": {"name": "x", "forwarder_destination": forwarder}}  # type: ignore[arg-type]
    )
    refused(400, "not supported", lambda: destinations.create_logs_custom_destination(body))
    refused(404, "No custom", lambda: destinations.get_logs_custom_destination("x"))
    refused(404, "No custom", lambda: destinations.delete_logs_custom_destination("x"))


def refused(status: int, words: str, call: Callable[[], Any]) -> None:
    with pytest.raises(ApiException) as error:
        call()
    assert (error.value.status, words in str(error.value.body)) == (status, True), error.value


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


LINES = 25


@pytest.fixture(scope="module")
def numbered(client: ApiClient) -> LogsApi:
    """25 logs of the service pages, half sent by each generation of the client."""
    api, began = LogsApi(client), int(time.time() * 1000)
    for number in range(LINES):
        fields = {
            "message": f"page {number}", "service": "pages", "ddsource": "go", "hostname": f"h{number % 2}",
            "timestamp": str(began), "number": str(number),
        }  # fmt: skip
        if number % 2:
            parsed(LogsApiV1(client).submit_log(HTTPLogV1([HTTPLogItemV1(**fields)]), ddtags="env:pages"))
        else:
            tags = {"content_encoding": ContentEncoding.GZIP, "ddtags": "env:pages"}
            parsed(api.submit_log(HTTPLog([HTTPLogItem(**fields)]), **tags))  # type: ignore[arg-type]
    return api


def test_every_page_of_a_search(numbered: LogsApi) -> None:
    where: Any = {"query": "service:pages env:pages", "from": "now-10m", "to": "now"}
    body = LogsListRequest(filter=where, sort=LogsSort.TIMESTAMP_ASCENDING, page={"limit": 4})  # type: ignore[arg-type]
    expected = [f"page {number}" for number in range(LINES)]
    found = [parsed(one) for one in numbered.list_logs_with_pagination(body=body)]
    assert [one.attributes.message for one in found] == expected
    assert len({one.id for one in found}) == LINES
    assert found[1].attributes.host == "h1"
    assert found[1].attributes.tags == ["env:pages", "source:go"]
    now = datetime.now(UTC)
    window = {"filter_from": now - timedelta(minutes=10), "filter_to": now}
    pages = numbered.list_logs_get_with_pagination(
        filter_query="service:pages", filter_indexes=["*"], sort=LogsSort.TIMESTAMP_DESCENDING, page_limit=7,
        **window,
    )  # fmt: skip
    assert [one.attributes.message for one in map(parsed, pages)] == expected[::-1]
    one = parsed(numbered.list_logs_get(filter_query="service:pages", filter_indexes=["main"], page_limit=3))
    assert len(one.data) == 3
    assert "filter%5Bindexes%5D=main" in one.links.next
    assert parsed(numbered.list_logs_get(filter_query="service:pages", filter_indexes=["clients"])).data == []
    refused(400, "tier", lambda: numbered.list_logs_get(filter_storage_tier=LogsStorageTier.FLEX))
    body.filter.storage_tier = LogsStorageTier.ONLINE_ARCHIVES
    refused(400, "tier", lambda: numbered.list_logs(body=body))


def test_every_page_of_the_first_generation(client: ApiClient, numbered: LogsApi) -> None:
    now = datetime.now(UTC)
    window: Any = {"from": now - timedelta(minutes=10), "to": now, "timezone": "Europe/Berlin"}
    body = LogsListRequestV1(query="service:pages", time=window, limit=6, sort="asc")  # type: ignore[arg-type]
    found: list[str] = []
    while True:
        page = parsed(LogsApiV1(client).list_logs(body))
        found += [one.content.message for one in page.logs]
        if not page.next_log_id:
            break
        body.start_at = page.next_log_id
    assert found == [f"page {number}" for number in range(LINES)]


def test_aggregates(numbered: LogsApi) -> None:
    def ask(**fields: Any) -> Any:
        where = {"query": "service:pages", "from": "now-10m", "to": "now"}
        request = LogsAggregateRequest(filter=where, **fields)  # type: ignore[arg-type]
        return parsed(numbered.aggregate_logs(body=request)).data.buckets

    (total,) = ask(compute=[{"aggregation": "count"}, {"aggregation": "pc99", "metric": "@number"}])
    assert (total.computes["c0"], 22 <= total.computes["c1"] <= 24) == (25, True)
    groups = ask(
        compute=[
            {"aggregation": "count", "type": "total"},
            {"aggregation": "cardinality", "metric": "@number"},
        ],
        group_by=[
            {
                "facet": "host",
                "limit": 5,
                "total": "All",
                "sort": {"aggregation": "max", "metric": "@number", "order": "desc"},
            }
        ],
    )
    shown = [(one.by["host"], one.computes["c0"], one.computes["c1"]) for one in groups]
    assert shown == [("h0", 13, 13), ("h1", 12, 12), ("All", 25, 25)]
    histogram = {"interval": 10, "min": 0, "max": 30}
    ranges = ask(compute=[{"aggregation": "count"}], group_by=[{"facet": "@number", "histogram": histogram}])
    assert sorted(one.computes["c0"] for one in ranges) == [5, 10, 10]
    (series,) = ask(compute=[{"aggregation": "count", "type": "timeseries", "interval": "1m"}])
    assert sum(point.value for point in series.computes["c0"].value) == LINES
    (missing,) = ask(compute=[{"aggregation": "count"}], group_by=[{"facet": "@nowhere", "missing": "none"}])
    assert (missing.by, missing.computes) == ({"@nowhere": "none"}, {"c0": 25})
    refused(400, "cursor", lambda: ask(compute=[{"aggregation": "count"}], page={"cursor": "x"}))
