"""Twenty lines of Python's logging by the OpenTelemetry SDK to the address of the first argument; prints the
trace id."""

import logging
import sys

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

resource = Resource.create({"service.name": "otel-sdk", "host.name": "otel-host"})
trace.set_tracer_provider(TracerProvider(resource=resource))
provider = LoggerProvider(resource=resource)
exporter = OTLPLogExporter(endpoint=f"{sys.argv[1]}/v1/logs", headers={"dd-api-key": sys.argv[2]})
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
set_logger_provider(provider)
log = logging.getLogger("lines")
log.addHandler(LoggingHandler(logger_provider=provider))
log.setLevel(logging.INFO)
with trace.get_tracer("lines").start_as_current_span("work") as span:
    for n in range(20):
        log.log(logging.ERROR if n % 5 == 4 else logging.INFO, "line %d", n)
    print(f"{span.get_span_context().trace_id:032x}")
provider.shutdown()
