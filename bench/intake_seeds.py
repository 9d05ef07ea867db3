"""Bodies of real clients for every intake path, as documents or as bytes: what `bench.fuzz_intake`
mutates."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from heeler.wire import protobuf as pb
from heeler.wire.processes import images, message_framing
from heeler.wire.processes.encode import collector_containers, collector_procs
from heeler.wire.processes.model import Container, HostSnapshot, Process
from heeler.wire.proto import agent_payload_pb2, otlp_pb2
from heeler.wire.traces import duration_sketch

NOW = int(time.time())


def _series_proto() -> bytes:
    place = pb.put_bytes(1, b"host") + pb.put_bytes(2, b"h")
    point = pb.put_double(1, 1.5) + pb.put_int(2, NOW)
    one = (
        pb.put_bytes(1, place)
        + pb.put_bytes(2, b"fuzz.proto")
        + pb.put_bytes(3, b"a:b")
        + pb.put_bytes(4, point)
    )
    return pb.put_bytes(1, one + pb.put_int(5, 1) + pb.put_int(8, 15)) * 2


def _sketches_proto() -> bytes:
    keys = b"".join(pb.put_varint(key << 1) for key in (1300, 1301, 1400))
    dog = pb.put_int(1, NOW) + pb.put_int(2, 6) + pb.put_double(3, 1.0) + pb.put_double(4, 3.0)
    dog += pb.put_double(5, 2.0) + pb.put_double(6, 12.0) + pb.put_bytes(7, keys) + pb.put_bytes(8, b"\1\2\3")
    one = (
        pb.put_bytes(1, b"fuzz.sketch")
        + pb.put_bytes(2, b"h")
        + pb.put_bytes(4, b"a:b")
        + pb.put_bytes(7, dog)
    )
    return pb.put_bytes(1, one) * 2


def _spans_proto() -> bytes:
    span = agent_payload_pb2.Span(
        service="s", name="web.request", resource="GET /", trace_id=7, span_id=8, start=NOW * 10**9,
        duration=10**6,
        error=1, meta={"env": "prod", "_dd.p.tid": "640cfd8d00000000"}, metrics={"_top_level": 1.0},
        links=[agent_payload_pb2.SpanLink(trace_id=1, span_id=2, attributes={"a": "b"})],
        events=[agent_payload_pb2.SpanEvent(time_unix_nano=NOW * 10**9, name="exception")],
    )  # fmt: skip
    chunk = agent_payload_pb2.TraceChunk(priority=1, spans=[span, span])
    payload = agent_payload_pb2.TracerPayload(
        chunks=[chunk], hostname="h", tags={"_dd.tags.container": "a:b"}
    )
    body: bytes = agent_payload_pb2.AgentPayload(host_name="h", tracer_payloads=[payload]).SerializeToString()
    return body


def _stats() -> Any:
    sketch = duration_sketch.encode({1300: 3.0, 1301: 1.0})
    group = {
        "Service": "s", "Name": "web.request", "Resource": "GET /", "HTTPStatusCode": 200, "Type": "web",
        "Hits": 4,
        "Errors": 1, "Duration": 10**8, "OkSummary": sketch, "ErrorSummary": sketch, "TopLevelHits": 4,
        "SpanKind": "server", "PeerTags": ["a:b"], "IsTraceRoot": 1,
    }  # fmt: skip
    bucket = {"Start": NOW * 10**9, "Duration": 10**10, "Stats": [group]}
    tracer = {"Hostname": "h", "Env": "prod", "Version": "1", "Lang": "go", "Sequence": 1, "Stats": [bucket]}
    return {"AgentHostname": "h", "AgentEnv": "prod", "Stats": [tracer], "ClientComputed": True}


@dataclass(frozen=True)
class Seed:
    """A body of one path: a document to be written as ``form``, or bytes."""

    path: str
    content_type: str
    document: Any = None
    form: Callable[[Any], bytes] | None = None
    raw: bytes = b""


def as_json(document: Any) -> bytes:
    return json.dumps(document, default=lambda value: value.decode("latin-1")).encode()


def as_loose_json(document: Any) -> bytes:
    text = json.dumps(document, ensure_ascii=False, default=lambda value: value.decode("latin-1"))
    return text.encode("utf-8", "surrogatepass")


def _msgpack(document: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(document)
    except (OverflowError, UnicodeEncodeError, TypeError):
        return b"\x81\xa5Stats\x91\xc0"


JSON, PROTOBUF = "application/json", "application/x-protobuf"
_V1 = {"series": [{"metric": "fuzz.v1", "points": [[NOW, 1.5], [NOW + 1, 2]], "tags": ["a:b"], "host": "h",
                   "type": "count", "interval": 15, "device": "d", "source_type_name": "S"}] * 2}  # fmt: skip
_V2 = {"series": [{"metric": "fuzz.v2", "type": 1, "interval": 15, "points": [{"timestamp": NOW, "value":
1.5}],
                   "tags": ["a:b"], "resources": [{"type": "host", "name": "h"}, {"type": "device", "name":
                   "d"}], "unit": "byte", "metadata": {"origin": {"origin_product": 10}}}]}  # fmt: skip
_DISTRIBUTION = {"series": [{"metric": "fuzz.distribution", "points": [[NOW, [1.0, 2.5, 3]]], "tags": ["a:b"],
                             "host": "h"}]}  # fmt: skip
_CHECK = [{"check": "fuzz.can_connect", "status": 1, "host_name": "h", "timestamp": NOW, "message": "m",
           "tags": ["a:b"]}]  # fmt: skip
_INTAKE = {
    "internalHostname": "h",
    "events": {"api": [{"msg_title": "t", "msg_text": "x", "timestamp": NOW, "host": "h", "priority": "low",
                        "alert_type": "error", "aggregation_key": "k", "source_type_name": "s", "tags":
                        ["a:b"]}]},
    "external_host_tags": [["h2", {"vsphere": ["a:b"]}]],
    "host-tags": {"system": ["env:prod"]},
    "meta": {"hostname": "h"},
    "gohai": "{}",
    "agent_checks": [["a", "b", "c", "OK", ""]],
}  # fmt: skip
_METADATA = {"hostname": "h", "timestamp": NOW, "uuid": "u", "agent_metadata": {"flavor": "agent", "n": 1}}
_LOGS = [
    {"message": "hello dd.trace_id=123", "ddsource": "python", "ddtags": "env:prod,a:b", "hostname": "h",
     "service": "s", "status": "warn", "timestamp": NOW * 1000, "attributes": {"a": {"b": [1, 2]}}},
    {"message": '{"level": "error", "msg": "inner", "dd": {"trace_id": "640cfd8d00000000aaaaaaaaaaaaaaaa"}}'},
]  # fmt: skip


def _otlp(signal: str) -> bytes:
    """A request of each kind in protobuf, with all that a mapper looks at."""
    text = otlp_pb2.AnyValue(string_value="v")
    deep = otlp_pb2.AnyValue(array_value=otlp_pb2.ArrayValue(values=[text, otlp_pb2.AnyValue(int_value=5)]))
    pairs = [otlp_pb2.KeyValue(key="host.name", value=text), otlp_pb2.KeyValue(key="a", value=deep)]
    resource = otlp_pb2.Resource(attributes=pairs)
    nanoseconds = NOW * 10**9
    if signal == "traces":
        span = otlp_pb2.Span(
            trace_id=b"0123456789abcdef", span_id=b"12345678", name="GET", kind=2,
            start_time_unix_nano=nanoseconds, end_time_unix_nano=nanoseconds + 5, attributes=pairs,
            events=[otlp_pb2.SpanEvent(name="exception")], status=otlp_pb2.SpanStatus(code=2),
            links=[otlp_pb2.SpanLink(trace_id=b"0123456789abcdef")],
        )  # fmt: skip
        spans = otlp_pb2.ResourceSpans(resource=resource, scope_spans=[otlp_pb2.ScopeSpans(spans=[span])])
        return bytes(otlp_pb2.TracesRequest(resource_spans=[spans]).SerializeToString())
    if signal == "logs":
        record = otlp_pb2.LogRecord(
            time_unix_nano=nanoseconds,
            severity_number=17,
            body=deep,
            attributes=pairs,
            trace_id=b"0123456789abcdef",
        )
        logs = otlp_pb2.ResourceLogs(resource=resource, scope_logs=[otlp_pb2.ScopeLogs(log_records=[record])])
        return bytes(otlp_pb2.LogsRequest(resource_logs=[logs]).SerializeToString())
    times = {"time_unix_nano": nanoseconds, "start_time_unix_nano": nanoseconds - 10**10, "attributes": pairs}
    number = otlp_pb2.NumberDataPoint(as_double=1.5, **times)
    bounds = otlp_pb2.HistogramDataPoint(
        count=3, sum=4.0, explicit_bounds=[1, 2], bucket_counts=[1, 1, 1], **times
    )
    fine = otlp_pb2.ExponentialHistogramDataPoint(
        count=3,
        sum=4.0,
        scale=3,
        positive=otlp_pb2.ExponentialBuckets(offset=2, bucket_counts=[1, 2]),
        **times,
    )
    quantile = otlp_pb2.ValueAtQuantile(quantile=0.5, value=2.0)
    summary = otlp_pb2.SummaryDataPoint(count=2, sum=3.0, quantile_values=[quantile], **times)
    metrics = [
        otlp_pb2.Metric(name="f.gauge", gauge=otlp_pb2.Gauge(data_points=[number])),
        otlp_pb2.Metric(
            name="f.sum", sum=otlp_pb2.Sum(data_points=[number], aggregation_temporality=2, is_monotonic=True)
        ),
        otlp_pb2.Metric(
            name="f.size", histogram=otlp_pb2.Histogram(data_points=[bounds], aggregation_temporality=1)
        ),
        otlp_pb2.Metric(
            name="f.fine",
            exponential_histogram=otlp_pb2.ExponentialHistogram(
                data_points=[fine], aggregation_temporality=1
            ),
        ),
        otlp_pb2.Metric(name="f.old", summary=otlp_pb2.Summary(data_points=[summary])),
    ]
    group = otlp_pb2.ResourceMetrics(
        resource=resource, scope_metrics=[otlp_pb2.ScopeMetrics(metrics=metrics)]
    )
    return bytes(otlp_pb2.MetricsRequest(resource_metrics=[group]).SerializeToString())


def _remote_write() -> bytes:
    def label(name: bytes, value: bytes) -> bytes:
        return pb.put_bytes(1, pb.put_bytes(1, name) + pb.put_bytes(2, value))

    sample = pb.put_bytes(2, pb.put_double(1, 1.5) + pb.put_int(2, NOW * 1000))
    one = label(b"__name__", b"fuzz_total") + label(b"instance", b"web:9100") + sample
    return pb.put_bytes(1, one) * 2 + pb.put_bytes(3, pb.put_int(1, 1) + pb.put_bytes(2, b"fuzz_total"))


_LOKI = {
    "streams": [{"stream": {"app": "a", "level": "warn"}, "values": [[str(NOW * 10**9), "line", {"a": "b"}]]}]
}

_OTLP_JSON = {"resourceMetrics": [{"resource": {"attributes": [{"key": "a", "value": {"stringValue": "b"}}]},
              "scopeMetrics": [{"metrics": [{"name": "f.json", "gauge": {"dataPoints": [
                  {"timeUnixNano": str(NOW * 10**9), "asDouble": 1.5}]}}]}]}]}  # fmt: skip

_HOST = HostSnapshot(
    "h",
    4,
    2**33,
    [
        Process(
            7,
            1,
            NOW * 1000,
            "python",
            "python app.py -v",
            "root",
            "R",
            1.5,
            1,
            0.5,
            3,
            0,
            10**7,
            10**8,
            5,
            1,
            2,
            "c1",
            ["a:b"],
        )
    ]
    * 2,
    [
        Container(
            "c1", "web", "docker", "web:1", "sha256:1", "running", "healthy", NOW, NOW, 1.5, tags=["a:b"]
        )
    ],
)
_IMAGE = images.Image(
    "sha256:1",
    "web",
    "docker.io",
    "web",
    ["1"],
    "web@sha256:2",
    ["a:b"],
    10**8,
    "linux",
    "12",
    "amd64",
    "s",
    NOW,
)


def _framed(kind: int, message: bytes) -> bytes:
    """A message in a frame, not compressed, so that mutations reach it."""
    return struct.pack("<BBBBiq", 3, 0, kind, 0, 0, NOW) + message


_PROCESSES = _framed(message_framing.PROCESSES, next(collector_procs(_HOST, 1)))
_CONTAINERS = _framed(message_framing.CONTAINERS, next(collector_containers(_HOST, 1)))
_REPORTS = {
    "tracers": [
        {
            "id": "t",
            "service": "s",
            "env": "e",
            "language": "go",
            "tracer_version": "1",
            "app_version": "1",
            "error": "",
            "state": 2,
            "config": "c",
        }
    ]
}
_FLARE = (
    b'--x\r\nContent-Disposition: form-data; name="case_id"\r\n\r\n1\r\n--x\r\n'
    b'Content-Disposition: form-data; name="flare_file"; filename="f.zip"\r\n'
    b"Content-Type: application/zip\r\n\r\nPK\x03\x04\r\n--x--\r\n"
)
#: Paths whose bodies are acknowledged and counted, not decoded.
_COUNTED = (
    "/api/v1/discovery",
    "/api/v1/orchestrator",
    "/api/v2/orch",
    "/api/v2/orchmanif",
    "/api/v2/contlcycle",
    "/api/v2/apmtelemetry",
)

SEEDS: list[Seed] = [
    Seed("/api/v1/collector", PROTOBUF, raw=_PROCESSES),
    Seed("/api/v1/collector", PROTOBUF, raw=_CONTAINERS),
    Seed("/api/v1/container", PROTOBUF, raw=_CONTAINERS),
    Seed("/api/v2/contimage", PROTOBUF, raw=images.encode("h", "s", [_IMAGE, _IMAGE])),
    Seed("/api/v0.1/tracer_configurations", JSON, _REPORTS),
    Seed("/support/flare", "multipart/form-data; boundary=x", raw=_FLARE),
    Seed("/api/v1/sketches", PROTOBUF, raw=_sketches_proto()),
    *(Seed(path, PROTOBUF, raw=_PROCESSES) for path in _COUNTED),
    *(Seed(f"/v1/{signal}", PROTOBUF, raw=_otlp(signal)) for signal in ("traces", "metrics", "logs")),
    Seed("/v1/metrics", JSON, _OTLP_JSON),
    Seed("/api/v1/write", PROTOBUF, raw=_remote_write()),
    Seed("/loki/api/v1/push", JSON, _LOKI),
    Seed("/api/v1/series", JSON, _V1),
    Seed("/api/v2/series", JSON, _V2),
    Seed("/api/v2/series", PROTOBUF, raw=_series_proto()),
    Seed("/api/v1/distribution_points", JSON, _DISTRIBUTION),
    Seed("/api/beta/sketches", PROTOBUF, raw=_sketches_proto()),
    Seed("/api/v1/check_run", JSON, _CHECK),
    Seed("/intake/", JSON, _INTAKE),
    Seed("/api/v1/metadata", JSON, _METADATA),
    Seed("/api/v2/logs", JSON, _LOGS),
    Seed("/v1/input", "text/plain", raw=b"a line\nERROR another line\n\xff\xfe\n"),
    Seed("/api/v0.2/traces", PROTOBUF, raw=_spans_proto()),
    Seed("/api/v0.2/stats", "application/msgpack", _stats(), _msgpack),
    Seed("/api/v1/events", JSON, {"title": "t", "text": "x", "date_happened": NOW, "tags": ["a:b"],
    "priority": "low",
                                  "alert_type": "info", "aggregation_key": "k", "host": "h"}),
]  # fmt: skip
