"""Tag configurations and tag-indexing rules reduce what is stored; every call by the unmodified client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException
from datadog_api_client.v1.api.metrics_api import MetricsApi as MetricsV1
from datadog_api_client.v1.model.distribution_point import DistributionPoint
from datadog_api_client.v1.model.distribution_points_payload import DistributionPointsPayload
from datadog_api_client.v1.model.distribution_points_series import DistributionPointsSeries
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_resource import MetricResource
from datadog_api_client.v2.model.metric_series import MetricSeries

from tests.conftest import RunningServer

UNSTABLE = [
    f"{verb}_tag_indexing_rule{end}"
    for verb, end in (
        ("create", ""), ("get", ""), ("update", ""), ("delete", ""), ("list", "s"), ("list", "s_for_metric"),
        ("reorder", "s"), ("create", "_exemption"), ("get", "_exemption"), ("delete", "_exemption"),
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def clients(server: RunningServer) -> Iterator[tuple[MetricsV1, MetricsApi]]:
    with ApiClient(server.configuration(*UNSTABLE)) as opened:
        yield MetricsV1(opened), MetricsApi(opened)


def send(api: MetricsApi, metric: str, moment: int, user: int, value: float, kind: int = 1) -> None:
    series = MetricSeries(
        metric=metric, type=MetricIntakeType(kind), points=[MetricPoint(timestamp=moment, value=value)],
        tags=["env:prod", f"user:{user}"], resources=[MetricResource(type="host", name=f"h{user}")],
    )  # fmt: skip
    api.submit_metrics(body=MetricPayload(series=[series]))


def parsed(value: Any) -> Any:
    assert not getattr(value, "_unparsed", False)
    return value


def configure(api: MetricsApi, metric: str, kind: str, **attributes: Any) -> Any:
    data = {"type": "manage_tags", "id": metric, "attributes": {"metric_type": kind, **attributes}}
    return parsed(api.create_tag_configuration(metric, body={"data": data}))  # type: ignore[arg-type]


def points(v1: MetricsV1, query: str, moment: int) -> list[tuple[str, list[float]]]:
    found = v1.query_metrics(_from=moment - 60, to=moment + 60, query=query)
    return sorted((one.scope, [point.value[1] for point in one.pointlist]) for one in found.series)


def test_counts_of_all_senders_are_added(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients
    configure(api, "adm.clicks", "count", tags=["env"])
    moment = int(time.time())
    for user in range(5):
        send(api, "adm.clicks", moment, user, user + 1.0)
    send(api, "adm.clicks", moment, 4, 5.0)  # sent again
    assert points(v1, "sum:adm.clicks{*} by {env}.as_count()", moment) == [("env:prod", [15.0])]
    assert api.list_tags_by_metric_name("adm.clicks").data.attributes.tags == ["env:prod"]
    volumes = parsed(api.list_volumes_by_metric_name("adm.clicks")).data.attributes
    assert (volumes.ingested_volume, volumes.indexed_volume) == (5, 1)


def test_gauges_are_averaged_or_as_configured(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients
    configure(api, "adm.depth", "gauge", tags=["env"])
    configure(api, "adm.peak", "gauge", tags=["user"], exclude_tags_mode=True)
    aggregations = [{"time": "max", "space": "max"}]
    configure(api, "adm.top", "gauge", tags=[], aggregations=aggregations)
    moment = int(time.time())
    for user, value in ((1, 2.0), (2, 6.0)):
        for metric in ("adm.depth", "adm.peak", "adm.top"):
            send(api, metric, moment, user, value, kind=3)
    assert points(v1, "avg:adm.depth{*} by {env}", moment) == [("env:prod", [4.0])]
    assert points(v1, "sum:adm.peak{*} by {host}", moment) == [("host:h1", [2.0]), ("host:h2", [6.0])]
    assert points(v1, "avg:adm.top{*}", moment) == [("*", [6.0])]
    # What is already stored keeps its tags; what comes after the configuration is gone has all of them.
    api.delete_tag_configuration("adm.depth")
    send(api, "adm.depth", moment + 1, 1, 2.0, kind=3)
    assert ("user:1", [2.0]) in points(v1, "avg:adm.depth{*} by {user}", moment)


def test_a_configuration_is_changed(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients
    configure(api, "adm.changed", "count", tags=["env", "user"])
    data = {"type": "manage_tags", "id": "adm.changed", "attributes": {"tags": ["env"]}}
    changed: Any = {"data": data}
    answer = parsed(api.update_tag_configuration("adm.changed", changed)).data
    assert answer.attributes.tags == ["env"]
    assert parsed(api.list_tag_configuration_by_name("adm.changed")).data.attributes.tags == ["env"]
    moment = int(time.time())
    for user in range(2):
        send(api, "adm.changed", moment, user, 1.0)
    assert points(v1, "sum:adm.changed{*} by {env}.as_count()", moment) == [("env:prod", [2.0])]
    with pytest.raises(ApiException) as error:
        api.update_tag_configuration("adm.never_configured", changed)
    assert error.value.status in (400, 404)


def test_distributions_are_merged(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients
    configure(api, "adm.seconds", "distribution", tags=["env"], include_percentiles=True)
    moment = int(time.time())
    for user in range(4):
        one = DistributionPointsSeries(
            metric="adm.seconds", tags=["env:prod", f"user:{user}"],
            points=[DistributionPoint([float(moment), [float(user)] * 10])],
        )  # fmt: skip
        v1.submit_distribution_points(body=DistributionPointsPayload(series=[one]))
    assert points(v1, "count:adm.seconds{*} by {env}.as_count()", moment) == [("env:prod", [40.0])]
    assert points(v1, "max:adm.seconds{*} by {user}", moment) in ([("user:N/A", [3.0])], [])


def test_rules_for_many_metrics(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients

    def rule(name: str, pattern: str, **attributes: Any) -> str:
        given = {"name": name, "metric_name_matches": [pattern], **attributes}
        body = {"data": {"type": "tag_indexing_rules", "attributes": given}}
        return str(parsed(api.create_tag_indexing_rule(body=body)).data.id)  # type: ignore[arg-type]

    wide = rule("wide", "adm.rule.*", tags=["env"], ignored_metric_name_matches=["adm.rule.not.*"])
    other = rule("other", "adm.rule.b*", tags=["user"])
    exemption = {"data": {"type": "tag_indexing_rule_exemptions", "attributes": {"reason": "needed"}}}
    made = parsed(api.create_tag_indexing_rule_exemption("adm.rule.free", body=exemption))  # type: ignore[arg-type]
    assert made.data.attributes.reason == "needed"
    moment = int(time.time())
    for metric in ("adm.rule.a", "adm.rule.not.b", "adm.rule.free"):
        for user in (1, 2):
            send(api, metric, moment, user, 1.0)
    tags = {
        metric: set(api.list_tags_by_metric_name(metric).data.attributes.tags)
        for metric in ("adm.rule.a", "adm.rule.not.b", "adm.rule.free")
    }
    assert tags["adm.rule.a"] == {"env:prod"}
    everything = {"env:prod", "user:1", "user:2", "host:h1", "host:h2"}
    assert tags["adm.rule.not.b"] == tags["adm.rule.free"] == everything
    names = [one.attributes.name for one in parsed(api.list_tag_indexing_rules_for_metric("adm.rule.b")).data]
    assert names == ["wide", "other"]
    order = {"data": {"type": "tag_indexing_rules", "attributes": {"rule_ids": [other, wide]}}}
    api.reorder_tag_indexing_rules(body=order)  # type: ignore[arg-type]
    assert [one.id for one in parsed(api.list_tag_indexing_rules()).data] == [other, wide]
    change = {"data": {"type": "tag_indexing_rules", "id": wide, "attributes": {"tags": ["env", "user"]}}}
    assert api.update_tag_indexing_rule(wide, body=change).data.attributes.tags == ["env", "user"]  # type: ignore[arg-type]
    assert parsed(api.get_tag_indexing_rule(wide)).data.attributes.rule_order == 2
    assert parsed(api.get_tag_indexing_rule_exemption("adm.rule.free")).data.attributes.kind == "exemption"
    api.delete_tag_indexing_rule_exemption("adm.rule.free")
    for one in (wide, other):
        api.delete_tag_indexing_rule(one)
    with pytest.raises(ApiException) as refused:
        rule("x", "adm.*", options={"version": 1, "data": {"metric_match": {"is_queried": True}}})
    assert refused.value.status == 400
    assert points(v1, "sum:adm.rule.a{*}.as_count()", moment) == [("*", [2.0])]


def test_metrics_are_listed_by_configuration_and_use(clients: tuple[MetricsV1, MetricsApi]) -> None:
    v1, api = clients
    configure(api, "adm.silent", "gauge", tags=["env"])
    moment = int(time.time())
    send(api, "adm.seen", moment, 1, 1.0)
    send(api, "adm.unseen", moment, 1, 1.0)
    points(v1, "sum:adm.seen{*}", moment)

    def names(**given: Any) -> set[str]:
        return {one.id for one in api.list_tag_configurations(**given).data}

    assert {"adm.silent"} <= names(filter_configured=True)
    assert "adm.seen" not in names(filter_configured=True)
    assert "adm.seen" in names(filter_queried=True)
    assert "adm.unseen" in names(filter_queried=False)
    assert "adm.unseen" not in names(filter_queried=True)
