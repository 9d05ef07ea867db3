"""OTLP over HTTP in both encodings: replies, partial success and errors in the protocol's form."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened

from heeler.store.engine import Engine
from heeler.wire.proto import otlp_pb2 as pb

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = int(time.time()) * 10**9
JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}
PATHS = ["/v1/traces", "/v1/metrics", "/v1/logs"]


@pytest.mark.parametrize("path", PATHS)
async def test_an_empty_request_succeeds(engine: Engine, tmp_path: Path, path: str) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        assert await send(app, path, {**headers, **JSON}, b"{}") == (200, b"{}")
        assert await send(app, path, {**headers, **PROTOBUF}, b"") == (200, b"")


@pytest.mark.parametrize("path", PATHS)
async def test_errors_are_a_status_in_the_encoding_of_the_request(
    engine: Engine, tmp_path: Path, path: str
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        status, body = await send(app, path, {**headers, **JSON}, b"{")
        assert (status, json.loads(body)["code"]) == (400, 3)
        status, body = await send(app, path, {**headers, **PROTOBUF}, b"\xff")
        assert (status, pb.Status.FromString(body).code) == (400, 3)
        status, body = await send(app, path, {**headers, "content-type": "text/plain"}, b"")
        assert status == 415
        status, body = await send(app, path, PROTOBUF, b"")
        assert status in (401, 403)
        assert pb.Status.FromString(body).message


def span(identity: bytes) -> pb.Span:
    return pb.Span(
        trace_id=identity,
        span_id=b"12345678",
        name="work",
        start_time_unix_nano=NOW,
        end_time_unix_nano=NOW + 10**6,
    )


async def test_spans_without_ids_are_a_partial_success(engine: Engine, tmp_path: Path) -> None:
    scope = pb.ScopeSpans(spans=[span(b"0123456789abcdef"), span(b"")])
    request = pb.TracesRequest(resource_spans=[pb.ResourceSpans(scope_spans=[scope])])
    async with opened(tmp_path, engine) as (app, headers):
        more = {**headers, **PROTOBUF, "content-encoding": "gzip"}
        status, body = await send(app, "/v1/traces", more, gzip.compress(request.SerializeToString()))
    partial = pb.ExportResponse.FromString(body).partial_success
    assert (status, partial.rejected) == (200, 1)
    assert "trace id" in partial.error_message


async def test_metrics_are_stored_with_the_host_of_the_agent_that_passed_them_on(
    engine: Engine, tmp_path: Path
) -> None:
    point = {"timeUnixNano": str(NOW), "asInt": "7"}
    metric = {"name": "otlp.json.gauge", "gauge": {"dataPoints": [point, {"asInt": "1"}]}}
    body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()
    async with opened(tmp_path, engine) as (app, headers):
        more = {**headers, **JSON, "dd-agent-hostname": "web-7"}
        status, answer = await send(app, "/v1/metrics", more, body)
        rows = await engine.rows(
            "SELECT value, host FROM points AS p JOIN series AS s ON s.series = p.series "
            "WHERE p.metric = 'otlp.json.gauge'"
        )
    assert status == 200
    assert json.loads(answer)["partialSuccess"]["rejectedDataPoints"] == "1"
    assert [tuple(row) for row in rows] == [(7.0, "web-7")]


async def test_logs_are_stored_once_however_often_they_are_sent(engine: Engine, tmp_path: Path) -> None:
    record = {"timeUnixNano": str(NOW), "body": {"stringValue": "otlp log once"}, "severityNumber": 13}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    async with opened(tmp_path, engine) as (app, headers):
        for _ in range(2):
            assert (await send(app, "/v1/logs", {**headers, **JSON}, body))[0] == 200
        rows = await engine.rows("SELECT status FROM log_events WHERE message = 'otlp log once'")
    assert [tuple(row) for row in rows] == [("warn",)]


async def test_exceptions_of_spans_become_occurrences_of_issues(engine: Engine, tmp_path: Path) -> None:
    def attribute(key: str, value: str) -> pb.KeyValue:
        return pb.KeyValue(key=key, value=pb.AnyValue(string_value=value))

    failing = span(b"fedcba9876543210")
    failing.status.code = 2
    failing.events.append(
        pb.SpanEvent(
            name="exception",
            time_unix_nano=NOW,
            attributes=[
                attribute("exception.type", "OtlpPaymentError"),
                attribute("exception.message", "card declined"),
                attribute("exception.stacktrace", 'File "shop/pay.py", line 7, in charge'),
            ],
        )
    )
    resource = pb.Resource(attributes=[attribute("service.name", "otlp-shop")])
    scope = pb.ScopeSpans(spans=[failing])
    request = pb.TracesRequest(resource_spans=[pb.ResourceSpans(resource=resource, scope_spans=[scope])])
    async with opened(tmp_path, engine) as (app, headers):
        body = request.SerializeToString()
        for _ in range(2):  # sent again
            assert (await send(app, "/v1/traces", {**headers, **PROTOBUF}, body))[0] == 200
        found = await engine.rows("SELECT type FROM error_events WHERE service = 'otlp-shop'")
    assert [tuple(row) for row in found] == [("OtlpPaymentError",)]
