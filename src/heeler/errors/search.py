"""Search schema of errors."""

from __future__ import annotations

from heeler.query.search.field_sql import AnyTag, Column, Source, Table

TRACE_HEX = "concat(leftPad(lower(hex(trace_high)), 16, '0'), leftPad(lower(hex(trace_id)), 16, '0'))"
_FIELDS: dict[str, Source] = {
    "service": Column("service", lower=True),
    "env": Column("env", lower=True),
    "version": Column("version"),
    "host": Column("host"),
    "source": Column("source"),
    "language": Column("language"),
    "error.type": Column("type"),
    "error.kind": Column("type"),
    "error.message": Column("message"),
    "error.stack": Column("stack"),
    "error.file": Column("file"),
    "error.function": Column("function"),
    "resource_name": Column("resource"),
    "issue.id": Column("issue"),
    "usr.id": Column("usr_id"),
    "trace_id": Column(f"if(trace_id = 0, '', {TRACE_HEX})"),
    "tags": AnyTag(
        "[concat('service:', lower(service)), concat('env:', lower(env)), concat('version:', lower(version))]"
    ),
}
_NONE = Column("''")

ERRORS = Table(
    name="error_events",
    time="toUnixTimestamp64Milli(time) / 1000",
    reserved=_FIELDS,
    tag=lambda key: _FIELDS.get(key.lower(), _NONE),
    attribute=lambda path: _FIELDS.get(path.lower(), _NONE),
    message=("message", "type"),
    everywhere=("message", "type", "stack", "service", "resource"),
)
