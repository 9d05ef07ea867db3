"""Counts by service of what came, was kept and was dropped."""

from __future__ import annotations

import pytest

from heeler.agent.trace import ingestion
from heeler.agent.trace.filters import Filters
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.spans import Chunk, Span, TracerPayload

NOW = 1_700_000_000


def chunk(trace: int, priority: int) -> Chunk:
    def span(identity: int, service: str) -> Span:
        return Span(
            service=service, name="op", resource="r", trace_id=trace, span_id=identity,
            parent_id=identity - 1, start=NOW * 10**9, duration=10**6, meta={"env": "prod"},
        )  # fmt: skip

    return Chunk([span(1, "web"), span(2, "db"), span(3, "db")], priority)


def test_what_a_pipeline_drops_is_counted_and_its_statistics_are_exact() -> None:
    counts, concentrator = IngestionCounts("h"), Concentrator("h", "prod", NOW * 10**9)
    pipeline = Pipeline(concentrator, Filters(), Samplers(SamplingConfig()), counts, "prod")
    chunks = [chunk(at + 1, priority) for at, priority in enumerate([1, 0, 0, 0, -1, 2])]
    sent = pipeline.take(
        TracerPayload(chunks, language="python"), Claims(dropped_traces=4, dropped_spans=9), NOW * 10**9
    )
    assert [one.priority for one in sent.chunks] == [1, 2]
    found = {(one.metric.split(".", 2)[2], *one.tags): one.points[0][1] for one in counts.flush(NOW)}
    web, db = ("service:web", "env:prod"), ("service:db", "env:prod")
    assert found == {
        ("receiver.traces_received", *web, "lang:python"): 6,
        ("receiver.spans_received", *web, "lang:python"): 6,
        ("receiver.spans_received", *db, "lang:python"): 12,
        ("sampler.kept", *web, "sampler:priority"): 1,
        ("sampler.kept", *web, "sampler:manual"): 1,
        ("sampler.traces_dropped", *web, "reason:auto_rejected"): 3,
        ("sampler.traces_dropped", *web, "reason:user_rejected"): 1,
        ("sampler.spans_dropped", *web, "reason:auto_rejected"): 3,
        ("sampler.spans_dropped", *db, "reason:auto_rejected"): 6,
        ("sampler.spans_dropped", *web, "reason:user_rejected"): 1,
        ("sampler.spans_dropped", *db, "reason:user_rejected"): 2,
        ("receiver.client_dropped_p0_traces", *web): 4,
        ("receiver.client_dropped_p0_spans", *web): 9,
    }
    (stats,) = concentrator.flush(NOW * 10**9, everything=True)
    assert (
        sum(group.hits for bucket in stats.buckets for group in bucket.groups if group.service == "web") == 6
    )


def test_counts_are_flushed_once_an_interval() -> None:
    counts = IngestionCounts("h")
    counts.kept("prod", "web", "priority")
    (first,) = counts.flush(NOW)
    assert (first.points, first.type, first.interval) == (((NOW, 1),), "count", 10)
    counts.kept("prod", "web", "priority")
    assert counts.flush(NOW + 9) == []
    (last,) = counts.flush(NOW + 9, everything=True)
    assert last.points == ((NOW + 10, 1),)


def test_contexts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingestion, "MAX_CONTEXTS", 10)
    counts = IngestionCounts("h")
    for at in range(100):
        counts.kept("prod", f"s{at}", "priority")
    found = {one.tags[0]: one.points[0][1] for one in counts.flush(NOW)}
    assert len(found) == 11
    assert found["service:other"] == 90
