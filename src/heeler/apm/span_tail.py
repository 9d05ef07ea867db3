"""Live search of spans: publishes arriving spans to subscribed clients."""

from __future__ import annotations

from heeler.apm.serializers import arrived_span_row
from heeler.apm.span_reader import SpanRecord, Test, chunk_records, compile_span_search
from heeler.logs.tail import LiveTail
from heeler.wire.traces.spans import AgentTraces

#: Spans of one delivery that are offered to those who watch.
MAX_OFFERED = 2_000


class SpanTail(LiveTail):
    """All who watch spans, as ``services.part(SpanTail)``."""


def compile_tail(search: str, kind: str) -> Test:
    """Whether a span is shown: one that the search finds, of a kind of ``entry``, ``root`` or ``all``.

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
    """The spans of a delivery, at most :data:`MAX_OFFERED`."""
    found: list[SpanRecord] = []
    for chunk in chunk_records(traces):
        found += chunk.records
        if len(found) >= MAX_OFFERED:
            return found[:MAX_OFFERED]
    return found


def publish(tail: SpanTail, records: list[SpanRecord]) -> None:
    """Offer spans to those who watch."""
    tail.publish(records, [arrived_span_row(record) for record in records])
