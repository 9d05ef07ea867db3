"""Scores the anomaly detectors on labelled and on made-up series.

    python -m bench.anomalies [--nab FOLDER]

FOLDER holds ``data/*/*.csv`` and ``labels/combined_windows.json`` of the Numenta Anomaly Benchmark; without
it (or
``HEELER_NAB``) only the made-up families are run. Parameters were chosen on the even files; both halves are
printed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.families import DAYS, FAMILIES, REACH, Made
from bench.nab import Labelled, load, score
from heeler.analytics import novelty
from heeler.analytics.anomalies import anomalies
from heeler.analytics.arrays import Floats, Integers

Detector = Callable[[Integers, Floats], Floats]


def three_sigma(times: Integers, values: Floats, span: int = 2_000) -> Floats:
    """Distance from the mean of the last ``span`` points in their standard deviations."""
    filled = np.nan_to_num(values, nan=float(np.nanmean(values)))
    sums = np.cumsum(np.concatenate(([0.0], filled)))
    squares = np.cumsum(np.concatenate(([0.0], filled**2)))
    end = np.arange(len(filled))
    count = np.maximum(np.minimum(end, span), 1)
    mean = (sums[end] - sums[end - np.minimum(end, span)]) / count
    square = (squares[end] - squares[end - np.minimum(end, span)]) / count
    deviation = np.sqrt(np.maximum(square - mean**2, 0)) + 1e-9
    away = np.where(end < 30, 0.0, np.abs(filled - mean) / deviation)
    return novelty.told_once(away, 3.0)


def band(algorithm: str) -> Detector:
    """How far outside the band, in half widths of it, told once."""

    def detect(times: Integers, values: Floats) -> Floats:
        found = anomalies(times, values, algorithm, 3.0, seasonality="daily")
        half = (found.upper - found.lower) / 2
        away = np.nan_to_num(np.abs(values - (found.upper + found.lower) / 2) / np.maximum(half, 1e-9))
        return novelty.told_once(np.where(away > 1, np.minimum(away, 1e6), 0.0), 1.0)

    return detect


def context(times: Integers, values: Floats) -> Floats:
    return novelty.told_once(novelty.novelty(times, values), novelty.MINOR * novelty.THRESHOLD)


DETECTORS: dict[str, Detector] = {
    "context (monitors)": context,
    "robust daily, 3": band("robust"),
    "agile daily, 3": band("agile"),
    "basic, 3": band("basic"),
    "rolling 3 sigma": three_sigma,
}


def on_labelled(files: list[Labelled]) -> None:
    print(f"{len(files)} labelled series, {sum(len(file.times) for file in files):,} points")
    print("| detector | all | even | odd | odd at even's threshold | caught | false alarms | us/point |")
    print("|---|---|---|---|---|---|---|---|")
    for name, detect in DETECTORS.items():
        began = time.process_time()
        found = [detect(file.times, file.values) for file in files]
        cost = (time.process_time() - began) / sum(len(file.times) for file in files) * 1e6
        every, even, odd = score(files, found), score(files[::2], found[::2]), score(files[1::2], found[1::2])
        carried = score(files[1::2], found[1::2], even.threshold)
        print(
            f"| {name} | {every.points:.1f} | {even.points:.1f} ({even.threshold:.3g}) | {odd.points:.1f} | "
            f"{carried.points:.1f} | {every.caught}/{every.windows} | {every.false_alarms} | {cost:.1f} |",
            flush=True,
        )


def on_families(thresholds: dict[str, float], repeats: int = 10) -> None:
    print(f"\nMade-up series, {repeats} of each family, {DAYS} days at 5 minutes, the last 7 days judged")
    print("| family | detector | precision | recall | false alarms a day |")
    print("|---|---|---|---|---|")
    for family, make in FAMILIES.items():
        series = [make(np.random.default_rng(seed)) for seed in range(repeats)]
        for name, threshold in thresholds.items():
            _print_family(family, name, series, threshold)


def _print_family(family: str, name: str, series: list[Made], threshold: float) -> None:
    judged = 7 * REACH * 2
    caught, wrong, anomalies_there = 0, 0, sum(len(one.starts) for one in series)
    for one in series:
        alarms = np.flatnonzero(DETECTORS[name](one.times, one.values) >= threshold)
        alarms = alarms[alarms >= len(one.times) - judged]
        near = [(alarms >= start) & (alarms < start + REACH) for start in one.starts]
        caught += sum(bool(hits.any()) for hits in near)
        wrong += int((~np.any(near, axis=0)).sum()) if near else len(alarms)
    precision = f"{caught / (caught + wrong):.2f}" if caught + wrong else "-"
    recall = f"{caught / anomalies_there:.2f}" if anomalies_there else "-"
    print(f"| {family} | {name} | {precision} | {recall} | {wrong / (7 * len(series)):.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nab", type=Path, default=os.environ.get("HEELER_NAB"))
    folder = parser.parse_args().nab
    if folder:
        on_labelled(load(Path(folder)))
    thresholds = {"context (monitors)": novelty.THRESHOLD, "robust daily, 3": 1.0, "agile daily, 3": 1.0}
    on_families({**thresholds, "basic, 3": 1.0, "rolling 3 sigma": 3.0})


if __name__ == "__main__":
    main()
