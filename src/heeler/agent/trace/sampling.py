"""Sampling of trace chunks, and the sampling rates returned to tracers.

Every chunk is counted into statistics before it comes here, so hits, errors and latencies are exact whatever
is dropped. What is kept, in this order:

1. priority 2 or 1: kept by the user or by the tracer at a rate that it was given; 1 is counted to make rates
   for each service and environment, so that all together come to ``target_traces_per_second``;
2. priority below 0: dropped by the user's rule or code;
3. the rare sampler, where it is enabled;
4. no priority: kept at a rate by kind of trace, towards the same target;
5. chunks with an error, up to ``errors_per_second``;
6. of what is dropped, spans that a rule of the tracer samples singly.

Priority 0, which the tracer rejected by a rate of this agent, is dropped but for 3, 5 and 6. With
``keep_all_traces`` all rates are 1 and only what the user rejected is dropped. With the probabilistic
sampler, priorities decide nothing and rates are 1: 3, what it chooses by id, 5 and 6 are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from heeler.agent.config import Config
from heeler.agent.trace.probabilistic import ProbabilisticSampler, Probability, probability_of
from heeler.agent.trace.rare import RareSampler
from heeler.agent.trace.target_rates import TargetRates, within_rate
from heeler.wire.traces.spans import NO_PRIORITY, Chunk, Span, root_of

USER_KEEP, AUTO_KEEP, AUTO_REJECT = 2, 1, 0
_SINGLE_SPAN = 8
_MOST_SERVICES = 5000
_ERRORS_RATE = "_dd.errors_sr"
_DEFAULT = "service:,env:"


class Decision(NamedTuple):
    """What of a chunk is sent (None: nothing), and the sampler that kept or the reason that dropped it."""

    chunk: Chunk | None
    by: str


@dataclass(frozen=True, slots=True)
class SamplingConfig:
    """Rates are of an agent, a second."""

    target_tps: float = 10.0
    errors_tps: float = 10.0
    rare: bool = False
    keep_all: bool = False
    probability: Probability | None = None

    @classmethod
    def of(cls, config: Config) -> SamplingConfig:
        """Raises ConfigError for a percentage or seed out of range."""
        return cls(
            target_tps=config.number("apm_config.target_traces_per_second"),
            errors_tps=config.number("apm_config.errors_per_second"),
            rare=config.flag("apm_config.enable_rare_sampler"),
            keep_all=config.flag("apm_config.keep_all_traces"),
            probability=probability_of(config),
        )


class Samplers:
    """Times are nanoseconds since 1970."""

    def __init__(self, config: SamplingConfig) -> None:
        self._config = config
        self._priority = TargetRates(config.target_tps)
        self._no_priority = TargetRates(config.target_tps)
        self._errors = TargetRates(config.errors_tps)
        self._rare = RareSampler() if config.rare else None
        self._probabilistic = ProbabilisticSampler(config.probability) if config.probability else None
        self.rates = Rates()

    def decide(self, env: str, chunk: Chunk, now: int, weight: float = 1.0) -> Decision:
        """What is sent of a chunk. ``weight`` is how many traces it stands for in rates: those that the
        tracer dropped itself are spread over those that it sent."""
        self.rates.seen(root_of(chunk.spans).service, env)
        kept_by, dropped_by = self._trace(env, chunk, now, weight)
        if kept_by:
            return Decision(chunk, kept_by)
        single = [
            span for span in chunk.spans if span.metrics.get("_dd.span_sampling.mechanism") == _SINGLE_SPAN
        ]
        if single:
            return Decision(Chunk(single, USER_KEEP, chunk.origin, chunk.tags), "single_span")
        return Decision(None, dropped_by)

    def _trace(self, env: str, chunk: Chunk, now: int, weight: float) -> tuple[str, str]:
        """The sampler that keeps the whole chunk, or "" and the reason for which it is dropped."""
        priority = chunk.priority
        if self._config.keep_all:
            kept = priority >= 0 or priority == NO_PRIORITY
            return ("keep_all", "") if kept else ("", "user_rejected")
        root = root_of(chunk.spans)
        if self._probabilistic:
            return self._by_chance(self._probabilistic, env, chunk, root, now)
        if priority in (AUTO_KEEP, AUTO_REJECT) and self._priority.count((root.service, env), now, weight):
            self.rates.publish(self._priority)
        if priority > 0:
            if self._rare:
                self._rare.seen(env, chunk, now)
            return "manual" if priority >= USER_KEEP else "priority", ""
        if priority < 0 and priority != NO_PRIORITY:
            return "", "user_rejected"
        if self._rare and self._rare.keeps(env, chunk, now):
            return "rare", ""
        if priority == NO_PRIORITY and self._scored(self._no_priority, env, chunk, root, now) is not None:
            return "no_priority", ""
        if self._keeps_error(env, chunk, root, now):
            return "error", ""
        return "", "auto_rejected" if priority == AUTO_REJECT else "no_priority"

    def _by_chance(
        self, sampler: ProbabilisticSampler, env: str, chunk: Chunk, root: Span, now: int
    ) -> tuple[str, str]:
        """The decision where the probabilistic sampler is on; what is kept has priority 1 from then on."""
        if self._rare and self._rare.keeps(env, chunk, now):
            by = "rare"
        elif sampler.keeps(chunk, root):
            by = "probabilistic"
            if self._rare:
                self._rare.seen(env, chunk, now)
        elif self._keeps_error(env, chunk, root, now):
            by = "error"
        else:
            return "", "probability"
        chunk.priority = AUTO_KEEP
        return by, ""

    def _keeps_error(self, env: str, chunk: Chunk, root: Span, now: int) -> bool:
        """Whether the chunk has an error and there is room for it; notes the rate in ``root``."""
        if not any(span.error for span in chunk.spans):
            return False
        rate = self._scored(self._errors, env, chunk, root, now)
        if rate is not None:
            root.metrics = {**root.metrics, _ERRORS_RATE: rate}
        return rate is not None

    @staticmethod
    def _scored(rates: TargetRates, env: str, chunk: Chunk, root: Span, now: int) -> float | None:
        """The rate at which a chunk is kept by its kind; None where it is not."""
        signature = _kind(env, chunk, root)
        rates.count(signature, now)
        rate = rates.rate(signature)
        return rate if within_rate(root.trace_id, rate) else None


def _kind(env: str, chunk: Chunk, root: Span) -> Hashable:
    """What traces of a kind have in common: the root in full, of the rest service, operation and failure."""
    rest = frozenset((span.service, span.name, bool(span.error)) for span in chunk.spans)
    meta = root.meta
    status, failure = meta.get("http.status_code", ""), meta.get("error.type", "")
    return hash((env, root.service, root.name, root.resource, bool(root.error), status, failure, rest))


class Rates:
    """Response to trace requests: services seen, each with its rate."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {_DEFAULT: 1.0}
        self._encode()

    def seen(self, service: str, env: str) -> None:
        key = f"service:{service},env:{env}"
        if key not in self._rates and len(self._rates) < _MOST_SERVICES:
            self._rates[key] = 1.0
            self._encode()

    def publish(self, made: TargetRates) -> None:
        """Take over the rates that were made of what was counted."""
        for key in self._rates:
            self._rates[key] = 1.0
        for signature, rate in made.rates.items():
            if isinstance(signature, tuple):
                self._rates[f"service:{signature[0]},env:{signature[1]}"] = round(rate, 6)
        self._encode()

    def _encode(self) -> None:
        self._body = json.dumps({"rate_by_service": self._rates}, separators=(",", ":")).encode()
        self.version = hashlib.blake2b(self._body, digest_size=8).hexdigest()

    def answer(self, known_version: str) -> bytes:
        """The rates as JSON; ``{}`` for a tracer that has this version already."""
        return b"{}" if known_version == self.version else self._body
