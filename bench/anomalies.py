"""Scores the anomaly detectors on labeled and on made-up series.

    python -m bench.anomalies [--nab FOLDER]

FOLDER holds ``data/*/*.csv`` and ``labels/combined_windows.json`` of the Numenta Anomaly Benchmark; without
it (or ``HEELER_NAB``) only made-up series are run. Parameters were chosen on the even files; both halves are
printed, and what is reached when each category of files is judged by the threshold of all the others.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.behaviors import JUDGED, LIVES, Life, life
from bench.families import DAYS, FAMILIES, REACH, Made
from bench.held_out import series as made_up
from bench.nab import Labeled, left_out, load, score
from heeler.analytics import anomaly_score, auto, context_detector
from heeler.analytics.alert_dedup import deduplicated
from heeler.analytics.anomalies import anomalies
from heeler.analytics.array_tools import Floats, Integers
from heeler.analytics.seasonal_matrix import Seasonality

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
    return deduplicated(away, 3.0)


def band(algorithm: str, points: int = 1) -> Detector:
    """How far outside the band, in half widths of it, alerted once; ``points`` in a row must be outside."""

    def detect(times: Integers, values: Floats) -> Floats:
        found = anomalies(times, values, algorithm, 3.0, seasonality="daily")
        half = (found.upper - found.lower) / 2
        away = np.nan_to_num(np.abs(values - (found.upper + found.lower) / 2) / np.maximum(half, 1e-9))
        out = one = found.outside(values)
        for back in range(1, points):
            out = out & np.concatenate((np.zeros(back, np.bool_), one[:-back]))
        return deduplicated(np.where(out, np.clip(away, 1.0, 1e6), 0.0), 1.0)

    return detect


def context(times: Integers, values: Floats) -> Floats:
    return deduplicated(
        context_detector.novelty(times, values), context_detector.MINOR * context_detector.THRESHOLD
    )


def surprising(times: Integers, values: Floats) -> Floats:
    return anomaly_score.quiet(anomaly_score.surprise(times, values))


def automatic(times: Integers, values: Floats) -> Floats:
    return auto.quiet(auto.detect(times, values).score)


#: Each detector and the threshold that it is shipped with.
DETECTORS: dict[str, tuple[Detector, float]] = {
    "auto": (automatic, 1.0),
    "surprise": (surprising, anomaly_score.THRESHOLD),
    "context": (context, context_detector.THRESHOLD),
    "robust daily, 3": (band("robust"), 1.0),
    "agile daily, 3": (band("agile"), 1.0),
    "basic, 3": (band("basic"), 1.0),
    "robust daily, 3, a monitor of 15 m": (band("robust", 3), 1.0),
    "agile daily, 3, a monitor of 15 m": (band("agile", 3), 1.0),
    "basic, 3, a monitor of 15 m": (band("basic", 3), 1.0),
    "rolling 3 sigma": (three_sigma, 3.0),
}


def on_labeled(title: str, files: list[Labeled]) -> None:
    points = sum(len(file.times) for file in files)
    print(f"\n{title}: {len(files)} series, {points:,} points")
    print("| detector | as shipped | even | odd | caught | false alarms ", end="")
    print("| best threshold | odd at even's | category left out | us/point |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, (detect, threshold) in DETECTORS.items():
        began = time.process_time()
        found = [detect(file.times, file.values) for file in files]
        cost = (time.process_time() - began) / points * 1e6
        print(f"| {name} | {_scores(files, found, threshold)} | {cost:.1f} |", flush=True)


def _scores(files: list[Labeled], found: list[Floats], threshold: float) -> str:
    halves = [(files[start::2], found[start::2]) for start in (0, 1)]
    shipped = score(files, found, threshold)
    even, odd = (score(*half, threshold).points for half in halves)
    carried = score(*halves[1], score(*halves[0]).threshold).points
    best = score(files, found)
    return (
        f"{shipped.points:.1f} | {even:.1f} | {odd:.1f} | {shipped.caught}/{shipped.windows} | "
        f"{shipped.false_alarms} | {best.points:.1f} ({best.threshold:.3g}) | {carried:.1f} | "
        f"{left_out(files, found):.1f}"
    )


def on_families(repeats: int = 10) -> None:
    print(f"\nMade-up series, {repeats} of each family, {DAYS} days at 5 minutes, the last 7 days judged")
    print("| family | detector | precision | recall | false alarms a day |")
    print("|---|---|---|---|---|")
    for family, make in FAMILIES.items():
        series = [make(np.random.default_rng(seed)) for seed in range(repeats)]
        for name in DETECTORS:
            _print_family(family, name, series)


def _print_family(family: str, name: str, series: list[Made]) -> None:
    judged = 7 * REACH * 2
    detect, threshold = DETECTORS[name]
    caught, wrong, anomalies_there = 0, 0, sum(len(one.starts) for one in series)
    for one in series:
        alarms = np.flatnonzero(detect(one.times, one.values) >= threshold)
        alarms = alarms[alarms >= len(one.times) - judged]
        near = [(alarms >= start) & (alarms < start + REACH) for start in one.starts]
        caught += sum(bool(hits.any()) for hits in near)
        wrong += int((~np.any(near, axis=0)).sum()) if near else len(alarms)
    precision = f"{caught / (caught + wrong):.2f}" if caught + wrong else "-"
    recall = f"{caught / anomalies_there:.2f}" if anomalies_there else "-"
    print(f"| {family} | {name} | {precision} | {recall} | {wrong / (7 * len(series)):.2f} |", flush=True)


BANDS = ("basic", "agile", "robust")
#: Seeds of made-up series that nothing was chosen by. Who has looked at them while choosing takes others.
HELD_OUT = range(5_000, 5_060)


def on_behaviors(repeats: int = 10) -> None:
    """Of the normal points of the last week: percent inside at 2 and at 3; how often a day three in a row are
    outside at 3. Of the first hour of the trouble: the share outside at 3."""
    print(
        f"\nBehaviors, {repeats} of each, daily bands (weekly of weekdays): inside at 2 | at 3 | of ", end=""
    )
    print("the trouble outside | false alarms a day, three in a row")
    print("| kind | " + " | ".join(BANDS) + " |\n|---|" + "---|" * len(BANDS))
    for kind in LIVES:
        lives = [life(kind, seed) for seed in range(repeats)]
        print(f"| {kind} | " + " | ".join(_behavior(name, kind, lives) for name in BANDS) + " |", flush=True)


def _behavior(algorithm: str, kind: str, lives: list[Life]) -> str:
    rows = []
    for one in lives:
        season: Seasonality = "weekly" if kind == "weekdays" else "daily"
        times = one.times
        outside = [
            anomalies(times, one.values, algorithm, bounds, seasonality=season).outside(one.values)
            for bounds in (2.0, 3.0)
        ]
        trouble = slice(one.start, one.start + min(one.length, 12))
        there = ~np.isnan(one.values[trouble])
        run = outside[1] & np.roll(outside[1], 1) & np.roll(outside[1], 2)
        begins = run & ~np.roll(run, 1) & one.normal
        inside = [100 * (1 - found[one.normal].mean()) for found in outside]
        seen = outside[1][trouble][there].mean() if there.any() else np.nan
        rows.append((*inside, seen, begins.sum() / JUDGED))
    two, three, caught, alarms = np.nanmean(rows, axis=0)
    return f"{two:.1f}, {three:.1f}, {caught:.2f}, {alarms:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nab", type=Path, default=os.environ.get("HEELER_NAB"))
    folder = parser.parse_args().nab
    if folder:
        on_labeled("Numenta Anomaly Benchmark", load(Path(folder)))
    on_labeled("Made up, of ten kinds", [made_up(seed) for seed in HELD_OUT])
    on_families()
    on_behaviors()


if __name__ == "__main__":
    main()
