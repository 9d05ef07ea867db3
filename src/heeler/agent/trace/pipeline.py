"""Processing pipeline of trace payloads between tracer and server. No sockets; the time is passed in."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from heeler.agent.trace.filters import Filters
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.sampling import Samplers
from heeler.wire.traces.client_stats import StatsOfTracer
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import BadChunk, mark_top_level, normalize_chunk, tag_value, truncate
from heeler.wire.traces.obfuscation import obfuscate
from heeler.wire.traces.spans import NO_PRIORITY, Chunk, TracerPayload, root_of

_MOST_PRIORITY = 127


@dataclass(frozen=True)
class Claims:
    """Processing that the tracer reports to have done itself: marking entry spans, computing statistics,
    dropping what it rejected."""

    top_level: bool = False
    stats: bool = False
    dropped_traces: int = 0
    dropped_spans: int = 0


def _priority(given: float) -> int:
    """The sampling priority in a span's metrics: none where it is no number."""
    return int(given) if math.isfinite(given) else NO_PRIORITY


class Pipeline:
    """Normalizes, obfuscates, counts and samples. Retains no payload: results are returned."""

    def __init__(
        self,
        concentrator: Concentrator,
        filters: Filters,
        samplers: Samplers,
        ingestion: IngestionCounts,
        env: str,
    ) -> None:
        self._concentrator = concentrator
        self._filters = filters
        self._samplers = samplers
        self._ingestion = ingestion
        self._env = env
        self.counts: Counter[str] = Counter()

    def take(self, payload: TracerPayload, claims: Claims, now: int) -> TracerPayload:
        """Process ``payload`` in place; afterwards it holds the chunks to send."""
        sent = len(payload.chunks)
        service = root_of(payload.chunks[0].spans).service if sent and payload.chunks[0].spans else ""
        weight = 1.0 + claims.dropped_traces / sent if sent else 1.0
        payload.chunks = [
            kept for chunk in payload.chunks if (kept := self._chunk(payload, chunk, claims, now, weight))
        ]
        if claims.dropped_traces or claims.dropped_spans:
            self.counts["dropped_by_client"] += claims.dropped_traces
            self._ingestion.dropped_by_client(
                payload.env or self._env, tag_value(service), claims.dropped_traces, claims.dropped_spans
            )
        return payload

    def take_stats(self, stats: StatsOfTracer) -> None:
        """Process statistics computed by a tracer. Raises
        :class:`~heeler.wire.traces.spans.TraceFormatError`.
        """
        stats.env = tag_value(stats.env)
        self._concentrator.add_client(stats)
        self.counts["client_stats"] += 1

    def _chunk(
        self, payload: TracerPayload, chunk: Chunk, claims: Claims, now: int, weight: float
    ) -> Chunk | None:
        self.counts["chunks"] += 1
        self.counts["spans"] += len(chunk.spans)
        if not chunk.spans:
            self.counts["dropped_empty"] += 1
            return None
        try:
            normalize_chunk(chunk, payload.language, now)
        except BadChunk as error:
            return self._drop(payload.env or self._env, chunk, error.reason)
        self._describe(payload, chunk)
        self._ingestion.received(payload.env, payload.language, chunk)
        if reason := self._filters.refuses(chunk):
            return self._drop(payload.env, chunk, reason)
        for span in chunk.spans:
            obfuscate(span)
            truncate(span)
        if self._filters.replacements:
            for span in chunk.spans:
                self._filters.rewrite(span)
        if not claims.top_level:
            mark_top_level(chunk.spans)
        if not claims.stats:
            self._concentrator.add(payload, chunk)
        kept, by = self._samplers.decide(payload.env, chunk, now, weight)
        if kept is None:
            return self._drop(payload.env, chunk, by)
        self.counts[f"kept_{by}"] += 1
        self._ingestion.kept(payload.env, root_of(chunk.spans).service, by)
        return kept

    def _describe(self, payload: TracerPayload, chunk: Chunk) -> None:
        """Fill fields of the payload and the chunk from tags of the root span, where absent."""
        root = root_of(chunk.spans)
        meta = root.meta
        payload.env = payload.env or meta.get("env") or self._env
        payload.app_version = payload.app_version or meta.get("version", "")
        payload.runtime_id = payload.runtime_id or meta.get("runtime-id", "")
        chunk.origin = chunk.origin or meta.get("_dd.origin", "")
        if chunk.priority == NO_PRIORITY:
            priorities = [
                span.metrics["_sampling_priority_v1"]
                for span in (root, *chunk.spans)
                if "_sampling_priority_v1" in span.metrics
            ]
            chunk.priority = _priority(priorities[0]) if priorities else NO_PRIORITY
        if chunk.priority != NO_PRIORITY:
            chunk.priority = min(max(chunk.priority, -_MOST_PRIORITY), _MOST_PRIORITY)
        if "_dd.p.dm" in meta:
            chunk.tags.setdefault("_dd.p.dm", meta["_dd.p.dm"])

    def _drop(self, env: str, chunk: Chunk, reason: str) -> Chunk | None:
        self.counts[f"dropped_{reason}"] += 1
        self._ingestion.dropped(env, chunk, reason)
        return None
