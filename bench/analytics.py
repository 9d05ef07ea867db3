"""Prints what each algorithm of analytics costs: 1,000 points within 5 ms, 100 series within 0.5 s.

python -m bench.analytics
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from heeler.analytics import anomaly_score, auto, context_detector, regression
from heeler.analytics.anomalies import anomalies
from heeler.analytics.array_tools import Floats, Integers
from heeler.analytics.forecast import forecast
from heeler.analytics.outliers import outliers
from heeler.analytics.smoothing import autosmooth

POINTS, SERIES, WEEKS = 1_000, 100, 12_096
MOST_MS, MOST_ALL_MS = 5.0, 500.0
One = Callable[[Integers, Floats], object]


def ahead(times: Integers) -> Integers:
    """A tenth more of the time that ``times`` span."""
    step = int(times[1] - times[0])
    return times[-1] + step * np.arange(1, len(times) // 10 + 1)


ALGORITHMS: dict[str, One] = {
    "anomalies basic": lambda t, v: anomalies(t, v, "basic"),
    "anomalies agile, daily": lambda t, v: anomalies(t, v, "agile", seasonality="daily"),
    "anomalies robust, daily": lambda t, v: anomalies(t, v, "robust", seasonality="daily"),
    "anomalies robust, hourly": lambda t, v: anomalies(t, v, "robust", seasonality="hourly"),
    "anomalies auto": lambda t, v: auto.banded(t, v),
    "surprise": anomaly_score.surprise,
    "novelty (context)": context_detector.novelty,
    "forecast linear, default": lambda t, v: forecast(t, v, ahead(t), "linear"),
    "forecast linear, simple": lambda t, v: forecast(t, v, ahead(t), "linear", model="simple"),
    "forecast linear, reactive": lambda t, v: forecast(t, v, ahead(t), "linear", model="reactive"),
    "forecast seasonal, daily": lambda t, v: forecast(t, v, ahead(t), "seasonal", seasonality="daily"),
    "trend_line": regression.trend_line,
    "robust_trend": regression.robust_trend,
    "piecewise_constant": lambda t, v: regression.piecewise_constant(v),
    "autosmooth": lambda t, v: autosmooth(v),
}
GROUPED = ("DBSCAN", "scaledDBSCAN", "MAD", "scaledMAD")


def series(points: int, seed: int) -> tuple[Integers, Floats]:
    """Points at 5 minutes with a daily season, a level shift and noise."""
    times = 1_699_833_600 + np.arange(points, dtype=np.int64) * 300
    random = np.random.default_rng(seed)
    day = 20 * np.sin(2 * np.pi * times / 86_400)
    shift = np.where(np.arange(points) > points * 0.7, 30.0, 0.0)
    return times, 100 + day + shift + random.normal(0, 3, points)


def milliseconds(run: Callable[[], object], times: int = 5) -> float:
    """CPU time of the quickest of several runs."""
    spent = []
    for _ in range(times):
        began = time.thread_time()
        run()
        spent.append(time.thread_time() - began)
    return 1e3 * min(spent)


def main() -> None:
    one, weeks = series(POINTS, 0), series(WEEKS, 0)
    every = [series(POINTS, seed) for seed in range(SERIES)]
    print(f"| algorithm | {POINTS:,} points, ms | {SERIES} series, ms | {WEEKS:,} points, ms | |")
    print("|---|---|---|---|---|")
    for name, algorithm in ALGORITHMS.items():
        single = milliseconds(lambda run=algorithm: run(*one))  # type: ignore[misc]
        together = milliseconds(lambda run=algorithm: [run(*item) for item in every], 2)  # type: ignore[misc]
        long = milliseconds(lambda run=algorithm: run(*weeks), 2)  # type: ignore[misc]
        _row(name, single, together, long)
    values = np.array([item[1] for item in every])
    wide = np.array([series(WEEKS, seed)[1] for seed in range(SERIES)])
    for name in GROUPED:
        together = milliseconds(lambda name=name: outliers(values, name))  # type: ignore[misc]
        long = milliseconds(lambda name=name: outliers(wide, name), 2)  # type: ignore[misc]
        _row(f"outliers {name}", together / SERIES, together, long)


def _row(name: str, single: float, together: float, long: float) -> None:
    verdict = "" if single <= MOST_MS and together <= MOST_ALL_MS else "too slow"
    print(f"| {name} | {single:.2f} | {together:.0f} | {long:.1f} | {verdict} |", flush=True)


if __name__ == "__main__":
    main()
