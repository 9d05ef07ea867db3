"""The real OpenTelemetry SDK of Python, exporting to a server without an agent: traces, metrics and logs."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.trace import SpanKind

from tests.conftest import RunningServer
from tests.integration.test_apm import until
from tests.integration.test_opentelemetry import trace_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "host.name": "otel-direct"})


def scalar(server: RunningServer, query: str) -> float | None:
    now = int(time.time())
    answer = requests.get(
        f"{server.url}/api/v1/query",
        params={"query": query, "from": str(now - 300), "to": str(now + 60)},
        headers=server.headers,
        timeout=30,
    )
    assert answer.ok, answer.text
    points = [
        value for series in answer.json()["series"] for _, value in series["pointlist"] if value is not None
    ]
    return sum(points) if points else None


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_metrics_of_the_sdk(server: RunningServer, compression: Compression) -> None:
    name = f"otel.direct.{compression.value}"
    exporter = OTLPMetricExporter(
        f"{server.url}/v1/metrics", headers={"dd-api-key": server.api_key}, compression=compression
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    exponential = View(instrument_name=f"{name}.fine", aggregation=ExponentialBucketHistogramAggregation())
    provider = MeterProvider([reader], resource(name), views=[exponential])
    meter = provider.get_meter("test")
    counter, histogram = meter.create_counter(f"{name}.requests"), meter.create_histogram(f"{name}.size")
    fine, gauge = meter.create_histogram(f"{name}.fine"), meter.create_gauge(f"{name}.temperature")
    for value in (5.0, 7.0):
        counter.add(int(value), {"code": "200"})
        histogram.record(value)
        fine.record(value)
        gauge.set(value)
        assert provider.force_flush(30_000)
        time.sleep(1.1)  # data points of one second would replace each other
    provider.shutdown()
    assert scalar(server, f"sum:{name}.requests{{code:200}}.as_count()") == 12
    assert scalar(server, f"count:{name}.size{{*}}.as_count()") == 2
    assert scalar(server, f"count:{name}.fine{{*}}.as_count()") == 2
    assert scalar(server, f"avg:{name}.temperature{{host:otel-direct}}.rollup(last, 3600)") == 7.0


def test_logs_and_spans_of_the_sdk_are_one_trace(server: RunningServer) -> None:
    headers = {"dd-api-key": server.api_key}
    spans, records = TracerProvider(resource=resource("otel-direct")), LoggerProvider(resource("otel-direct"))
    spans.add_span_processor(
        SimpleSpanProcessor(OTLPSpanExporter(f"{server.url}/v1/traces", headers=headers))
    )
    records.add_log_record_processor(
        SimpleLogRecordProcessor(OTLPLogExporter(f"{server.url}/v1/logs", headers=headers))
    )
    logger = logging.Logger("otel-direct")
    logger.addHandler(LoggingHandler(logger_provider=records))
    with spans.get_tracer("test").start_as_current_span("work") as span:
        logger.error("payment %s failed", "o-17", extra={"order": "o-17"})
    spans.shutdown()
    records.shutdown()
    identity = f"{span.get_span_context().trace_id:032x}"
    trace = trace_of(server, identity, 1)
    assert trace["spans"][0]["service"] == "otel-direct"
    assert trace["spans"][0]["host"] == "otel-direct"
    found = search_logs(server, "service:otel-direct @order:o-17")
    assert found["message"] == "payment o-17 failed"
    assert found["status"] == "error"
    assert found["host"] == "otel-direct"


def test_a_query_within_a_request_has_a_history_of_its_own(server: RunningServer) -> None:
    provider = TracerProvider(resource=resource("otel-queries"))
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", headers={"dd-api-key": server.api_key})
    provider.add_span_processor(BatchSpanProcessor(exporter))  # in one request, so that parents are known
    tracer = provider.get_tracer("test")
    query = {"db.system": "postgresql", "db.statement": "SELECT stock"}
    with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER):
        for _ in range(3):
            tracer.start_span("SELECT", kind=SpanKind.CLIENT, attributes=query).end()
    provider.shutdown()
    address = f"{server.url}/api/ui/apm/services/otel-queries"

    def hits(**asked: str) -> int:
        answer = requests.get(address, params=asked, headers=server.headers, timeout=30)
        return sum(answer.json()["timeline"].get("hits", []))

    until(lambda: hits() == 1, 90)
    assert hits(resource="SELECT stock", operation="postgresql.query") == 3
    assert hits(resource="GET /") == 1


def search_logs(server: RunningServer, query: str) -> dict[str, Any]:
    body = {"filter": {"query": query, "from": "now-10m", "to": "now+1m"}}
    answer = requests.post(
        f"{server.url}/api/v2/logs/events/search", json=body, headers=server.headers, timeout=30
    )
    assert answer.ok, answer.text
    (one,) = answer.json()["data"]
    attributes: dict[str, Any] = one["attributes"]
    return attributes


def test_a_wrong_key_is_an_error_of_the_protocol(server: RunningServer) -> None:
    answer = requests.post(
        f"{server.url}/v1/traces",
        data=b"{}",
        headers={"dd-api-key": "nobody", "content-type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == 7
    assert answer.json()["message"]
