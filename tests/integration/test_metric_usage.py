"""How a metric is used and how it is configured in bulk, through the unmodified client."""

from __future__ import annotations

import time
from collections.abc import Iterator

import datadog
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

from tests.conftest import RunningServer

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
