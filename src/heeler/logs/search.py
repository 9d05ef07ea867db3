"""Search schema of logs: the fields that the search language can query."""

from __future__ import annotations

from dataclasses import dataclass

from heeler.apm.search import TraceId
from heeler.query.search.ast import Pattern
from heeler.query.search.attributes import APART, plain, values_of_json
from heeler.query.search.field_sql import (
    AnyTag,
    Column,
    Number,
    OneText,
    Parameters,
    Source,
    Table,
    Tag,
    matches_text,
)
from heeler.query.search.flat_attributes import FlatAttribute
from heeler.store.attributes import INDEXED, PROMOTED
from heeler.wire.logs.id_forms import HEX, ID_PATHS, NO_FORM

_LEVELS = {"err": "error", "warning": "warn", "information": "info", "crit": "critical", "emerg": "emergency"}
TIME_NS = "toUnixTimestamp64Nano(time)"


@dataclass(frozen=True)
class LogId(OneText):
    """The id of a log: its time and its place in the order of arrival (:func:`write_id`)."""

    def text(self, to: Parameters) -> str:
        return f"concat(leftPad(lower(hex({TIME_NS})), 16, '0'), leftPad(lower(hex(seq)), 16, '0'))"

    def matches(self, pattern: Pattern, to: Parameters) -> str:
        literal = pattern.literal
        if literal is None:
            return matches_text(self.text(to), pattern, to)
        place = read_id(literal)
        if place is None:
            return "0"
        time, seq = to.add(place[0], "Int64"), to.add(place[1], "UInt64")
        return f"(time = fromUnixTimestamp64Nano({time}, 'UTC') AND seq = {seq})"


def write_id(time_ns: int, seq: int) -> str:
    """Format a log id: 16 hex digits of the time in nanoseconds and 16 of the order of arrival."""
    return f"{time_ns:016x}{seq:016x}"


def read_id(text: str) -> tuple[int, int] | None:
    """Parse a log id to time in nanoseconds and order of arrival; None if invalid."""
    try:
        time, seq = int(text[:16], 16), int(text[16:], 16)
    except ValueError:
        return None
    return (time, seq) if len(text) == 32 and 0 <= time < 2**63 and 0 <= seq < 2**64 else None


_COLUMNS: dict[str, Source] = {
    "host": Column("host"),
    "service": Column("service"),
    "source": Column("source"),
    "status": Column("status", lower=True, words=_LEVELS),
    "index": Column("index_name"),
    "trace_id": TraceId(),
    "dd.trace_id": TraceId(),
    "span_id": Column("toString(span_id)"),
    "dd.span_id": Column("toString(span_id)"),
    "message": Column("message"),
}


def attribute(path: str) -> Source:
    """Field source of ``@path``."""
    column = PROMOTED.get(path)
    below = tuple(name for one, name in PROMOTED.items() if one.startswith(f"{path}."))
    if any(one.startswith(f"{path}.") for one in ID_PATHS):
        below += ("ids",)
    return _COLUMNS.get(path.lower()) or FlatAttribute(
        "attributes",
        path,
        duration=path == "duration",
        promoted=column,
        indexed=column in INDEXED,
        prefixed=below,
    )


#: The ids that are stored as forms, as they were written.
_IDS = (
    f"[multiIf(ids = '' OR startsWith(ids, '{NO_FORM}'), '', startsWith(ids, '{HEX}'), "
    "lower(concat(leftPad(hex(trace_high), 16, '0'), leftPad(hex(trace_id), 16, '0'))), toString(trace_id)), "
    f"if(ids = '' OR endsWith(ids, '{NO_FORM}'), '', toString(span_id))]"
)


def _every_value() -> str:
    """SQL of all attribute values as one text."""
    columns = ", ".join(PROMOTED.values())
    text = f"if(startsWith(one, '[') OR startsWith(one, '{{'), {values_of_json('one')}, {plain('one')})"
    values = f"arrayConcat(mapValues(attributes), [{columns}], {_IDS})"
    return f"arrayStringConcat(arrayMap(one -> {text}, {values}), {APART})"


def _time_bound(at: float, to: Parameters) -> str:
    """Times of searches are milliseconds."""
    return f"fromUnixTimestamp64Nano({to.add(round(at * 1000) * 1_000_000, 'Int64')}, 'UTC')"


LOGS = Table(
    name="log_events",
    time="toUnixTimestamp64Nano(time) / 1000000000",
    reserved={
        **_COLUMNS,
        "tags": AnyTag("tags"),
        "id": LogId(),
        "timestamp": Number("toUnixTimestamp64Milli(time)"),
    },
    tag=lambda key: Tag("tags", key),
    attribute=attribute,
    message=("message",),
    everywhere=(
        "message",
        _every_value(),
        f"arrayStringConcat([service, host, source, status, arrayStringConcat(tags, {APART})], {APART})",
    ),
    time_bound=_time_bound,
    data="logs",
    whole_seconds="intDiv(toUnixTimestamp64Nano(time), 1000000000)",
    counted=frozenset({"index_name", "service", "status", "source", "host"}),
)
