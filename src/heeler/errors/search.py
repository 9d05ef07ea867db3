"""Search schema of errors."""

from __future__ import annotations

from heeler.query.search.ast import Field, Leaf, Not, Or, leaves, nodes
from heeler.query.search.field_sql import AnyTag, Column, Parameters, Source, Table
from heeler.query.search.parser import parse
from heeler.query.search.row_access import access_to
from heeler.query.search.sql import condition

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

#: Fields of logs that errors in them have with the same value.
_OF_LOGS: dict[str, Source] = {name: Column(name) for name in ("service", "env", "version", "host")}
_LOG_FIELDS = Table(
    name="error_events",
    time="0",
    reserved=_OF_LOGS,
    tag=lambda _: _NONE,
    attribute=lambda _: _NONE,
    message=(),
    everywhere=(),
)


def readable_errors(to: Parameters) -> str:
    """Condition of the errors that the caller may read; empty for all.

    Those in logs are restricted as the logs are, by the fields that errors have too: by a search with other
    terms, or with a negation, none of them are readable.
    """
    access = access_to("logs")
    if not access.is_limited:
        return ""
    trees = [] if access.permission else [parse(text) for text in access.searches or ()]
    usable = [
        tree
        for tree in trees
        if not any(isinstance(node, Not) for node in nodes(tree))
        and all(_is_of_logs(leaf) for leaf in leaves(tree))
    ]
    if not usable:
        return "source != 'logs'"
    return f"(source != 'logs' OR {condition(Or(tuple(usable)), _LOG_FIELDS, to)})"


def _is_of_logs(leaf: Leaf) -> bool:
    field = getattr(leaf, "field", None)
    return isinstance(field, Field) and not field.attribute and field.name.lower() in _OF_LOGS


ERRORS = Table(
    name="error_events",
    time="toUnixTimestamp64Milli(time) / 1000",
    reserved=_FIELDS,
    tag=lambda key: _FIELDS.get(key.lower(), _NONE),
    attribute=lambda path: _FIELDS.get(path.lower(), _NONE),
    message=("message", "type"),
    everywhere=("message", "type", "stack", "service", "resource"),
    readable=readable_errors,
)
