"""The rare sampler, on clocks that jump and with texts of any length."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.trace.rare import BURST, COOLDOWN_NS, MARK, MAX_SIGNATURES, TPS, RareSampler
from heeler.wire.traces.spans import Chunk
from tests.unit.agent.trace.spans import span

SECOND = 10**9
NOW = 1_764_470_929 * SECOND


def chunk(resource: str = "GET /", **more: object) -> Chunk:
    return Chunk([span(resource=resource, metrics={"_top_level": 1.0}, **more)])


def test_a_kind_is_rare_again_after_five_minutes_without() -> None:
    sampler = RareSampler()
    assert sampler.keeps("prod", chunk(), NOW)
    sampler.seen("prod", chunk(), NOW + 200 * SECOND)
    assert not sampler.keeps("prod", chunk(), NOW + 400 * SECOND)
    assert sampler.keeps("prod", chunk(), NOW + 500 * SECOND)
    assert sampler.keeps("dev", chunk(), NOW + 500 * SECOND), "another environment is another kind"


def test_only_entry_and_measured_spans_count_and_the_one_that_is_rare_is_marked() -> None:
    sampler = RareSampler()
    inner, measured = span(2, 1), span(3, 1, name="job", metrics={"_dd.measured": 1.0})
    assert not sampler.keeps("prod", Chunk([inner]), NOW)
    assert not sampler.keeps("prod", Chunk([]), NOW)
    shared = {"_top_level": 1.0}
    entry = span(resource="GET /", metrics=shared)
    assert sampler.keeps("prod", Chunk([inner, entry, measured]), NOW)
    assert (MARK in inner.metrics, MARK in entry.metrics, MARK in measured.metrics) == (False, True, False)
    assert MARK not in shared, "metrics may be shared with other spans"


def test_the_kind_of_an_error_counts_only_where_the_span_failed() -> None:
    sampler = RareSampler()
    assert sampler.keeps("prod", chunk(meta={"error.type": "A"}), NOW)
    assert not sampler.keeps("prod", chunk(meta={"error.type": "B"}), NOW)
    assert sampler.keeps("prod", chunk(meta={"error.type": "B"}, error=1), NOW)
    assert sampler.keeps("prod", chunk(meta={"http.status_code": "500"}), NOW)


def test_a_clock_that_is_set_back_neither_stops_sampling_nor_owes_tokens() -> None:
    sampler = RareSampler()
    assert sampler.keeps("prod", chunk(), NOW)
    earlier = NOW - 3600 * SECOND
    assert sampler.keeps("prod", chunk("GET /new"), earlier)
    assert sampler.keeps("prod", chunk(), earlier), "five minutes are not an hour and five minutes"
    assert not sampler.keeps("prod", chunk(), earlier + SECOND)


@given(st.lists(st.integers(-7200, 7200), max_size=40))
def test_never_more_than_a_burst_and_the_rate_are_kept_whatever_the_clock_does(steps: list[int]) -> None:
    sampler, now, forward, kept = RareSampler(), NOW, 0, 0
    for turn, step in enumerate([0, *steps]):
        now += step * SECOND
        forward += max(step, 0)
        for number in range(60):
            kept += sampler.keeps("prod", chunk(f"{turn} {number}"), now)
    assert BURST <= kept <= BURST + TPS * forward


def test_kinds_are_remembered_in_little_memory_whatever_their_texts() -> None:
    sampler = RareSampler()
    tracemalloc.start()
    try:
        for number in range(MAX_SIGNATURES + 1000):
            sampler.seen("prod", chunk(f"{number}{'x' * 3000}"), NOW)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 20 * 2**20
    assert not sampler.keeps("prod", chunk(f"{MAX_SIGNATURES}{'x' * 3000}"), NOW + COOLDOWN_NS - 1)
    assert sampler.keeps("prod", chunk(f"0{'x' * 3000}"), NOW), "the kind seen the longest ago is forgotten"
