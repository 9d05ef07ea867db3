"""Answers beyond the data files: bands, forecasts, formulas, scalars, caps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from heeler.metrics.responses import scalar_answer
from heeler.query.metrics import evaluate
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.executor import run_formulas, run_query, run_scalars
from heeler.store.engine import Engine
from tests.unit.query.store import Series, insert

NOW = 1_750_000_000 // 3600 * 3600


async def test_basic_anomalies_carry_a_band(engine: Engine) -> None:
    points = [(NOW - 3600 + 15 * step, 10 + math.sin(step / 5)) for step in range(240)]
    insert(engine, "run.band", [Series([], points, host="a")])
    answer = await run_query(engine, "anomalies(avg:run.band{*}, 'basic', 2)", NOW - 300, NOW, now=NOW)
    frame = answer.frames[0]
    lower, upper = frame.bands["lower"], frame.bands["upper"]
    known = ~np.isnan(frame.values)
    assert known.sum() >= 19
    assert (lower[known] <= upper[known]).all()
    assert (frame.values[known] <= upper[known]).mean() > 0.8


@pytest.mark.parametrize(("direction", "high", "low"), [("both", 1, 1), ("above", 1, 0), ("below", 0, 1)])
async def test_the_direction_of_anomalies_decides_what_is_outside_of_the_band(
    engine: Engine, direction: str, high: int, low: int
) -> None:
    metric = f"run.direction.{direction}"
    points = [(NOW - 7200 + 60 * step, 10 + math.sin(step)) for step in range(120)]
    points[-20], points[-10] = (points[-20][0], 50.0), (points[-10][0], -50.0)
    insert(engine, metric, [Series([], points, host="a")])
    text = f"anomalies(avg:{metric}{{*}}.rollup(avg, 60), 'basic', 3, direction='{direction}')"
    frame = (await run_query(engine, text, NOW - 1800, NOW, now=NOW)).frames[0]
    assert (frame.values > frame.bands["upper"]).sum() == high
    assert (frame.values < frame.bands["lower"]).sum() == low
    assert frame.bands["surprise"].shape == frame.values.shape
    assert frame.bands["surprise"][frame.values == 50].max() > 1.15


async def test_a_forecast_goes_on_beyond_now(engine: Engine) -> None:
    points = [(NOW - 7200 + 60 * step, float(step)) for step in range(120)]
    insert(engine, "run.ahead", [Series([], points, host="a")])
    answer = await run_query(
        engine, "forecast(avg:run.ahead{*}, 'linear', 1, history='2h')", NOW - 3600, NOW + 3600, now=NOW
    )
    frame = answer.frames[0]
    assert frame.values[0, -1] == pytest.approx(179, abs=3)
    assert frame.times[-1] == NOW + 3600 - frame.interval


async def test_scalars_reduce_before_the_formula(engine: Engine) -> None:
    insert(engine, "run.a", [Series([], [(NOW - 60, 1), (NOW - 30, 9)], host="a")])
    insert(engine, "run.b", [Series([], [(NOW - 60, 2), (NOW - 30, 3)], host="a")])
    queries = {"a": "avg:run.a{*}", "b": "avg:run.b{*}"}
    found = await run_scalars(
        engine, queries, {"a": "max", "b": "min"}, ["a / b", "cumsum(a)"], NOW - 60, NOW, now=NOW
    )
    assert found[0].frames[0].values.tolist() == [[4.5]]
    assert found[1].frames[0].values.tolist() == [[10.0]]


async def test_formulas_shift_their_queries(engine: Engine) -> None:
    insert(engine, "run.shift", [Series([], [(NOW - 3660, 5), (NOW - 60, 8)], host="a")])
    found = await run_formulas(
        engine, {"q": "avg:run.shift{*}"}, ["q - hour_before(q)"], NOW - 60, NOW, now=NOW, interval=60
    )
    assert found[0].frames[0].values.tolist() == [[3.0]]


async def test_unknown_query_names_are_refused(engine: Engine) -> None:
    with pytest.raises(QueryError, match="No query is called 'c'"):
        await run_scalars(engine, {"a": "avg:run.a{*}"}, {}, ["a + c"], NOW - 60, NOW, now=NOW)


@pytest.mark.parametrize(
    ("formula", "position"), [("a + avg:run.a{*}", 4), ("avg:run.a{*}", 0), ("1 + diff(avg:run.a{*})", 9)]
)
async def test_a_query_within_a_formula_of_numbers_is_refused(
    engine: Engine, formula: str, position: int
) -> None:
    with pytest.raises(QueryError, match="has no place in a formula of numbers") as refused:
        await run_scalars(engine, {"a": "avg:run.a{*}"}, {}, [formula], NOW - 60, NOW, now=NOW)
    assert refused.value.position == position


async def test_cut_groups_are_noted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "MAX_GROUPS", 2)
    insert(engine, "run.many", [Series([], [(NOW - 60, 1)], host=name) for name in "abc"])
    answer = await run_query(engine, "avg:run.many{*} by {host}", NOW - 300, NOW, now=NOW)
    assert len(answer.frames[0].groups) == 2
    assert "3 groups were found; the first 2 are shown" in answer.notes[0]


async def test_a_rollup_longer_than_the_window_is_noted(engine: Engine) -> None:
    insert(engine, "run.short", [Series([], [(NOW - 60, 5.0)], host="a")])
    text = "run.short{*}.rollup(sum, 3600)"
    short = await run_query(engine, text, NOW - 300, NOW, now=NOW)
    assert "longer than the window (5 minutes)" in short.notes[0]
    whole = await run_query(engine, text, NOW - 3600, NOW, now=NOW)
    assert whole.notes == ()


@pytest.mark.parametrize("formula", ["min(100, q)", "max(q, 0)", "max(0, q)", "abs(q) + 1", "q / 2"])
async def test_numbers_of_nothing_are_no_groups(engine: Engine, formula: str) -> None:
    (answer,) = await run_scalars(
        engine, {"q": "avg:run.nothing{*} by {host}"}, {"q": "avg"}, [formula], NOW - 7, NOW, now=NOW
    )
    assert answer.frames[0].shape[0] == 0
    assert scalar_answer([formula], [answer])["data"]["attributes"]["columns"][-1]["values"] == []


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("min(4, q)", [4.0, 3.0]),
        ("max(q, 4)", [9.0, 4.0]),
        ("default_zero(q)", [9.0, 3.0]),
        ("q + default_zero(nothing)", [9.0, 3.0]),
        ("5", [5.0]),
        ("default_zero(nothing)", [0.0]),
    ],
)
@pytest.mark.parametrize("seconds", [47, 299, 3607])
async def test_constants_meet_the_numbers_of_groups(
    engine: Engine, formula: str, expected: list[float], seconds: int
) -> None:
    insert(
        engine, "run.numbers", [Series([], [(NOW - 30, 9)], host="a"), Series([], [(NOW - 30, 3)], host="b")]
    )
    (answer,) = await run_scalars(
        engine,
        {"q": "avg:run.numbers{*} by {host}", "nothing": "avg:run.nothing{*}"},
        {"q": "avg", "nothing": "avg"},
        [formula],
        NOW - seconds,
        NOW,
        now=NOW,
    )
    assert answer.frames[0].values[:, 0].tolist() == expected


async def test_the_algorithm_auto_scores_points_and_its_band_leaves_out_the_odd_ones(engine: Engine) -> None:
    points = [(NOW - 200_000 + 60 * step, 10.0 + step % 7) for step in range(200_000 // 60)]
    points[-30:] = [(at, value + 100) for at, value in points[-30:]]
    insert(engine, "run.auto", [Series([], points, host="a")])
    text = "anomalies(avg:run.auto{*}, 'auto', 2, direction='both', alert_window='last_5m', interval=60)"
    frame = (await run_query(engine, text, NOW - 7200, NOW, now=NOW)).frames[0]
    assert frame.interval == 60
    score, shifted = frame.bands["score"][0], frame.times + 60 > points[-30][0]
    assert score[shifted].max() >= 1 > score[~shifted].max()
    np.testing.assert_array_equal(frame.values[0] > frame.bands["upper"][0], score >= 1)


async def test_the_algorithm_auto_takes_a_bounded_number_of_series(engine: Engine) -> None:
    several = [Series([], [(NOW - 60, 1.0)], host=f"h{number}") for number in range(101)]
    insert(engine, "run.auto.many", several)
    with pytest.raises(QueryError, match="at most 100 series, not 101"):
        await run_query(
            engine, "anomalies(avg:run.auto.many{*} by {host}, 'auto', 2)", NOW - 300, NOW, now=NOW
        )
