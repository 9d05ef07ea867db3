"""How a metric is used and how it is configured in bulk, through the unmodified client."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import datadog
import httpx
import pytest
from datadog import api
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import NotFoundException
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_bulk_configure_tags_type import MetricBulkConfigureTagsType
from datadog_api_client.v2.model.metric_bulk_tag_config_create import MetricBulkTagConfigCreate
from datadog_api_client.v2.model.metric_bulk_tag_config_create_attributes import (
    MetricBulkTagConfigCreateAttributes,
)
from datadog_api_client.v2.model.metric_bulk_tag_config_create_request import (
    MetricBulkTagConfigCreateRequest,
)
from datadog_api_client.v2.model.metric_bulk_tag_config_delete import MetricBulkTagConfigDelete
from datadog_api_client.v2.model.metric_bulk_tag_config_delete_request import (
    MetricBulkTagConfigDeleteRequest,
)

from tests.conftest import RunningServer, start_server

METRIC = "usage.visits"
TYPE = MetricBulkConfigureTagsType.BULK_MANAGE_TAGS


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[MetricsApi]:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    now = int(time.time())
    for host in ("till-1", "till-2"):
        for room in ("red", "blue"):
            api.Metric.send(
                metric=METRIC, points=[(now, 1)], type="count", host=host, tags=[f"room:{room}", "loud"]
            )
    with ApiClient(server.configuration()) as opened:
        yield MetricsApi(opened)


def test_dashboards_and_monitors_are_a_metrics_assets(client: MetricsApi) -> None:
    requests = [{"q": f"sum:{METRIC}{{room:red}} by {{host}}.as_count()"}]
    widgets = [{"definition": {"type": "timeseries", "requests": requests}}]
    dashboard = api.Dashboard.create(title="Visits by till", widgets=widgets, layout_type="ordered")
    monitor = api.Monitor.create(
        type="query alert", name="No visits", query=f"max(last_5m):max:{METRIC}{{*}} by {{room}} < 1"
    )
    found = client.list_metric_assets(METRIC)
    assert [one.id for one in found.data.relationships.dashboards.data] == [dashboard["id"]]
    assert [one.id for one in found.data.relationships.monitors.data] == [str(monitor["id"])]
    assert {one.attributes.title for one in found.included} == {"Visits by till", "No visits"}
    active = client.list_active_metric_configurations(METRIC).data.attributes
    assert list(active.active_tags) == ["host", "room"]
    pairs = {(one.time.value, one.space.value) for one in active.active_aggregations.value}
    assert pairs == {("sum", "sum"), ("sum", "max")}


def test_series_are_counted_for_the_tags_that_would_stay(client: MetricsApi) -> None:
    def estimated(**asked: object) -> int:
        answer = client.estimate_metrics_output_series(METRIC, **asked)
        return int(answer.data.attributes.estimated_output_series)

    assert estimated(filter_groups="room,host") == 4
    assert estimated(filter_groups="room") == 2
    assert estimated(filter_groups="room", filter_exclude_tags_mode=True) == 2
    assert estimated(filter_groups="") == 1
    assert estimated(filter_groups="room", filter_hours_ago=49) == 0


def test_tag_keys_tell_how_many_values_are_new(client: MetricsApi) -> None:
    found = client.get_metric_tag_cardinality_details(METRIC)
    grown = {one.id: one.attributes.cardinality_delta for one in found.data}
    assert grown == {"host": 2, "room": 2, "loud": 1}
    with pytest.raises(NotFoundException):
        client.get_metric_tag_cardinality_details("usage.never_sent")


def test_every_metric_of_a_prefix_is_configured_and_freed(client: MetricsApi) -> None:
    attributes = MetricBulkTagConfigCreateAttributes(tags=["room"], emails=["admin@example.com"])
    made = client.create_bulk_tags_metrics_configuration(
        MetricBulkTagConfigCreateRequest(
            data=MetricBulkTagConfigCreate(id="usage.", type=TYPE, attributes=attributes)
        )
    )
    assert made.data.attributes.status == "Accepted"
    kept = client.list_tag_configuration_by_name(METRIC).data.attributes
    assert (kept.metric_type.value, list(kept.tags)) == ("count", ["room"])
    client.delete_bulk_tags_metrics_configuration(
        MetricBulkTagConfigDeleteRequest(data=MetricBulkTagConfigDelete(id="usage.", type=TYPE))
    )
    with pytest.raises(NotFoundException):
        client.list_tag_configuration_by_name(METRIC)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose dashboards and monitors are made older than they are."""
    running = start_server(tmp_path_factory.mktemp("old"))
    yield running
    running.stop()


def _aged(server: RunningServer, sql: str) -> None:
    path = server.data_dir / "heeler.sqlite"
    with sqlite3.connect(path, timeout=60) as database:
        past = (datetime.now(UTC) - timedelta(days=40)).strftime("%Y-%m-%d %H:%M:%S.000000")
        database.execute(sql, {"past": past})


def test_what_nobody_looks_at(old: RunningServer) -> None:
    with httpx.Client(base_url=old.url, headers=old.headers, timeout=60) as admin:
        _is_unused_until_looked_at(admin, old)


def _is_unused_until_looked_at(admin: httpx.Client, old: RunningServer) -> None:
    now = int(time.time())
    points = [[now, 1.0], [now - 10, 2.0]]
    sent = [
        {"metric": metric, "points": points, "tags": [f"n:{number}"]}
        for metric in ("unused.watched", "unused.alone")
        for number in range(3)
    ]
    assert admin.post("/api/v1/series", json={"series": sent}).status_code == 202
    query = "avg:unused.watched{*}"
    widget = {"definition": {"type": "timeseries", "requests": [{"q": query}]}}
    board = {"title": "Old board", "layout_type": "ordered", "widgets": [widget]}
    board_id = admin.post("/api/v1/dashboard", json=board).json()["id"]
    monitor = {"name": "Old monitor", "type": "query alert", "query": f"avg(last_5m):{query} > 9"}
    monitor_id = admin.post("/api/v1/monitor", json=monitor).json()["id"]

    def found(days: int = 30) -> dict[str, Any]:
        return dict(admin.get(f"/api/ui/unused?days={days}").json())

    before = found()
    metrics = {one["name"]: one for one in before["metrics"]}
    watched, alone = metrics["unused.watched"], metrics["unused.alone"]
    assert (watched["series"], watched["points"], watched["assets"]) == (3, 6, 2)
    assert (alone["series"], alone["assets"], alone["last_queried"]) == (3, 0, None)
    assert (before["dashboards"], before["monitors"]) == ([], []), "they were made just now"

    _aged(old, "UPDATE dashboards SET created = :past")
    _aged(old, "UPDATE monitors SET created = :past")
    aged = found()
    (dashboard,) = aged["dashboards"]
    assert (dashboard["id"], dashboard["metrics"], dashboard["series"]) == (board_id, 1, 3)
    (unopened,) = aged["monitors"]
    assert (unopened["id"], unopened["last_viewed"]) == (str(monitor_id), None)
    assert found(60)["dashboards"] == found(60)["monitors"] == []

    assert admin.get(f"/api/v1/query?from={now - 60}&to={now}&query={query}").status_code == 200
    assert admin.post(f"/api/ui/dashboards/{board_id}/views").status_code == 204
    assert admin.post(f"/api/ui/monitors/{monitor_id}/views").status_code == 204
    assert admin.post("/api/ui/monitors/999999/views").status_code == 404
    after = found()
    assert (after["dashboards"], after["monitors"]) == ([], [])
    assert "unused.watched" not in {one["name"] for one in after["metrics"]}
    _aged(old, "UPDATE monitor_views SET last = :past")
    assert [one["title"] for one in found()["monitors"]] == ["Old monitor"]
