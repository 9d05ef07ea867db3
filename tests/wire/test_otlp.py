"""OTLP in both encodings: one message, whatever it came as."""

from __future__ import annotations

import json
import math

import pytest

from heeler.wire import otlp
from heeler.wire.proto import otlp_pb2 as pb

TRACE = "5b8efff798038103d269b633813fc60c"


def metrics_json(value: object) -> bytes:
    point = {"asDouble": value, "timeUnixNano": "1790000000000000000"}
    metric = {"name": "m", "gauge": {"dataPoints": [point]}}
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).encode()


def test_ids_are_hexadecimal_in_json_and_integers_may_be_text() -> None:
    span = {"traceId": TRACE.upper(), "spanId": "eee19b7ec3c1b174", "kind": 2, "startTimeUnixNano": "12"}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}], "whatIsThis": 1}]}).encode()
    found = otlp.decode(pb.TracesRequest, body, json=True).resource_spans[0].scope_spans[0].spans[0]
    assert found.trace_id.hex() == TRACE
    assert found.span_id.hex() == span["spanId"]
    assert (found.kind, found.start_time_unix_nano) == (2, 12)


def test_the_same_request_in_both_encodings() -> None:
    values = {
        "text": {"stringValue": "a"},
        "yes": {"boolValue": True},
        "big": {"intValue": str(2**62)},
        "half": {"doubleValue": 0.5},
        "raw": {"bytesValue": "AAE="},
        "list": {"arrayValue": {"values": [{"intValue": 1}, {}]}},
        "map": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}},
        "empty": {},
    }
    attributes = [{"key": key, "value": value} for key, value in values.items()]
    tree = {"resourceLogs": [{"resource": {"attributes": attributes}}]}
    of_json = otlp.decode(pb.LogsRequest, json.dumps(tree).encode(), json=True)
    of_protobuf = otlp.decode(pb.LogsRequest, of_json.SerializeToString(), json=False)
    assert of_json == of_protobuf
    plain = {one.key: otlp.plain(one.value) for one in of_protobuf.resource_logs[0].resource.attributes}
    assert plain == {
        "text": "a", "yes": True, "big": 2**62, "half": 0.5, "raw": b"\0\1", "list": [1, None],
        "map": {"k": "v"}, "empty": None,
    }  # fmt: skip
    assert [otlp.text(one) for one in plain.values()] == [
        "a", "true", str(2**62), "0.5", "AAE=", "[1,null]", '{"k":"v"}', "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "value"), [("NaN", math.nan), ("Infinity", math.inf), ("1.5", 1.5), (2, 2.0)]
)
def test_doubles_may_be_text(written: object, value: float) -> None:
    request = otlp.decode(pb.MetricsRequest, metrics_json(written), json=True)
    found = request.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[0].as_double
    assert found == value or (math.isnan(found) and math.isnan(value))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "TracesRequest must be an object"),
        (b'{"resourceSpans": {}}', "resourceSpans must be a list"),
        (b'{"resourceSpans": [3]}', "resourceSpans must be an object"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}', "expected hexadecimal"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": 1.5}]}]}]}', "whole number"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": 5}]}]}]}', "does not fit"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "-1"}]}]}]}', "does not fit"),
    ],
)
def test_what_is_not_otlp_is_refused_with_the_place(body: bytes, message: str) -> None:
    with pytest.raises(otlp.OtlpError, match=message):
        otlp.decode(pb.TracesRequest, body, json=True)


def test_depth_is_limited() -> None:
    value: object = {"stringValue": "x"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    tree = {"resourceSpans": [{"resource": {"attributes": [{"key": "k", "value": value}]}}]}
    with pytest.raises(otlp.OtlpError, match="levels deep"):
        otlp.decode(pb.TracesRequest, json.dumps(tree).encode(), json=True)


def test_protobuf_that_is_cut_off_is_refused() -> None:
    with pytest.raises(otlp.OtlpError, match="not a TracesRequest"):
        otlp.decode(pb.TracesRequest, b"\x0a\x7f", json=False)
    assert not otlp.decode(pb.TracesRequest, b"", json=False).resource_spans
    assert not otlp.decode(pb.TracesRequest, b"", json=True).resource_spans


def test_replies_are_in_the_encoding_of_the_request() -> None:
    assert otlp.reply("traces", json=True) == b"{}"
    assert otlp.reply("traces", json=False) == b""
    partial = json.loads(otlp.reply("metrics", 3, "too old", json=True))
    assert partial == {"partialSuccess": {"rejectedDataPoints": "3", "errorMessage": "too old"}}
    found = pb.ExportResponse.FromString(otlp.reply("logs", 2, "no", json=False)).partial_success
    assert (found.rejected, found.error_message) == (2, "no")
    assert pb.Status.FromString(otlp.status(3, "bad", json=False)).message == "bad"
    assert json.loads(otlp.status(3, "bad", json=True)) == {"code": 3, "message": "bad"}
    assert otlp.is_json("application/json; charset=utf-8") is True
    assert otlp.is_json("application/x-protobuf") is False
    assert otlp.is_json("text/plain") is None
