"""Percentiles of latencies hold one percent, whoever counted, after bins were merged and moved to seconds."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.proto import agent_payload_pb2 as pb
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.duration_sketch import Bins

durations = st.lists(st.floats(1e3, 1e13), min_size=1, max_size=60)
SHARES = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


def _of_tracer(values: list[float], gamma: float, offset: float) -> bytes:
    bins = Counter(math.floor(math.log(value) / math.log(gamma) + offset) for value in values)
    body: bytes = pb.DDSketch(
        mapping=pb.IndexMapping(gamma=gamma, index_offset=offset),
        positive_values=pb.Store(bin_counts={key: float(count) for key, count in bins.items()}),
    ).SerializeToString()
    return body


def _counted(values: list[float]) -> Bins:
    bins: Bins = {}
    for value in values:
        key = duration_sketch.key_of(value)
        bins[key] = bins.get(key, 0.0) + 1
    return bins


#: Gamma, offset and accuracy: tracers by libdatadog, and those whose own accuracy is 1 percent.
TRACERS = [(1.015625, 1338.5, 0.0099), (1.01 / 0.99, 0.0, 0.012)]


@pytest.mark.parametrize(("gamma", "offset", "near"), TRACERS)
@given(spans=durations, by_tracer=durations)
def test_percentiles_are_within_a_percent(
    spans: list[float], by_tracer: list[float], gamma: float, offset: float, near: float
) -> None:
    merged = _counted(spans)
    for key, count in duration_sketch.decode(_of_tracer(by_tracer, gamma, offset)).items():
        merged[key] = merged.get(key, 0.0) + count
    sent = duration_sketch.decode(duration_sketch.encode(merged))
    assert sent == merged
    seconds = duration_sketch.in_seconds(sent)
    every = sorted(spans + by_tracer)
    for share in SHARES:
        exact = every[math.floor(share * (len(every) - 1))] / 1e9
        assert duration_sketch.quantile(seconds, share) == pytest.approx(exact, rel=near)


def test_spans_that_are_counted_here_have_few_bins() -> None:
    values = [1e6 * (1 + number / 1000) for number in range(1000)]
    assert len(_counted(values)) < 50  # as many as a sketch of the Agent has
