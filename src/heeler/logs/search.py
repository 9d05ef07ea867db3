"""Logs as a searchable table: the fields of the search language that they have."""

from __future__ import annotations

from heeler.apm.search import TraceId
from heeler.query.search.attributes import APART, Json, values_of_json
from heeler.query.search.sources import AnyTag, Column, Number, Source, Table, Tag

_LEVELS = {"err": "error", "warning": "warn", "information": "info", "crit": "critical", "emerg": "emergency"}
_COLUMNS: dict[str, Source] = {
    "host": Column("host"),
    "service": Column("service"),
    "source": Column("source"),
    "status": Column("status", lower=True, words=_LEVELS),
    "trace_id": TraceId(),
    "dd.trace_id": TraceId(),
    "span_id": Column("toString(span_id)"),
    "dd.span_id": Column("toString(span_id)"),
    "message": Column("message"),
}

LOGS = Table(
    name="logs FINAL",
    time="toUnixTimestamp64Milli(time) / 1000",
    reserved={
        **_COLUMNS,
        "tags": AnyTag("tags"),
        "id": Column("toString(id)"),
        "timestamp": Number("toUnixTimestamp64Milli(time)"),
    },
    tag=lambda key: Tag("tags", key),
    attribute=lambda path: (
        _COLUMNS.get(path.lower()) or Json("attributes", path, duration=path == "duration")
    ),
    message=("message",),
    everywhere=(
        "message",
        values_of_json("attributes"),
        f"arrayStringConcat([service, host, source, status, arrayStringConcat(tags, {APART})], {APART})",
    ),
    time_literal="fromUnixTimestamp64Milli(toInt64({0} * 1000))",
)
