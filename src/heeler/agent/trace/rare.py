"""The rare sampler: keeps a trace now and then of every kind of operation, however rarely it is called.

Source: https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/#rare-traces
"""

from __future__ import annotations

from collections import OrderedDict

from heeler.wire.traces.spans import Chunk, Span

TPS, BURST = 5.0, 50.0
COOLDOWN_NS = 300 * 10**9
MAX_SIGNATURES = 20_000
MARK = "_dd.rare"


class RareSampler:
    """Top-level and measured spans count. A kind that was kept is rare again after five minutes without."""

    def __init__(self) -> None:
        self._until: OrderedDict[int, int] = OrderedDict()
        self._tokens = BURST
        self._at = 0

    def seen(self, env: str, chunk: Chunk, now: int) -> None:
        """Note the kinds of a chunk that another sampler keeps."""
        for span in chunk.spans:
            if span.is_top_level or span.is_measured:
                self._note(_signature(env, span), now)

    def keeps(self, env: str, chunk: Chunk, now: int) -> bool:
        """Whether the chunk has a rare kind and may be kept; marks the span."""
        for span in chunk.spans:
            if not (span.is_top_level or span.is_measured):
                continue
            signature = _signature(env, span)
            # A time further away than the cooldown is of a clock that was set back since.
            if 0 < self._until.get(signature, 0) - now <= COOLDOWN_NS:
                continue
            if not self._take(now):
                return False
            self.seen(env, chunk, now)
            span.metrics = {**span.metrics, MARK: 1.0}
            return True
        return False

    def _take(self, now: int) -> bool:
        self._tokens = min(BURST, self._tokens + max(0, now - self._at) / 1e9 * TPS)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _note(self, signature: int, now: int) -> None:
        self._until[signature] = now + COOLDOWN_NS
        self._until.move_to_end(signature)
        if len(self._until) > MAX_SIGNATURES:
            self._until.popitem(last=False)


def _signature(env: str, span: Span) -> int:
    """What tells kinds of operations apart; a hash, as texts of tracers may be long."""
    meta = span.meta
    status, kind = meta.get("http.status_code", ""), meta.get("error.type", "") if span.error else ""
    return hash((env, span.service, span.name, span.resource, status, kind))
