"""What came, what was kept and what was dropped, by service: the metrics ``datadog.trace_agent.*``."""

from __future__ import annotations

from collections import Counter

from heeler.wire.metrics.encode_series import Series
from heeler.wire.traces.spans import Chunk, root_of

INTERVAL_SECONDS = 10
MAX_CONTEXTS = 2000
"""Distinct metric and tags a flush; what is beyond is counted with the service ``other``."""

_RECEIVED = ("datadog.trace_agent.receiver.traces_received", "datadog.trace_agent.receiver.spans_received")
_KEPT = "datadog.trace_agent.sampler.kept"
_DROPPED = ("datadog.trace_agent.sampler.traces_dropped", "datadog.trace_agent.sampler.spans_dropped")
_CLIENT = (
    "datadog.trace_agent.receiver.client_dropped_p0_traces",
    "datadog.trace_agent.receiver.client_dropped_p0_spans",
)
_Place = tuple[str, tuple[str, ...]]


class IngestionCounts:
    """Counts since the last :meth:`flush`."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname
        self._counts: Counter[_Place] = Counter()
        self._flushed = 0

    def received(self, env: str, language: str, chunk: Chunk) -> None:
        """A chunk came, with its spans."""
        if not chunk.spans:
            return
        more = (f"env:{env}", f"lang:{language or 'unknown'}")
        self._add(_RECEIVED[0], root_of(chunk.spans).service, more, 1)
        for service, count in _by_service(chunk).items():
            self._add(_RECEIVED[1], service, more, count)

    def kept(self, env: str, service: str, sampler: str) -> None:
        """A chunk whose root is of ``service`` was kept by ``sampler``."""
        self._add(_KEPT, service, (f"env:{env}", f"sampler:{sampler}"), 1)

    def dropped(self, env: str, chunk: Chunk, reason: str) -> None:
        """A chunk was dropped, or all of it but spans that are sampled singly."""
        if not chunk.spans:
            return
        more = (f"env:{env}", f"reason:{reason}")
        self._add(_DROPPED[0], root_of(chunk.spans).service, more, 1)
        for service, count in _by_service(chunk).items():
            self._add(_DROPPED[1], service, more, count)

    def dropped_by_client(self, env: str, service: str, traces: int, spans: int) -> None:
        """A tracer that counts its own statistics dropped traces that it had rejected."""
        for metric, count in zip(_CLIENT, (traces, spans), strict=True):
            if count > 0:
                self._add(metric, service, (f"env:{env}",), count)

    def flush(self, now: int, *, everything: bool = False) -> list[Series]:
        """Counts of the interval before ``now`` (UNIX seconds) as series, when it is over or with
        ``everything``."""
        at = now // INTERVAL_SECONDS * INTERVAL_SECONDS
        if (at == self._flushed and not everything) or not self._counts:
            return []
        # A second point of one moment would take the place of the first.
        at = max(at, self._flushed + INTERVAL_SECONDS) if self._flushed else at
        counts, self._counts, self._flushed = self._counts, Counter(), at
        return [
            Series(metric, ((at, value),), tags, self._hostname, "count", INTERVAL_SECONDS)
            for (metric, tags), value in counts.items()
        ]

    def _add(self, metric: str, service: str, more: tuple[str, ...], count: int) -> None:
        place = (metric, (f"service:{service}", *more))
        if place not in self._counts and len(self._counts) >= MAX_CONTEXTS:
            place = (metric, ("service:other", *more))
        self._counts[place] += count


def _by_service(chunk: Chunk) -> dict[str, int]:
    counts: dict[str, int] = {}
    for span in chunk.spans:
        counts[span.service] = counts.get(span.service, 0) + 1
    return counts
