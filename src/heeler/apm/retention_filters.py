"""Retention filters: select which spans are indexed, that is, found by searches.

A span is decided by the first enabled filter, in execution order, that matches it: it is indexed at the
filter's rate. A span that no filter matches is indexed; so with no filter, or with rates of 1, all spans are
indexed. A last filter ``*`` with a rate samples the rest.

The spans of a chunk (spans of one trace that a tracer sent together) are stored if one of them is indexed, so
that the whole trace can be viewed; those that are not indexed are found by no search. A chunk without an
indexed span is dropped. Sampling is by trace id: a filter decides the same way for all spans of a trace.
Source: https://docs.datadoghq.com/tracing/trace_pipeline/trace_retention/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.apm.span_metrics import RuleError, search_text
from heeler.apm.span_reader import ChunkRecords, SpanRecord, Test, compile_span_search

TYPE = "spans-sampling-processor"
#: Types named in the API; the filters of the other two are built in at Datadog.
TYPES = (TYPE, "spans-errors-sampling-processor", "spans-appsec-sampling-processor")
#: Knuth's multiplier, by which tracers sample ids as well.
_HASH = 1111111111111111111
_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class RetentionFilter:
    """``trace_rate``: share of the traces of indexed spans for which all spans are indexed."""

    id: str
    test: Test
    rate: float
    trace_rate: float


def checked(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the attributes of a filter. Raises :class:`RuleError`."""
    if attributes.get("filter_type") != TYPE:
        raise RuleError(f"Field 'filter_type' is invalid, expected value is '{TYPE}'")
    name = attributes.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise RuleError("Invalid name. Expected 1 to 200 characters.")
    enabled = attributes.get("enabled")
    if not isinstance(enabled, bool):
        raise RuleError("Invalid enabled. Expected true or false.")
    where = attributes.get("filter")
    if not isinstance(where, Mapping):
        raise RuleError("Invalid filter. Expected an object with a query.")
    found = {
        "name": name.strip(),
        "enabled": enabled,
        "filter": {"query": search_text(where.get("query"))},
        "filter_type": TYPE,
        "rate": _rate("rate", attributes.get("rate")),
    }
    if attributes.get("trace_rate") is not None:
        found["trace_rate"] = _rate("trace_rate", attributes["trace_rate"])
    return found


def _rate(name: str, given: Any) -> float:
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not 0 <= given <= 1:
        raise RuleError("Invalid Pipeline", f"'{name}' must exist and be between 0 and 1")
    return float(given)


def compile_filter(identity: str, attributes: Mapping[str, Any]) -> RetentionFilter:
    """Compile a filter from attributes returned by :func:`checked`."""
    return RetentionFilter(
        identity,
        compile_span_search(attributes["filter"]["query"]),
        attributes["rate"],
        attributes.get("trace_rate", 0.0),
    )


def is_sampled(trace_id: int, rate: float) -> bool:
    """Whether a trace is in the sampled share ``rate``; deterministic by trace id."""
    return (trace_id * _HASH) % _RANGE < rate * _RANGE


def indexed(filters: Sequence[RetentionFilter], records: ChunkRecords) -> list[bool]:
    """Whether each span of a chunk is indexed."""
    decided = [_decision(filters, record) for record in records.records]
    found = [keep for keep, _ in decided]
    if any(keep and whole for keep, whole in decided):
        return [True] * len(found)
    return found


def _decision(filters: Sequence[RetentionFilter], record: SpanRecord) -> tuple[bool, bool]:
    """Whether a span is indexed, and whether its whole trace is."""
    for one in filters:
        if one.test(record):
            trace_id = record.span.trace_id
            keep = is_sampled(trace_id, one.rate)
            # The share trace_rate of the retained traces: the same number, scaled to the range of those
            # retained.
            return keep, keep and is_sampled(trace_id, one.rate * one.trace_rate)
    return True, False
