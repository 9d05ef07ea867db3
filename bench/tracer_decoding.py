"""What spans cost an agent, by step: ``python -m bench.tracer_decoding``.

A payload of 100 traces of ten spans, decoded leniently and into types, worked through, and encoded for the
server; CPU seconds of this process for 100,000 spans, the least of ten turns.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable
from typing import Any

import msgspec

from bench.spans import spans
from heeler.agent.trace.filters import Filters
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces import agent_payload, fast_encode, tracer_payload
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.spans import AgentTraces, Span

TRACES, PER_TRACE = 100, 10
_TEXTS = ("service", "name", "resource", "type")
_WHOLES = ("trace_id", "span_id", "parent_id", "start", "duration", "error")


def payloads(now: int) -> dict[str, bytes]:
    """The same traces as v0.4 and as v0.5."""
    chance = random.Random(1)
    made = [spans(PER_TRACE, now - 10**9, chance) for _ in range(TRACES)]
    for trace in made:
        for span in trace:
            span.trace_id = trace[0].trace_id
            span.metrics["_sampling_priority_v1"] = 1.0
    strings: dict[str, int] = {}
    rows = [[_row(span, strings) for span in trace] for trace in made]
    fields = (*_TEXTS, *_WHOLES, "meta", "metrics")
    maps = [[{field: getattr(span, field) for field in fields} for span in trace] for trace in made]
    return {"v0.4": msgspec.msgpack.encode(maps), "v0.5": msgspec.msgpack.encode([list(strings), rows])}


def _row(span: Span, strings: dict[str, int]) -> list[Any]:
    def at(text: str) -> int:
        return strings.setdefault(text, len(strings))

    return [
        at(span.service), at(span.name), at(span.resource), *(getattr(span, field) for field in _WHOLES),
        {at(key): at(value) for key, value in span.meta.items()},
        {at(key): value for key, value in span.metrics.items()}, at(span.type),
    ]  # fmt: skip


def _least(call: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> float:
    costs = []
    for _ in range(10):
        prepare()
        before = resource.getrusage(resource.RUSAGE_SELF)
        call()
        after = resource.getrusage(resource.RUSAGE_SELF)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(costs) / (TRACES * PER_TRACE) * 100_000


def _compare(version: str, body: bytes) -> None:
    slow = _least(lambda: tracer_payload._DECODERS[version](tracer_payload._load(body, False)))
    fast = _least(lambda: tracer_payload.decode(version, body))
    ratio = slow / fast
    print(f"{version} to spans: leniently {slow:.2f}, into types {fast:.2f}: {ratio:.1f} times less")


def run() -> None:
    """Print a line for each step."""
    now = time.time_ns()
    for version, body in payloads(now).items():
        _compare(version, body)
    body = payloads(now)["v0.4"]
    pipeline = Pipeline(
        Concentrator("h", "prod", now), Filters(), Samplers(SamplingConfig()), IngestionCounts("h"), "prod"
    )
    decoded = [tracer_payload.decode("v0.4", body) for _ in range(20)]
    work = iter(decoded)
    print(f"worked through: {_least(lambda: pipeline.take(next(work), Claims(), now)):.2f}")
    kept = AgentTraces("h", "prod", "7.0.0", [decoded[0]])
    fast_encode.prepare()
    plain = _least(lambda: agent_payload.encode_plainly(kept))
    compiled = _least(lambda: agent_payload.encode(kept))
    print(f"encoded: plainly {plain:.2f}, compiled {compiled:.2f}: {plain / compiled:.1f} times less")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    run()
