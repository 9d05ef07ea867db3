"""The real OpenTelemetry SDK of Python, over HTTP and gRPC, through an agent's trace component to a
server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from heeler.agent.component import ComponentContext
from heeler.agent.config import Config
from heeler.agent.hostname import resolve_hostname
from heeler.agent.trace import TraceComponent
from tests.conftest import RunningServer, free_port

HTTP, GRPC = "otlp_config.receiver.protocols.http.endpoint", "otlp_config.receiver.protocols.grpc.endpoint"


class Agent:
    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.http, self.grpc = free_port(), free_port()
        values = {
            "api_key": server.api_key,
            "dd_url": server.url,
            "hostname": "otel-host",
            "env": "staging",
            "apm_config.receiver_port": free_port(),
            "apm_config.receiver_socket": str(folder / "apm.socket"),
            HTTP: f"127.0.0.1:{self.http}",
            GRPC: f"127.0.0.1:{self.grpc}",
        }
        config = Config(folder, values)
        self.context = ComponentContext("trace", config, resolve_hostname(config))
        ready = threading.Event()
        self.context.ready = ready.set  # type: ignore[method-assign]
        self.component = TraceComponent(self.context)
        self.thread = threading.Thread(target=lambda: asyncio.run(self.component.serve()))
        self.thread.start()
        assert ready.wait(60)

    def stop(self) -> None:
        self.context.request_stop()
        self.thread.join(20)
        self.context.close()


@pytest.fixture(scope="module")
def agent(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    started = Agent(server, tmp_path_factory.mktemp("otel"))
    yield started
    started.stop()


class Recording(SpanExporter):
    """Notes how each export of the real exporter ended."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.results: list[SpanExportResult] = []

    def export(self, spans: Any) -> SpanExportResult:
        self.results.append(self._exporter.export(spans))
        return self.results[-1]

    def shutdown(self) -> None:
        self._exporter.shutdown()


def request_trace(exporter: SpanExporter, service: str) -> tuple[str, Recording]:
    """A request with a query, an exception, an event and a link; its trace id and how the exports ended."""
    recording = Recording(exporter)
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "deployment.environment.name": "qa"})
    )
    provider.add_span_processor(SimpleSpanProcessor(recording))
    tracer = provider.get_tracer("shop", "1.0")
    with tracer.start_as_current_span("earlier") as earlier:
        link = Link(earlier.get_span_context(), {"reason": "retry"})
    attributes = {"http.request.method": "GET", "http.route": "/items/{id}", "http.response.status_code": 500}
    with tracer.start_as_current_span(
        "GET", kind=SpanKind.SERVER, attributes=attributes, links=[link]
    ) as root:
        query = {"db.system": "postgresql", "db.statement": "SELECT a FROM items WHERE id = 4"}
        with tracer.start_as_current_span("query", kind=SpanKind.CLIENT, attributes=query) as inner:
            inner.add_event("slow", {"rows": 12})
        try:
            raise ValueError("no such item")
        except ValueError as error:
            root.record_exception(error)
            root.set_status(Status(StatusCode.ERROR))
    provider.shutdown()
    return f"{root.get_span_context().trace_id:032x}", recording


def trace_of(server: RunningServer, identity: str, spans: int) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        answer = requests.get(
            f"{server.url}/api/ui/apm/traces/{identity}", headers=server.headers, timeout=60
        )
        if answer.ok and len(answer.json()["spans"]) == spans:
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.3)


@pytest.mark.parametrize("transport", ["http", "http-gzip", "grpc", "grpc-gzip"])
def test_spans_of_the_sdk_arrive_with_names_errors_events_and_links(
    agent: Agent, server: RunningServer, transport: str
) -> None:
    exporter: SpanExporter
    if transport.startswith("http"):
        compression = Compression.Gzip if transport.endswith("gzip") else Compression.NoCompression
        exporter = HttpExporter(f"http://127.0.0.1:{agent.http}/v1/traces", compression=compression)
    else:
        import grpc

        kind = grpc.Compression.Gzip if transport.endswith("gzip") else grpc.Compression.NoCompression
        exporter = GrpcExporter(f"127.0.0.1:{agent.grpc}", insecure=True, compression=kind)
    service = f"otel-{transport}"
    identity, recording = request_trace(exporter, service)
    assert recording.results == [SpanExportResult.SUCCESS] * 3
    spans = {span["name"]: span for span in trace_of(server, identity, 2)["spans"]}
    root, query = spans["http.server.request"], spans["postgresql.query"]
    assert (root["service"], root["resource"], root["type"]) == (service, "GET /items/{id}", "web")
    assert (root["env"], root["host"], root["error"]) == ("qa", "otel-host", True)
    assert root["meta"]["error.message"] == "no such item"
    assert root["meta"]["http.status_code"] == "500"
    assert root["links"][0]["attributes"] == {"reason": "retry"}
    assert (query["resource"], query["type"]) == ("SELECT a FROM items WHERE id = ?", "sql")
    assert query["parent_id"] == root["span_id"]
    assert [event["name"] for event in query["events"]] == ["slow"]


def test_bad_requests_are_answered_in_the_protocols_own_form(agent: Agent) -> None:
    url = f"http://127.0.0.1:{agent.http}"
    kind = {"Content-Type": "application/json"}
    bad = requests.post(f"{url}/v1/traces", data=b"{", headers=kind, timeout=60)
    assert (bad.status_code, bad.json()["code"]) == (400, 3)
    assert (
        requests.post(f"{url}/v1/traces", data=b"x", headers={"Content-Type": "a/b"}, timeout=60).status_code
        == 415
    )
    assert requests.post(f"{url}/v1/profiles", data=b"{}", headers=kind, timeout=60).status_code == 404
    empty = requests.post(f"{url}/v1/traces", data=b"{}", headers=kind, timeout=60)
    assert (empty.status_code, empty.content) == (200, b"{}")
    span = {"traceId": "0" * 32, "spanId": "1" * 16, "name": "x"}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    partial = requests.post(f"{url}/prefix/v1/traces", json=body, timeout=60)
    assert partial.json()["partialSuccess"]["rejectedSpans"] == "1"
