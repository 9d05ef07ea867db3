"""The probabilistic sampler: keeps a share of all traces, chosen by a hash of their id.

Every agent with the same percentage and seed chooses the same traces. A hash falls into one of 16,384
buckets, of which the percentage takes the first.
Source: https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/#probabilistic-sampling
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from heeler.agent.config import Config, ConfigError
from heeler.wire.traces.spans import U64, Chunk, Span, high_half

PREFIX = "apm_config.probabilistic_sampler"
FULL_TRACE_ID = "probabilistic_sampler_full_trace_id"
"""The entry of ``apm_config.features`` by which all 128 bits of an id are hashed, not the lower 64."""
MECHANISM = "-9"
"""The value of ``_dd.p.dm`` for traces kept by this sampler."""
SHARE = "_dd.prob_sr"
_BUCKETS = 0x4000
_OFFSET, _PRIME, _U32 = 0x811C9DC5, 0x01000193, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Probability:
    """``percentage`` of traces, 0 to 100; ``seed`` is unsigned, of 32 bits."""

    percentage: float
    seed: int = 0
    full_trace_id: bool = False


def probability_of(config: Config) -> Probability | None:
    """The settings of ``apm_config.probabilistic_sampler``; None where it is off. Raises ConfigError."""
    if not config.flag("apm_config.probabilistic_sampler.enabled"):
        return None
    percentage = config.number("apm_config.probabilistic_sampler.sampling_percentage")
    seed = config.integer("apm_config.probabilistic_sampler.hash_seed")
    if not 0 <= percentage <= 100:
        raise ConfigError(f"{PREFIX}.sampling_percentage: {percentage} is not from 0 to 100")
    if not 0 <= seed <= _U32:
        raise ConfigError(f"{PREFIX}.hash_seed: {seed} is not from 0 to {_U32}")
    return Probability(percentage, seed, FULL_TRACE_ID in config.strings("apm_config.features"))


class ProbabilisticSampler:
    """Decides by trace ids alone: every chunk of a trace alike."""

    def __init__(self, probability: Probability) -> None:
        self._full = probability.full_trace_id
        self._start = _hashed(_OFFSET, probability.seed.to_bytes(4, "little"))
        self._taken = int(_single(_single(probability.percentage) * _single(_BUCKETS / 100)))
        self._share = probability.percentage / 100

    def keeps(self, chunk: Chunk, root: Span) -> bool:
        """Whether the trace is chosen; notes the share in ``root`` and the mechanism in the chunk."""
        identity = self._identity(chunk, root)
        if identity is None or _hashed(self._start, identity) % _BUCKETS >= self._taken:
            return False
        root.metrics = {**root.metrics, SHARE: self._share}
        chunk.tags = {**chunk.tags, "_dd.p.dm": MECHANISM}
        return True

    def _identity(self, chunk: Chunk, root: Span) -> bytes | None:
        """The 16 bytes that are hashed; None for an OpenTelemetry id that is none."""
        low = (root.trace_id & U64).to_bytes(8, "big")
        if not self._full:
            return low + bytes(8)
        if whole := root.meta.get("otel.trace_id"):
            try:
                return bytes.fromhex(whole)
            except ValueError:
                return None
        return bytes.fromhex(high_half(chunk.spans) or "0" * 16) + low


def _single(value: float) -> float:
    """Rounded to 32 bits, with which agents calculate: it decides about the last bucket."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _hashed(state: int, data: bytes) -> int:
    """FNV-1a of 32 bits, continued from ``state``."""
    for byte in data:
        state = ((state ^ byte) * _PRIME) & _U32
    return state
