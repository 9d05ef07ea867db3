"""A service of the chain with OpenTelemetry's SDK: arguments are its port and the next service's address."""

import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

logging.basicConfig(level=logging.DEBUG)
port, following = int(sys.argv[1]), sys.argv[2]
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=500))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("chain")


def call(path: str) -> tuple[int, bytes]:
    with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT) as span:
        span.set_attributes({"http.request.method": "GET", "url.full": f"{following}{path}"})
        headers: dict[str, str] = {}
        inject(headers)
        found = requests.get(f"{following}{path}", headers=headers, timeout=30)
        span.set_attribute("http.response.status_code", found.status_code)
        if found.status_code >= 400:
            span.set_status(Status(StatusCode.ERROR))
        return found.status_code, found.content


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parent = extract(dict(self.headers.items()))
        with tracer.start_as_current_span("GET", context=parent, kind=SpanKind.SERVER) as span:
            span.set_attributes({"http.request.method": "GET", "http.route": self.path})
            status, body = call(self.path) if following else (200, b"")
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(Status(StatusCode.ERROR))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
