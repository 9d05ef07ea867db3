"""Sampling rates by signature, so that all signatures together come to about a target of traces a second.

Traces are counted in six buckets of five seconds; the busiest bucket is what a signature is taken to send.
The target is shared evenly: what a quiet signature does not use is left to the others. A rate falls at once
and rises by at most a fifth a bucket, so that a pause does not let a flood through.
Source: what the Datadog Agent's core sampler does, in its public documentation of ingestion mechanisms
(https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

BUCKET_NS = 5 * 10**9
BUCKETS = 6
MAX_SIGNATURES = 5000
"""Signatures beyond it have one rate together, that of ``None``."""
MOST_INCREASE = 1.2
_HASH = 1_111_111_111_111_111_111
_U64 = 0xFFFFFFFFFFFFFFFF


def within_rate(trace_id: int, rate: float) -> bool:
    """Whether a trace is sampled at ``rate``: alike for every agent and tracer that sees it."""
    return rate >= 1 or (trace_id * _HASH) & _U64 < rate * 2.0**64


def share_of(target: float, seen: Mapping[Hashable, float]) -> float:
    """Traces a second that each signature may have, of which some use less."""
    left, share = target, target
    for place, tps in enumerate(sorted(seen.values())):
        share = left / (len(seen) - place)
        if tps >= share:
            break
        left -= tps
    return share


class TargetRates:
    """``target`` is traces a second; 0 keeps none."""

    def __init__(self, target: float) -> None:
        self._target = target
        self._counts: dict[Hashable, list[float]] = {}
        self._rates: dict[Hashable, float] = {}
        self._bucket = 0

    def count(self, signature: Hashable, now: int, weight: float = 1.0) -> bool:
        """Note a trace that was seen at ``now`` (nanoseconds); whether rates were made anew by that."""
        bucket = now // BUCKET_NS
        changed = bucket > self._bucket
        if changed:
            self._turn(bucket)
        counts = self._counts.get(self._known(signature))
        if counts is None:
            counts = self._counts[self._known(signature)] = [0.0] * BUCKETS
        counts[self._bucket % BUCKETS] += weight
        return changed

    def rate(self, signature: Hashable) -> float:
        """The share of a signature's traces to keep; 1 for one that is new."""
        if self._target <= 0:
            return 0.0
        return self._rates.get(self._known(signature), 1.0)

    @property
    def rates(self) -> Mapping[Hashable, float]:
        return self._rates

    def _known(self, signature: Hashable) -> Hashable:
        return signature if signature in self._counts or len(self._counts) < MAX_SIGNATURES else None

    def _turn(self, bucket: int) -> None:
        """Make the rates of the buckets until now, and empty those that begin."""
        if self._bucket:
            seen = {name: max(counts) * 1e9 / BUCKET_NS for name, counts in self._counts.items()}
            seen = {name: tps for name, tps in seen.items() if tps > 0}
            share = share_of(self._target, seen) if seen else self._target
            self._rates = {name: self._next(name, share / tps) for name, tps in seen.items()}
            self._counts = {name: counts for name, counts in self._counts.items() if name in seen}
        for begun in range(max(self._bucket + 1, bucket - BUCKETS + 1), bucket + 1):
            for counts in self._counts.values():
                counts[begun % BUCKETS] = 0.0
        self._bucket = bucket

    def _next(self, signature: Hashable, rate: float) -> float:
        before = self._rates.get(signature)
        if before is not None and rate > before * MOST_INCREASE:
            rate = before * MOST_INCREASE
        return min(1.0, rate)
