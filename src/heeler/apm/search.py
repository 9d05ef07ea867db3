"""Search schema of spans: the fields that the search language can query."""

from __future__ import annotations

from dataclasses import dataclass

from heeler.apm.span_fields import IndexedTag, SpanAttribute
from heeler.query.search.ast import Pattern
from heeler.query.search.attributes import APART, Either
from heeler.query.search.field_sql import (
    AnyTag,
    Column,
    Number,
    OneText,
    Parameters,
    Source,
    Table,
    matches_text,
)
from heeler.store.span_rows import PROMOTED

TRACE_HEX = "concat(leftPad(lower(hex(trace_high)), 16, '0'), leftPad(lower(hex(trace_id)), 16, '0'))"


@dataclass(frozen=True)
class TraceId(OneText):
    """A trace id as 32 or 16 hex digits or, as tracers print it, as a decimal number of the lower half."""

    def text(self, to: Parameters) -> str:
        return TRACE_HEX

    def exists(self, to: Parameters) -> str:
        return "trace_id != 0"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        literal = pattern.literal
        if literal is None:
            return matches_text(self.text(to), pattern, to)
        halves = trace_id_halves(literal)
        if halves is None:
            return "0"
        high, low = halves
        found = f"trace_id = {to.add(low, 'UInt64')}"
        return f"({found} AND trace_high = {to.add(high, 'UInt64')})" if high else found


def trace_id_halves(text: str) -> tuple[int, int] | None:
    """Upper and lower 64 bits of a trace id in hex or decimal; None if invalid."""
    text = text.strip().lower()
    try:
        # 128 bits are 32 hex digits, or up to 39 decimal ones.
        whole = int(text) if text.isdigit() and len(text) != 32 else int(text, 16)
    except ValueError:
        return None
    if not 0 < whole < 2**128:
        return None
    return whole >> 64, whole & 0xFFFFFFFFFFFFFFFF


_PROMOTED = {key: Column(column) for key, column in PROMOTED.items()}
_PAIRS = ", ".join(f"('{key}', {column})" for key, column in PROMOTED.items())
_OWN_TAGS = (
    "arrayMap(p -> lower(concat(p.1, ':', p.2)), arrayFilter(p -> p.2 != '', "
    f"arrayConcat([{_PAIRS}], arrayZip(mapKeys(meta), mapValues(meta)))))"
)
_STATUS = Column("if(error, 'error', 'ok')", lower=True)
_COLUMNS: dict[str, Source] = {
    "duration": Number("duration", duration=True),
    "_top_level": Number("top_level"),
    "_dd.top_level": Number("top_level"),
    "_trace_root": Number("parent_id = 0"),
    "env": Column("env"),
    "version": Column("version"),
    "language": Column("language"),
    "http.status_code": Number("http_status", optional=True),
    "trace_id": TraceId(),
    "span_id": Column("toString(span_id)"),
    **_PROMOTED,
}
_RESERVED: dict[str, Source] = {
    "service": Column("service", lower=True),
    "env": Column("env", lower=True),
    "version": Column("version"),
    "host": Column("host"),
    "operation_name": Column("name"),
    "resource_name": Column("resource"),
    "resource": Column("resource"),
    "type": Column("type"),
    "status": _STATUS,
    "trace_id": TraceId(),
    "span_id": Column("toString(span_id)"),
    "parent_id": Column("toString(parent_id)"),
    "duration": Number("duration", duration=True),
    "trace_root": Number("parent_id = 0"),
    "http.status_code": Number("http_status", optional=True),
    "tags": AnyTag(f"arrayConcat(tags, {_OWN_TAGS})"),
    **_PROMOTED,
}


def _attribute(path: str) -> Source:
    return _COLUMNS.get(path.lower()) or SpanAttribute("meta", path, "metrics")


def _tag(key: str) -> Source:
    return Either(SpanAttribute("meta", key, "metrics"), IndexedTag("tags", key))


SPANS = Table(
    name="apm_spans",
    data="spans",
    time="toUnixTimestamp64Milli(start) / 1000",
    reserved=_RESERVED,
    tag=_tag,
    attribute=_attribute,
    message=("resource", "name", "service"),
    everywhere=(
        "resource",
        "name",
        "service",
        "arrayStringConcat(arrayConcat([env, version, host, type, "
        f"{', '.join(PROMOTED.values())}], mapValues(meta), "
        f"arrayMap(one -> toString(one), mapValues(metrics)), tags), {APART})",
    ),
    time_column="start",
    time_literal="fromUnixTimestamp64Nano(toInt64({0} * 1000000) * 1000)",
    searchable="indexed",
)
