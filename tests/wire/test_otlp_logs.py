"""OpenTelemetry log records as logs."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.wire.logs import otlp
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.proto import otlp_pb2 as pb

NOW = 1_800_000_000_000_000_000


def text(value: str) -> pb.AnyValue:
    return pb.AnyValue(string_value=value)


def pairs(**values: Any) -> list[pb.KeyValue]:
    return [
        pb.KeyValue(key=key, value=value if isinstance(value, pb.AnyValue) else text(value))
        for key, value in values.items()
    ]


def entries(*records: pb.LogRecord, hostname: str = "") -> list[LogEntry]:
    resource = pb.Resource(attributes=[pb.KeyValue(key="service.name", value=text("shop")), *pairs(team="a")])
    scope = pb.ScopeLogs(scope=pb.InstrumentationScope(name="lib"), log_records=records)
    request = pb.LogsRequest(resource_logs=[pb.ResourceLogs(resource=resource, scope_logs=[scope])])
    return otlp.decode(request.SerializeToString(), NOW, hostname, json=False)


def test_a_record_is_a_log_of_its_resource() -> None:
    record = pb.LogRecord(
        time_unix_nano=NOW - 5, severity_number=17, body=text("boom"), trace_id=bytes(range(1, 17)),
        span_id=bytes(range(1, 9)), attributes=pairs(user="u"),
    )  # fmt: skip
    (one,) = entries(record, hostname="web-1")
    assert (one.message, one.status, one.service, one.host, one.time) == (
        "boom",
        "error",
        "shop",
        "web-1",
        NOW - 5,
    )
    assert one.trace_high == int.from_bytes(bytes(range(1, 9)))
    assert one.trace_id == int.from_bytes(bytes(range(9, 17)))
    assert one.span_id == int.from_bytes(bytes(range(1, 9)))
    assert one.attributes["user"] == "u"
    assert one.attributes["team"] == "a"
    assert "service:shop" in one.tags


def test_records_keep_their_order_and_observed_time() -> None:
    records = [pb.LogRecord(observed_time_unix_nano=NOW - 9, body=text(str(n))) for n in range(5)]
    found = entries(*records)
    assert [one.message for one in found] == ["0", "1", "2", "3", "4"]
    assert {one.time for one in found} == {NOW - 9}


@pytest.mark.parametrize(
    ("number", "word", "status"),
    [
        (0, "", "info"),
        (1, "", "debug"),
        (9, "", "info"),
        (13, "", "warn"),
        (21, "", "emergency"),
        (9, "ERROR", "error"),
    ],
)
def test_severities(number: int, word: str, status: str) -> None:
    (one,) = entries(pb.LogRecord(severity_number=number, severity_text=word, body=text("x")))
    assert one.status == status


def test_bodies_of_any_kind_are_text() -> None:
    body = pb.AnyValue(kvlist_value=pb.KeyValueList(values=pairs(a="b", c=pb.AnyValue(bytes_value=b"\xff"))))
    assert entries(pb.LogRecord(body=body))[0].attributes["a"] == "b"
    assert entries(pb.LogRecord(body=pb.AnyValue(int_value=5)))[0].message == "5"
    (one,) = entries(pb.LogRecord(body=text("b"), attributes=pairs(message="m")))
    assert one.message == "m"
