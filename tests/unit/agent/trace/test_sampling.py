"""What is kept and dropped by priority, errors, rarity; the rates that tracers are told."""

from __future__ import annotations

import json
import random

import pytest

from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.traces.spans import NO_PRIORITY, Chunk, Span

NOW = 1_700_000_000 * 10**9
CHANCE = random.Random(5)


def chunk(priority: int, *, error: bool = False, resource: str = "GET /", single: bool = False) -> Chunk:
    trace = CHANCE.getrandbits(64)
    root = Span(
        service="web", name="web.request", resource=resource, trace_id=trace, span_id=1,
        error=int(error), metrics={"_top_level": 1},
    )  # fmt: skip
    child = Span(
        service="db", name="sql", trace_id=trace, span_id=2, parent_id=1,
        metrics={"_dd.span_sampling.mechanism": 8.0} if single else {},
    )  # fmt: skip
    return Chunk([root, child], priority)


@pytest.mark.parametrize(
    ("priority", "by"),
    [
        (2, "manual"),
        (1, "priority"),
        (0, "auto_rejected"),
        (-1, "user_rejected"),
        (NO_PRIORITY, "no_priority"),
    ],
)
def test_what_becomes_of_each_priority(priority: int, by: str) -> None:
    given = chunk(priority)
    kept, reason = Samplers(SamplingConfig()).decide("prod", given, NOW)
    assert reason == by
    assert (kept is given) == (by in ("manual", "priority", "no_priority"))


def test_keep_all_drops_only_what_the_user_rejected() -> None:
    samplers = Samplers(SamplingConfig(target_tps=0.001, keep_all=True))
    for at in range(300):
        for priority in (2, 1, 0, NO_PRIORITY):
            assert samplers.decide("prod", chunk(priority), NOW + at * 10**8).chunk
    assert samplers.decide("prod", chunk(-1), NOW) == (None, "user_rejected")
    assert set(json.loads(samplers.rates.answer(""))["rate_by_service"].values()) == {1.0}


def test_errors_are_kept_up_to_their_own_rate() -> None:
    samplers = Samplers(SamplingConfig(errors_tps=10))
    found = [samplers.decide("prod", chunk(0, error=True), NOW + at * 10**7) for at in range(3000)]
    first, rest = found[:500], found[500:]
    assert {one.by for one in first} == {"error"}
    kept = [one.chunk for one in rest if one.chunk]
    assert len(kept) == pytest.approx(250, rel=0.3)
    assert kept[-1].spans[0].metrics["_dd.errors_sr"] == pytest.approx(0.1)
    assert samplers.decide("prod", chunk(-1, error=True), NOW).by == "user_rejected"
    none = Samplers(SamplingConfig(errors_tps=0)).decide("prod", chunk(0, error=True), NOW)
    assert none == (None, "auto_rejected")


def test_traces_without_priority_are_kept_up_to_the_target() -> None:
    samplers = Samplers(SamplingConfig(target_tps=10))
    found = [samplers.decide("prod", chunk(NO_PRIORITY), NOW + at * 10**7) for at in range(3000)]
    assert sum(one.chunk is not None for one in found[500:]) == pytest.approx(250, rel=0.3)


def test_tracers_are_told_a_rate_by_what_they_send_and_drop_themselves() -> None:
    samplers = Samplers(SamplingConfig(target_tps=10))
    version = samplers.rates.version
    for at in range(300):
        samplers.decide("prod", chunk(1 if at % 10 == 0 else 0), NOW + at * 2 * 10**7, 2.0)
    rates = json.loads(samplers.rates.answer(version))["rate_by_service"]
    # 50 a second came, each of which stands for two.
    assert rates["service:web,env:prod"] == pytest.approx(0.1)
    assert rates["service:,env:"] == 1
    assert samplers.rates.answer(samplers.rates.version) == b"{}"


def test_a_rare_operation_is_kept_now_and_then() -> None:
    samplers = Samplers(SamplingConfig(rare=True, errors_tps=0))
    first = samplers.decide("prod", chunk(0), NOW)
    assert first.by == "rare"
    assert first.chunk
    assert first.chunk.spans[0].metrics["_dd.rare"] == 1
    assert samplers.decide("prod", chunk(0), NOW + 10**9) == (None, "auto_rejected")
    assert samplers.decide("prod", chunk(0, resource="GET /other"), NOW + 10**9).by == "rare"
    assert samplers.decide("prod", chunk(0), NOW + 301 * 10**9).by == "rare"
    # What was kept by its priority is not rare.
    samplers.decide("prod", chunk(1, resource="GET /third"), NOW)
    assert samplers.decide("prod", chunk(0, resource="GET /third"), NOW + 10**9).chunk is None


def test_rare_operations_are_bounded_by_rate() -> None:
    samplers = Samplers(SamplingConfig(rare=True, errors_tps=0))
    found = [samplers.decide("prod", chunk(0, resource=f"GET /{at}"), NOW) for at in range(200)]
    assert sum(one.chunk is not None for one in found) == 50


@pytest.mark.parametrize("priority", [0, -1])
def test_spans_that_are_sampled_singly_are_kept(priority: int) -> None:
    kept, by = Samplers(SamplingConfig()).decide("prod", chunk(priority, single=True), NOW)
    assert by == "single_span"
    assert kept
    assert ([span.service for span in kept.spans], kept.priority) == (["db"], 2)
