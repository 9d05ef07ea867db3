"""Live search of spans: publishes arriving spans to subscribed clients."""

from __future__ import annotations

from heeler.apm.serializers import arrived_span_row
from heeler.apm.span_reader import SpanRecord, Test, chunk_records, compile_span_search
from heeler.logs.tail import LiveTail
from heeler.wire.traces.spans import AgentTraces

#: Maximum number of spans of one delivery that are offered to subscribers.
MAX_OFFERED = 2_000


class SpanTail(LiveTail):
    """Subscribers of the live search of spans, as ``services.part(SpanTail)``."""


def compile_tail(search: str, kind: str) -> Test:
    """Compile a live search to a predicate: the search, and the kind ``entry``, ``root`` or ``all``.

    Raises :class:`~heeler.query.search.parser.SearchError`.
    """
    test = compile_span_search(search)

    def shown(record: SpanRecord) -> bool:
        if kind == "entry" and not record.span.is_top_level:
            return False
        if kind == "root" and record.span.parent_id:
            return False
        return test(record)

    return shown


def records_to_offer(traces: AgentTraces) -> list[SpanRecord]:
    """Spans of a delivery, at most :data:`MAX_OFFERED`."""
    found: list[SpanRecord] = []
    for chunk in chunk_records(traces):
        found += chunk.records
        if len(found) >= MAX_OFFERED:
            return found[:MAX_OFFERED]
    return found


def publish(tail: SpanTail, records: list[SpanRecord]) -> None:
    """Publish spans to subscribers."""
    tail.publish(records, lambda place: arrived_span_row(records[place]))
