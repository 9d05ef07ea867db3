from __future__ import annotations

from typing import Any

from heeler.errors.occurrences import occurrences_table, of_logs, of_traces
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload
from tests.unit.errors.test_stacktrace import PYTHON

ERROR = {"error.type": "TimeoutError", "error.message": "timed out", "error.stack": PYTHON, "usr.id": "u1"}


def span(identity: int, service: str = "shop", error: int = 1, **meta: str) -> Span:
    return Span(
        service=service, name="op", resource="GET /", trace_id=5, span_id=identity, start=10**18,
        duration=10**9,
        error=error, meta=meta,
    )  # fmt: skip


def delivery(*spans: Span) -> AgentTraces:
    payload = TracerPayload(
        [Chunk(list(spans))], env="prod", app_version="1.2", language="python", hostname="h"
    )
    return AgentTraces(payloads=[payload])


def test_an_error_that_travels_up_is_counted_once_where_it_happened() -> None:
    (found,) = of_traces(delivery(span(1, **ERROR), span(2, **ERROR)))
    assert (found.span_id, found.service, found.env, found.version, found.host) == (
        2,
        "shop",
        "prod",
        "1.2",
        "h",
    )
    assert (found.type, found.message, found.usr_id) == ("TimeoutError", "timed out", "u1")
    assert (found.file, found.function, found.time) == ("/app/shop/gateway.py", "charge", 10**12 + 1000)


def test_each_service_has_its_own_issue() -> None:
    found = of_traces(delivery(span(1, **ERROR), span(2, "payments", **ERROR)))
    assert len({one.issue for one in found}) == 2


def test_spans_without_a_cause_and_handled_exceptions_are_no_errors() -> None:
    assert of_traces(delivery(span(1), span(2, error=0, **ERROR))) == []


def entry(status: str = "error", **attributes: Any) -> LogEntry:
    return LogEntry(
        "it failed", 10**18, status, "shop", "h", tags=("env:prod", "version:2"), attributes=attributes
    )


def test_logs_with_a_kind_or_a_stack_are_errors() -> None:
    (found,) = of_logs(
        [entry(error={"kind": "E", "stack": PYTHON, "message": "timed out"}), entry(), entry("info")]
    )
    assert (found.type, found.message, found.env, found.version) == ("E", "timed out", "prod", "2")
    assert found.source == "logs"
    assert of_logs([entry("warn", error={"kind": "E"})]) == []
    (dotted,) = of_logs([entry(**{"error.kind": "E"})])
    assert (dotted.type, dotted.message) == ("E", "it failed")


def test_rows_have_the_columns_of_the_table() -> None:
    table = occurrences_table(of_traces(delivery(span(1, **ERROR))))
    assert table.num_rows == 1
    assert table["trace_id"].to_pylist() == [5]
