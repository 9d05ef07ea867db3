"""100,000 spans of which a tenth is kept: what was counted is exact, by whomever it was counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from heeler.agent.trace.filters import Filters
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.probabilistic import Probability
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsOfAgent, decode_agent, encode_agent
from heeler.wire.traces.concentrator import BUCKET_NS, Concentrator
from heeler.wire.traces.spans import Chunk, Span, TracerPayload
from tests.unit.agent.trace.spans import NOW

TRACES, PER_TRACE = 20_000, 5
_Place = tuple[str, str]


def traces() -> Iterator[Chunk]:
    """Traces of five services, a tenth of priority 1, the rest of priority 0."""
    chance = random.Random(11)
    for at in range(TRACES):
        identity = chance.getrandbits(63) + 1
        spans = [
            Span(
                service=f"service-{place}",
                name="web.request",
                resource=f"GET /{chance.randrange(4)}",
                trace_id=identity,
                span_id=place + 1,
                parent_id=place,
                start=NOW - 10**9,
                duration=int(chance.lognormvariate(16, 2)),
                error=int(chance.random() < 0.03),
            )
            for place in range(PER_TRACE)
        ]
        yield Chunk(spans, int(at % 10 == 0))


def by_agent(pipeline: Pipeline, chunks: list[Chunk]) -> int:
    """Everything is sent, and counted by the agent."""
    return len(pipeline.take(TracerPayload(chunks), Claims(), NOW).chunks)


def by_tracer(pipeline: Pipeline, chunks: list[Chunk]) -> int:
    """The tracer counts, and sends what it keeps and the numbers of the rest."""
    own = Concentrator("web-1", "prod", NOW)
    pipelined = Pipeline(own, Filters(), Samplers(SamplingConfig()), IngestionCounts("web-1"), "prod")
    kept = pipelined.take(TracerPayload(chunks), Claims(), NOW).chunks
    sent = encode_agent(StatsOfAgent("", "", "", own.flush(NOW, everything=True)))
    for stats in decode_agent(sent).stats:
        pipeline.take_stats(stats)
    dropped = len(chunks) - len(kept)
    claims = Claims(top_level=True, stats=True, dropped_traces=dropped, dropped_spans=dropped * PER_TRACE)
    return len(pipeline.take(TracerPayload(kept), claims, NOW).chunks)


@pytest.mark.parametrize("way", ["agent", "tracer", "probabilistic"])
def test_hits_and_errors_are_exact_and_percentiles_within_a_hundredth(way: str) -> None:
    chunks = list(traces())
    durations: dict[_Place, list[int]] = {}
    failures: Counter[_Place] = Counter()
    for chunk in chunks:
        for span in chunk.spans:
            durations.setdefault((span.service, span.resource), []).append(span.duration)
            failures[span.service, span.resource] += span.error
    chosen = Probability(10.0) if way == "probabilistic" else None
    concentrator = Concentrator("web-1", "prod", NOW)
    samplers = Samplers(SamplingConfig(errors_tps=0.0, probability=chosen))
    pipeline = Pipeline(concentrator, Filters(), samplers, IngestionCounts("web-1"), "prod")
    kept = (by_tracer if way == "tracer" else by_agent)(pipeline, chunks)
    assert TRACES * 0.09 < kept < TRACES * 0.11

    hits: Counter[_Place] = Counter()
    errors: Counter[_Place] = Counter()
    bins: dict[_Place, Counter[int]] = {}
    for stats in concentrator.flush(NOW + 10 * BUCKET_NS):
        for group in (one for bucket in stats.buckets for one in bucket.groups):
            place = group.service, group.resource
            hits[place] += group.hits
            errors[place] += group.errors
            for summary in (group.ok_summary, group.error_summary):
                bins.setdefault(place, Counter()).update(duration_sketch.decode(summary))
    assert hits == {place: len(values) for place, values in durations.items()}
    assert +errors == +failures
    assert hits.total() == TRACES * PER_TRACE
    for place, values in durations.items():
        values.sort()
        for q in (0.5, 0.75, 0.95, 0.99):
            exact = values[int(q * (len(values) - 1))]
            assert duration_sketch.quantile(bins[place], q) == pytest.approx(exact, rel=0.01)
