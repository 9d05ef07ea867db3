"""Scores forecasts against naive ones: sMAPE, MASE and OWA, as the M4 competition defines them.

    python -m bench.forecast [--nab FOLDER]

Made-up series with a daily season, and with FOLDER (or ``HEELER_NAB``) the part of its real ones that are
long enough. Each series is cut at several places; the next day is forecast from what is before the cut. OWA
is the mean of sMAPE and MASE relative to seasonal naive: the same value a day ago.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.behaviors import LIVES, PER_DAY, TIMES, life
from bench.nab import load
from heeler.analytics.array_tools import Floats, Integers, interpolated, typical_step
from heeler.analytics.band import Band
from heeler.analytics.forecast import forecast

DAY = 86_400
Forecaster = Callable[[Integers, Floats, Integers], Band]
Series = tuple[Integers, Floats]


def naive(times: Integers, values: Floats, ahead: Integers) -> Band:
    return _line(np.full(len(ahead), values[-1]))


def seasonal_naive(times: Integers, values: Floats, ahead: Integers) -> Band:
    phases = round(DAY / typical_step(times))
    return _line(values[len(values) - phases + np.arange(len(ahead)) % phases])


def _line(expected: Floats) -> Band:
    """A forecast that says nothing of its errors."""
    nothing = np.full(len(expected), np.nan)
    return Band(nothing, nothing, expected)


def ours(algorithm: str, model: str = "default") -> Forecaster:
    def predict(times: Integers, values: Floats, ahead: Integers) -> Band:
        return forecast(times, values, ahead, algorithm, model=model, seasonality="daily")

    return predict


FORECASTERS: dict[str, Forecaster] = {
    "naive": naive,
    "seasonal naive": seasonal_naive,
    "seasonal": ours("seasonal"),
    "linear default": ours("linear"),
    "linear simple": ours("linear", "simple"),
    "linear reactive": ours("linear", "reactive"),
}
INTERVALS = [name for name in FORECASTERS if "naive" not in name]


def made_up(seed: int) -> dict[str, Series]:
    """Seven days at 5 minutes of each kind."""
    random = np.random.default_rng(seed)
    times = 1_699_833_600 + np.arange(7 * 288, dtype=np.int64) * 300
    day = 20 * np.sin(2 * np.pi * times / DAY) + 6 * np.sin(4 * np.pi * times / DAY)
    noise = random.normal(0, 3, len(times))
    rise = (times - times[0]) / DAY
    walk = np.cumsum(random.normal(0, 0.4, len(times)))
    shift = np.where(np.arange(len(times)) > 4 * 288, 30.0, 0.0)
    return {
        "season": (times, 100 + day + noise),
        "season + trend": (times, 100 + day + 8 * rise + noise),
        "season + walk": (times, 200 + day + walk + noise),
        "season + level shift": (times, 100 + day + shift + noise),
        "trend": (times, 100 + 10 * rise + noise),
    }


def errors(series: list[Series], predict: Forecaster) -> tuple[float, float, float, float]:
    """Mean sMAPE (0 to 200), mean MASE (by the in-sample seasonal naive error), percent of the truth within
    two deviations, milliseconds a forecast."""
    smape, mase, held, spent = list[float](), list[float](), list[float](), 0.0
    for times, values in series:
        phases = round(DAY / typical_step(times))
        for cut in range(3 * phases, len(values) - phases + 1, phases // 2):
            past, truth = values[:cut], values[cut : cut + phases]
            scale = float(np.mean(np.abs(past[phases:] - past[:-phases])))
            if scale <= 1e-9 * float(np.abs(past).max()):
                continue  # A perfect season: every error is infinitely many of its own.
            began = time.process_time()
            band = predict(times[:cut], past, times[cut : cut + phases])
            spent += time.process_time() - began
            found = band.expected
            held.append(100 * float(np.mean((truth >= band.lower) & (truth <= band.upper))))
            size = np.maximum(np.abs(truth) + np.abs(found), 1e-9)
            smape.append(float(np.mean(200 * np.abs(truth - found) / size)))
            mase.append(float(np.mean(np.abs(truth - found))) / scale)
    return float(np.mean(smape)), float(np.mean(mase)), float(np.mean(held)), 1e3 * spent / len(smape)


def table(title: str, series: list[Series]) -> None:
    base_smape, base_mase, _, _ = errors(series, seasonal_naive)
    print(f"\n{title}\n\n| forecast | sMAPE | MASE | OWA | within 2 deviations, % | ms |")
    print("|---|---|---|---|---|---|")
    for name, predict in FORECASTERS.items():
        smape, mase, held, cost = errors(series, predict)
        owa = (smape / base_smape + mase / base_mase) / 2
        within = f"{held:.0f}" if name in INTERVALS else "-"
        print(f"| {name} | {smape:.2f} | {mase:.3f} | {owa:.3f} | {within} | {cost:.2f} |", flush=True)


def intervals(repeats: int = 4) -> None:
    """Percent of the next day within two deviations, from six days before it, of :mod:`bench.behaviors`."""
    print("\nBehaviors\n\n| kind | seasonal | linear default |\n|---|---|---|")
    for kind in LIVES:
        held: dict[str, list[float]] = {"seasonal": [], "linear": []}
        for seed in range(repeats):
            values = life(kind, seed).values
            for cut in range(14 * PER_DAY, 21 * PER_DAY, PER_DAY // 2):
                past, after = slice(cut - 6 * PER_DAY, cut), slice(cut, cut + PER_DAY)
                truth = values[after]
                known = ~np.isnan(truth)
                for algorithm, found in held.items():
                    band = forecast(TIMES[past], values[past], TIMES[after], algorithm, seasonality="daily")
                    room = 1e-9 * np.abs(band.expected)
                    inside = (truth >= band.lower - room) & (truth <= band.upper + room)
                    found.append(100 * float(inside[known].mean()))
        print(f"| {kind} | {np.mean(held['seasonal']):.0f} | {np.mean(held['linear']):.0f} |", flush=True)


def real(folder: Path) -> list[Series]:
    """Files with at least five days of points at one pace."""
    found = []
    for file in load(folder):
        step = typical_step(file.times)
        span = int(file.times[-1] - file.times[0])
        if span >= 5 * DAY and DAY % step == 0 and step <= 3_600:
            grid = np.arange(file.times[0], file.times[-1] + 1, step, dtype=np.int64)
            values = np.full(len(grid), np.nan)
            values[(file.times - file.times[0]) // step] = file.values
            found.append((grid, interpolated(values)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Scores forecasts against naive ones.")
    parser.add_argument("--nab", type=Path, default=os.environ.get("HEELER_NAB"))
    folder = parser.parse_args().nab
    for kind in made_up(0):
        table(f"Made up: {kind}", [made_up(seed)[kind] for seed in range(5)])
    if folder:
        series = real(Path(folder))
        for half, part in (("even", series[::2]), ("odd", series[1::2])):
            table(f"{len(part)} real series, {half}", part)
        table(f"{len(series)} real series", series)
    intervals()


if __name__ == "__main__":
    main()
