"""The public clients, unmodified, deliver metrics and checks."""

from __future__ import annotations

import time

import datadog
import pytest
from datadog_api_client import ApiClient
from datadog_api_client.v1.api.metrics_api import MetricsApi as MetricsV1
from datadog_api_client.v1.api.service_checks_api import ServiceChecksApi
from datadog_api_client.v1.model.distribution_point import DistributionPoint
from datadog_api_client.v1.model.distribution_points_payload import DistributionPointsPayload
from datadog_api_client.v1.model.distribution_points_series import DistributionPointsSeries
from datadog_api_client.v1.model.metrics_payload import MetricsPayload
from datadog_api_client.v1.model.point import Point
from datadog_api_client.v1.model.series import Series
from datadog_api_client.v1.model.service_check import ServiceCheck
from datadog_api_client.v1.model.service_check_status import ServiceCheckStatus
from datadog_api_client.v1.model.service_checks import ServiceChecks
from datadog_api_client.v2.api.metrics_api import MetricsApi as MetricsV2
from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_resource import MetricResource
from datadog_api_client.v2.model.metric_series import MetricSeries

from tests.conftest import RunningServer


def test_datadog_package(server: RunningServer) -> None:
    datadog.initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    now = time.time()
    assert datadog.api.Metric.send(metric="py.one", points=1.5, tags=["a:b"], type="count") == {
        "status": "ok"
    }
    many = [
        {"metric": "py.many", "points": [(now, 1), (now - 15, 2)], "host": "h"},
        {"metric": "py.other", "points": 3},
    ]
    assert datadog.api.Metric.send(many, compress_payload=True) == {"status": "ok"}
    distribution = [{"metric": "py.dist", "points": [(now, [1.0, 2.0])], "type": "distribution"}]
    assert datadog.api.Distribution.send(distributions=distribution) == {"status": "ok"}
    run = datadog.api.ServiceCheck.check(
        check="app.ok", host_name="h", status=0, message="fine", tags=["a:b"]
    )
    assert run == {"status": "ok"}


@pytest.mark.parametrize("encoding", [None, "deflate", "gzip"])
def test_api_client_v1(server: RunningServer, encoding: str | None) -> None:
    with ApiClient(server.configuration()) as client:
        api = MetricsV1(client)
        more = {"content_encoding": encoding} if encoding else {}
        point = Point([time.time(), 1.1])
        payload = MetricsPayload(
            series=[Series(metric="client.v1", type="gauge", points=[point], tags=["a:b"])]
        )
        assert api.submit_metrics(body=payload, **more)["status"] == "ok"
        sample = DistributionPoint([time.time(), [1.0, 2.0]])
        series = DistributionPointsSeries(metric="client.v1.dist", points=[sample], tags=["a:b"])
        if encoding != "gzip":
            body = DistributionPointsPayload(series=[series])
            assert api.submit_distribution_points(body=body, **more)["status"] == "ok"
        run = ServiceCheck(check="app.ok", host_name="h", status=ServiceCheckStatus.OK, tags=["a:b"])
        assert ServiceChecksApi(client).submit_service_check(body=ServiceChecks([run]))["status"] == "ok"


@pytest.mark.parametrize("encoding", [None, "deflate", "gzip", "zstd1"])
def test_api_client_v2(server: RunningServer, encoding: str | None) -> None:
    with ApiClient(server.configuration()) as client:
        more = {"content_encoding": encoding} if encoding else {}
        series = MetricSeries(
            metric="client.v2",
            type=MetricIntakeType.COUNT,
            interval=10,
            points=[MetricPoint(timestamp=int(time.time()), value=0.7)],
            resources=[MetricResource(name="h", type="host")],
        )
        answer = MetricsV2(client).submit_metrics(body=MetricPayload(series=[series]), **more)
        assert answer["errors"] == []
