"""OpenTelemetry spans become spans of Datadog."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.wire.proto import otlp_pb2 as pb
from heeler.wire.traces.otlp import decode, traces_of
from heeler.wire.traces.spans import Span

TRACE, SPAN = bytes(range(1, 17)), bytes(range(1, 9))


def value(plain: Any) -> pb.AnyValue:
    match plain:
        case bool():
            return pb.AnyValue(bool_value=plain)
        case int():
            return pb.AnyValue(int_value=plain)
        case float():
            return pb.AnyValue(double_value=plain)
        case list():
            return pb.AnyValue(array_value=pb.ArrayValue(values=[value(one) for one in plain]))
    return pb.AnyValue(string_value=plain)


def pairs(**attributes: Any) -> list[pb.KeyValue]:
    return [pb.KeyValue(key=key.replace("__", "."), value=value(one)) for key, one in attributes.items()]


def request(*spans: pb.Span, scope: Any = None, **resource: Any) -> pb.TracesRequest:
    group = pb.ResourceSpans(
        resource=pb.Resource(attributes=pairs(**resource)),
        scope_spans=[pb.ScopeSpans(scope=scope or pb.InstrumentationScope(), spans=spans)],
    )
    return pb.TracesRequest(resource_spans=[group])


def otel(**fields: Any) -> pb.Span:
    given = {"trace_id": TRACE, "span_id": SPAN, "name": "x", "kind": 2, "start_time_unix_nano": 10**18}
    return pb.Span(**{**given, "end_time_unix_nano": 10**18 + 5, **fields})


def only(found: pb.TracesRequest) -> Span:
    (payload,) = traces_of(found).payloads
    return payload.chunks[0].spans[0]


def test_ids_times_and_names_of_the_resource() -> None:
    body = request(
        otel(parent_span_id=b"\xff" * 8),
        service__name="shop",
        service__version="1.2",
        deployment__environment__name="prod",
        telemetry__sdk__language="go",
        telemetry__sdk__version="1.40",
        k8s__pod__name="pod-1",
        host__name="web-1",
    )
    (payload,) = decode(body.SerializeToString(), json=False).payloads
    assert (payload.env, payload.app_version, payload.hostname) == ("prod", "1.2", "web-1")
    assert (payload.language, payload.tracer_version) == ("go", "otlp-1.40")
    assert payload.tags == {"_dd.tags.container": "pod_name:pod-1"}
    (chunk,) = payload.chunks
    (span,) = chunk.spans
    assert chunk.priority == 1
    assert (span.trace_id, span.meta["_dd.p.tid"]) == (0x090A0B0C0D0E0F10, "0102030405060708")
    assert (span.parent_id, span.start, span.duration) == (2**64 - 1, 10**18, 5)
    assert span.meta["otel.trace_id"] == TRACE.hex()
    assert (span.service, span.meta["span.kind"], span.meta["version"]) == ("shop", "server", "1.2")


def test_numbers_are_metrics_and_the_rest_is_text_under_datadog_names() -> None:
    attributes = pairs(
        http__request__method="GET",
        http__response__status_code=503,
        url__full="http://a/b",
        retry=True,
        share=0.5,
        sizes=[1, 2],
        host__name="from the span",
    )
    attributes += [pb.KeyValue(key="http.request.header.x-id", value=value("7"))]
    scope = pb.InstrumentationScope(name="lib", version="2", attributes=pairs(team="a"))
    span = only(request(otel(attributes=attributes), scope=scope, host__name="h", region="eu"))
    assert span.metrics["http.status_code"] == 503.0
    assert span.metrics["share"] == 0.5
    expected = {
        "http.method": "GET", "http.url": "http://a/b", "retry": "true", "sizes": "[1,2]", "team": "a",
        "region": "eu",        
        "host.name": "from the span", "http.request.headers.x-id": "7",
        "otel.scope.name": "lib",
        "otel.scope.version": "2",
    }  # fmt: skip
    assert expected.items() <= span.meta.items()
    assert "http.request.method" not in span.meta


def test_an_error_has_the_message_of_its_last_exception() -> None:
    first, last = (
        pb.SpanEvent(name="exception", attributes=pairs(exception__message=text, exception__type="E"))
        for text in ("first", "last")
    )
    failed = only(request(otel(status=pb.SpanStatus(code=2, message="status"), events=[first, last])))
    assert failed.error == 1
    assert (failed.meta["error.message"], failed.meta["error.type"]) == ("last", "E")
    assert [event.name for event in failed.events] == ["exception", "exception"]
    handled = only(request(otel(events=[first])))
    assert handled.error == 0
    assert "error.message" not in handled.meta
    by_status = only(request(otel(status=pb.SpanStatus(code=2, message="status"))))
    assert by_status.meta["error.message"] == "status"
    by_code = only(request(otel(status=pb.SpanStatus(code=2), attributes=pairs(http__status_code=503))))
    assert by_code.meta["error.message"] == "503 Service Unavailable"


def test_links_carry_whole_trace_ids() -> None:
    link = pb.SpanLink(trace_id=TRACE, span_id=SPAN, trace_state="a=1", attributes=pairs(why=3), flags=1)
    (found,) = only(request(otel(links=[link]))).links
    assert (found.trace_id_high, found.trace_id) == (0x0102030405060708, 0x090A0B0C0D0E0F10)
    assert (found.span_id, found.attributes, found.flags) == (0x0102030405060708, {"why": "3"}, 0x80000001)


def test_spans_without_valid_ids_are_rejected_and_lose_nothing_good() -> None:
    bad = [otel(trace_id=b"\0" * 16), otel(span_id=b"1"), otel(parent_span_id=b"123"), otel(trace_id=b"")]
    found = traces_of(request(*bad, otel(), service__name="shop"))
    assert found.rejected == 4
    assert "trace id" in found.reason
    assert sum(len(chunk.spans) for payload in found.payloads for chunk in payload.chunks) == 1


def test_priorities_and_sampling_rates() -> None:
    given = traces_of(request(otel(attributes=pairs(sampling__priority=-5)))).payloads[0].chunks[0]
    assert (given.priority, given.spans[0].meta["_dd.p.dm"]) == (-1, "-4")
    assert only(request(otel(trace_state="x=y,ot=th:c"))).metrics["_sample_rate"] == 0.25
    assert only(request(otel(trace_state="ot=p:3"))).metrics["_sample_rate"] == 0.125
    assert "_sample_rate" not in only(request(otel(trace_state="ot=th:zz"))).metrics


@pytest.mark.parametrize("end", [10**18 - 5, 2**64 - 1])
def test_durations_stay_within_64_bits(end: int) -> None:
    assert 0 <= only(request(otel(end_time_unix_nano=end))).duration < 2**63


def test_two_traces_of_a_resource_are_two_chunks() -> None:
    found = traces_of(request(otel(), otel(trace_id=b"\7" * 16), otel(span_id=b"\2" * 8)))
    assert [len(chunk.spans) for chunk in found.payloads[0].chunks] == [2, 1]
