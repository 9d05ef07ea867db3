"""Distributions over time: what reduces them merges sketches; percentiles are never averaged or ranked."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heeler.query.frame import Frame
from heeler.query.metrics.executor import run_formulas, run_query, run_scalars
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000 // 3600 * 3600
_names = (f"merged.{number}" for number in itertools.count())
#: A bin's value is right to 0.8 percent.
NEAR = 0.01


def _exact(samples: list[float], share: float) -> float:
    return sorted(samples)[math.floor(share * (len(samples) - 1) + 1e-9)]


def _last(frame: Frame) -> float:
    return float(frame.values[0][np.isfinite(frame.values[0])][-1])


async def _scalar(engine: Engine, query: str, reducer: str, start: int, formula: str = "q") -> list[float]:
    (answer,) = await run_scalars(engine, {"q": query}, {"q": reducer}, [formula], start, NOW, now=NOW)
    return [float(row[0]) for row in answer.frames[0].values]


def _skewed(engine: Engine) -> str:
    """40 minutes of 100 values of 1, then 10 minutes of 2 values of 100."""
    metric, start = next(_names), NOW - 3000
    samples = [(start + 60 * minute, [1.0] * 100 if minute < 40 else [100.0] * 2) for minute in range(50)]
    insert(engine, metric, [Series([], type="distribution", samples=samples, host="a")])
    return metric


@pytest.mark.parametrize("which", ["p50", "p75", "p90", "p95", "p99"])
@pytest.mark.parametrize("reducer", ["percentile", "avg", "mean"])
async def test_a_percentile_over_time_is_that_of_all_samples(
    engine: Engine, which: str, reducer: str
) -> None:
    metric = _skewed(engine)
    assert await _scalar(engine, f"{which}:{metric}{{*}}", reducer, NOW - 3000) == pytest.approx(
        [1.0], rel=NEAR
    )
    assert await _scalar(engine, f"{which}:{metric}{{*}} * 2", reducer, NOW - 3000) == pytest.approx(
        [2.0], rel=NEAR
    )
    assert await _scalar(
        engine, f"{which}:{metric}{{*}}", reducer, NOW - 3000, "abs(q) - 3"
    ) == pytest.approx([-2.0], rel=NEAR)


async def test_a_mean_over_time_weighs_each_sample_once(engine: Engine) -> None:
    metric = _skewed(engine)
    mean = (4000 * 1.0 + 20 * 100.0) / 4020
    assert await _scalar(engine, f"avg:{metric}{{*}}", "avg", NOW - 3000) == pytest.approx([mean])
    # The greatest and the last of the points are still points.
    assert await _scalar(engine, f"p50:{metric}{{*}}", "max", NOW - 3000) == pytest.approx([100], rel=NEAR)
    assert await _scalar(engine, f"p50:{metric}{{*}}", "last", NOW - 3000) == pytest.approx([100], rel=NEAR)


async def test_functions_that_reduce_in_time_merge(engine: Engine) -> None:
    metric = _skewed(engine)
    query = f"p50:{metric}{{*}}"
    for text, expected in {
        f"reduce({query}, 'avg')": 1.0,
        f"reduce({query}, 'median')": 1.0,
        f"rollup({query}, 'avg', 86400)": 1.0,
        f"rollup(abs({query}) + 1, 'avg', 86400)": 2.0,
        f"moving_rollup({query}, 3600, 'avg')": 1.0,
        f"{query}.rollup(avg, 86400)": 1.0,
    }.items():
        frame = (await run_query(engine, text, NOW - 3000, NOW, now=NOW)).frames[0]
        assert _last(frame) == pytest.approx(expected, rel=NEAR), text
    frame = (await run_query(engine, f"reduce({query}, 'max')", NOW - 3000, NOW, now=NOW)).frames[0]
    assert _last(frame) == pytest.approx(100, rel=NEAR)


async def test_groups_are_ranked_by_their_merged_percentile(engine: Engine) -> None:
    metric, start = next(_names), NOW - 3000
    spiky = [(start + 60 * minute, [1.0] * 100 if minute < 40 else [100.0] * 2) for minute in range(50)]
    steady = [(start + 60 * minute, [5.0] * 10) for minute in range(50)]
    insert(
        engine,
        metric,
        [
            Series([], type="distribution", samples=spiky, host="spiky"),
            Series([], type="distribution", samples=steady, host="steady"),
        ],
    )
    answer = await run_query(
        engine, f"top(p50:{metric}{{*}} by {{host}}, 1, 'mean', 'desc')", start, NOW, now=NOW
    )
    assert [group.tags for group in answer.frames[0].groups] == [("host:steady",)]
    assert answer.frames[0].totals == pytest.approx([5.0], rel=NEAR)


async def test_a_shifted_percentile_is_that_of_the_shifted_window(engine: Engine) -> None:
    metric = _skewed(engine)
    (answer,) = await run_formulas(
        engine, {"q": f"p50:{metric}{{*}}"}, ["hour_before(q)"], NOW + 600, NOW + 3600, now=NOW + 3600
    )
    assert answer.frames[0].totals == pytest.approx([1.0], rel=NEAR)
    scalars = await run_scalars(
        engine, {"q": f"p50:{metric}{{*}}"}, {"q": "avg"}, ["hour_before(q)"], NOW + 600, NOW + 3600, now=NOW
    )
    assert scalars[0].frames[0].values == pytest.approx(np.array([[1.0]]), rel=NEAR)


minutes = st.lists(
    st.lists(st.one_of(st.floats(0.001, 1e6), st.sampled_from([1.0, 100.0])), max_size=30),
    min_size=1,
    max_size=12,
)


@given(minutes, minutes, st.sampled_from(["p0", "p50", "p75", "p90", "p99", "p99.9", "p100"]))
@settings(max_examples=40, deadline=None)
async def test_any_reduction_is_near_the_exact_percentile_of_all_samples(
    engine: Engine, one: list[list[float]], two: list[list[float]], which: str
) -> None:
    metric, start = next(_names), NOW - 1200
    hosts = {"one": one, "two": two}
    insert(
        engine,
        metric,
        [
            Series(
                [],
                type="distribution",
                samples=[(start + 60 * at, values) for at, values in enumerate(parts) if values],
                host=host,
            )
            for host, parts in hosts.items()
        ],
    )
    share = float(which[1:]) / 100
    expected = {
        f"host:{host}": _exact(every, share)
        for host, parts in hosts.items()
        if (every := [value for part in parts for value in part])
    }
    query = f"{which}:{metric}{{*}} by {{host}}"
    for reducer in ("avg", "percentile"):
        (answer,) = await run_scalars(engine, {"q": query}, {"q": reducer}, ["q"], start, NOW, now=NOW)
        frame = answer.frames[0]
        found = {group.tags[0]: float(row[0]) for group, row in zip(frame.groups, frame.values, strict=True)}
        assert found == pytest.approx(expected, rel=NEAR)
    text = f"moving_rollup({query}, 1200)"
    frame = (await run_query(engine, text, start, NOW, now=NOW, interval=60)).frames[0]
    for group, row in zip(frame.groups, frame.values, strict=True):
        parts = hosts[group.tags[0].removeprefix("host:")]
        for at, values in enumerate(parts):
            if values:
                seen = [value for part in parts[: at + 1] for value in part]
                assert row[at] == pytest.approx(_exact(seen, share), rel=NEAR)
