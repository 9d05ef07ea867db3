"""What happens to a payload between a tracer and the server."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec
import pytest

from heeler.agent.trace.filters import Filters
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.pipeline import Claims, Pipeline
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces import agent_payload, tracer_payload
from heeler.wire.traces.concentrator import BUCKET_NS, Concentrator
from heeler.wire.traces.spans import NO_PRIORITY, AgentTraces, Chunk, TracerPayload
from tests.unit.agent.trace.spans import NOW, chunk, span


class Box:
    """A pipeline and all that it hands its work to."""

    def __init__(self, filters: Filters | None = None) -> None:
        self.concentrator = Concentrator("web-1", "none", NOW)
        samplers = Samplers(SamplingConfig())
        self.rates = samplers.rates
        self.pipeline = Pipeline(
            self.concentrator, filters or Filters(), samplers, IngestionCounts("web-1"), "none"
        )

    def take(self, *chunks: Chunk, claims: Claims | None = None, **more: Any) -> TracerPayload:
        return self.pipeline.take(TracerPayload(list(chunks), **more), claims or Claims(), NOW)

    def hits(self) -> int:
        found = self.concentrator.flush(NOW + 10 * BUCKET_NS)
        return sum(group.hits for one in found for bucket in one.buckets for group in bucket.groups)


def test_a_chunk_is_normalized_counted_and_kept() -> None:
    box = Box()
    (kept,) = box.take(chunk(span(service="", name="Web Request!"), span(2, 1, service="db"))).chunks
    assert [one.name for one in kept.spans] == ["Web_Request", "web.request"]
    assert all(one.service for one in kept.spans)
    assert kept.spans[0].metrics["_top_level"] == 1
    assert box.pipeline.counts == {"chunks": 1, "spans": 2, "kept_no_priority": 1}
    assert box.hits() == 2


def test_what_the_tracer_claims_is_left_to_it() -> None:
    box = Box()
    (kept,) = box.take(chunk(), claims=Claims(top_level=True, stats=True)).chunks
    assert "_top_level" not in kept.spans[0].metrics
    assert box.hits() == 0


def test_what_is_rejected_is_counted_and_not_sent() -> None:
    box = Box()
    assert box.take(chunk(priority=-1), chunk(priority=0), chunk(priority=2)).chunks[0].priority == 2
    assert box.pipeline.counts["dropped_user_rejected"] == 1
    assert box.pipeline.counts["dropped_auto_rejected"] == 1
    assert box.hits() == 3


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (Chunk([]), "dropped_empty"),
        (chunk(span(meta={"drop": "yes"})), "dropped_tag_rejected"),
        (chunk(span(resource="GET /health")), "dropped_ignored_resource"),
    ],
)
def test_what_is_dropped_is_counted_by_its_reason_and_in_no_statistics(one: Chunk, reason: str) -> None:
    box = Box(Filters(ignored_resources=(re.compile("/health"),), rejected=(("drop", None),)))
    assert box.take(one).chunks == []
    assert box.pipeline.counts[reason] == 1
    assert box.hits() == 0


def test_a_broken_chunk_drops_no_other() -> None:
    box = Box()
    broken = chunk(span())
    broken.spans[0].trace_id = 0
    found = box.take(broken, chunk())
    assert len(found.chunks) == 1
    assert sum(count for name, count in box.pipeline.counts.items() if name.startswith("dropped_")) == 1


def test_the_root_speaks_for_the_chunk_and_the_tracer() -> None:
    box = Box()
    root = span(
        meta={"env": "Prod", "version": "1.2", "runtime-id": "r", "_dd.origin": "lambda", "_dd.p.dm": "-3"},
        metrics={"_sampling_priority_v1": 2.0},
    )
    found = box.take(chunk(span(2, 1), root))
    assert (found.env, found.app_version, found.runtime_id) == ("prod", "1.2", "r")
    (one,) = found.chunks
    assert (one.origin, one.priority, one.tags) == ("lambda", 2, {"_dd.p.dm": "-3"})
    assert "service:shop,env:prod" in json.loads(box.rates.answer(""))["rate_by_service"]


def test_what_the_payload_says_comes_first() -> None:
    box = Box()
    one = chunk(
        span(meta={"env": "a", "_dd.origin": "x"}, metrics={"_sampling_priority_v1": -1.0}),
        priority=1,
        origin="rum",
    )
    found = box.take(one, env="staging")
    assert (found.env, found.chunks[0].origin, found.chunks[0].priority) == ("staging", "rum", 1)


def test_without_any_env_it_is_the_agents() -> None:
    found = Box().take(chunk())
    assert found.env == "none"
    assert found.chunks[0].priority == NO_PRIORITY


def test_a_priority_may_stand_on_any_span() -> None:
    (one,) = Box().take(chunk(span(1), span(2, 1, metrics={"_sampling_priority_v1": 1.0}))).chunks
    assert one.priority == 1


def test_values_are_hidden_before_they_leave() -> None:
    one = chunk(span(type="sql", resource="SELECT * FROM users WHERE id = 42"))
    assert "42" not in Box().take(one).chunks[0].spans[0].resource


@pytest.mark.parametrize("version", ["v0.4", "v0.7"])
def test_numbers_beyond_those_of_the_server_are_brought_into_range(version: str) -> None:
    """What one tracer sends must not keep the spans of others from being encoded."""
    odd = {"trace_id": 7, "span_id": 1, "start": NOW, "duration": 5, "name": "a", "error": 2**40}
    priorities = (2.0**90, math.inf, math.nan, -(2.0**90))
    spans = [{**odd, "metrics": {"_sampling_priority_v1": one}} for one in priorities]
    chunks: Any = [[one] for one in spans]
    if version == "v0.7":
        chunks = {"chunks": [{"priority": one, "spans": [odd]} for one in (2**60, 127, -128, 2)]}
    payload = tracer_payload.decode(version, msgspec.msgpack.encode(chunks))
    kept = Box().pipeline.take(payload, Claims(), NOW)
    assert [one.priority for one in kept.chunks] == (
        [127, -128, -128] if version == "v0.4" else [127, 127, -128, 2]
    )
    assert {span.error for one in kept.chunks for span in one.spans} == {1}
    (sent,) = agent_payload.decode(agent_payload.encode(AgentTraces("h", "prod", payloads=[kept]))).payloads
    assert [one.priority for one in sent.chunks] == [one.priority for one in kept.chunks]
    assert {span.error for one in sent.chunks for span in one.spans} == {1}
