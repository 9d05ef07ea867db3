"""The Numenta Anomaly Benchmark (Lavin and Ahmad, 2015): reading its files, scoring detectors by its rules.

A labeled window is worth up to 1 for its earliest detection and -1 when missed; each detection outside
costs up to 0.11, less shortly after a window. The first 15 % of a file, at most 750 points, do not count.
One threshold serves all files. 0 is the score of a detector that is silent, 100 that of a perfect one.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from heeler.analytics.array_tools import Floats, Integers

FALSE_ALARM, MISSED = 0.11, 1.0


@dataclass(frozen=True, slots=True)
class Labeled:
    """One file. ``window``: index of each point's labeled window or -1. ``worth``: of an alarm there."""

    name: str
    times: Integers
    values: Floats
    window: Integers
    worth: Floats
    skip: int

    @property
    def windows(self) -> int:
        return int(self.window.max()) + 1


@dataclass(frozen=True, slots=True)
class Score:
    """``points``: 0 to 100. ``caught`` of ``windows`` and false alarms, at ``threshold``."""

    points: float
    threshold: float
    caught: int
    windows: int
    false_alarms: int


def load(folder: Path) -> list[Labeled]:
    """All files below ``folder`` that have labels, by name."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    present = [name for name in sorted(labels) if (folder / "data" / name).exists()]
    return [_read(folder / "data" / name, name, labels[name]) for name in present]


def _read(path: Path, name: str, spans: Sequence[Sequence[str]]) -> Labeled:
    with path.open() as file:
        rows = list(csv.DictReader(file))
    times = np.array([_epoch(row["timestamp"]) for row in rows], dtype=np.int64)
    values = np.array([float(row["value"]) for row in rows])
    edges = [(int(np.argmax(times == _epoch(a))), int(np.argmax(times == _epoch(b)))) for a, b in spans]
    return labeled(name, times, values, edges)


def labeled(name: str, times: Integers, values: Floats, edges: Sequence[tuple[int, int]]) -> Labeled:
    """A series whose windows are given by the indices of their first and last points."""
    window, worth = _judge(len(times), edges)
    return Labeled(name, times, values, window, worth, math.floor(min(math.floor(0.15 * len(times)), 750)))


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def _judge(length: int, edges: Sequence[tuple[int, int]]) -> tuple[Integers, Floats]:
    window = np.full(length, -1, dtype=np.int64)
    worth = np.full(length, -1.0)
    for index, (first, last) in enumerate(edges):
        width = last - first + 1
        inside = np.arange(first, last + 1)
        worth[inside] = squash(-(last - inside + 1) / width) / squash(np.array(-1.0))
        window[inside] = index
        until = edges[index + 1][0] if index + 1 < len(edges) else length
        after = np.arange(last + 1, until)
        worth[after] = squash((after - last) / max(width - 1, 1))
    return window, worth


def squash(position: Floats) -> Floats:
    """+1 at a window's left edge (-1), 0 at its right edge (0), towards -1 after it."""
    result: Floats = np.where(position > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 3))) - 1)
    return result


def score(files: Sequence[Labeled], scores: Sequence[Floats], threshold: float | None = None) -> Score:
    """The score at ``threshold``, or at the best threshold there is."""
    return _at(files, scores, _best_threshold(files, scores) if threshold is None else threshold)


def _best_threshold(files: Sequence[Labeled], scores: Sequence[Floats]) -> float:
    """The score of the point down to which telling all that has as much is worth most."""
    steps = [_steps(file, one) for file, one in zip(files, scores, strict=True)]
    at, gain = np.concatenate(steps, axis=1)
    order = np.argsort(-at, kind="stable")
    at, total = at[order], np.cumsum(gain[order])
    total[:-1][at[:-1] == at[1:]] = -np.inf
    return float(at[np.argmax(total)]) if total.size and total.max() > 0 else np.inf


def _steps(file: Labeled, scores: Floats) -> Floats:
    """[2, k]: scores, and what it is worth to lower the threshold to each of them."""
    judged = (scores > 0) & (np.arange(len(scores)) >= file.skip)
    outside = np.flatnonzero(judged & (file.window < 0))
    steps = [np.stack((scores[outside], FALSE_ALARM * file.worth[outside]))]
    for index in range(file.windows):
        inside = np.flatnonzero(judged & (file.window == index))
        inside = inside[np.argsort(-scores[inside], kind="stable")]
        best = np.maximum.accumulate(file.worth[inside])
        steps.append(np.stack((scores[inside], np.diff(best, prepend=-MISSED))))
    return np.concatenate(steps, axis=1)


def left_out(files: Sequence[Labeled], scores: Sequence[Floats]) -> float:
    """Points when each category (folder) is judged at the threshold that is best for all the others."""
    scaled = list(scores)
    categories = [file.name.split("/")[0] for file in files]
    for category in set(categories):
        others = [index for index, one in enumerate(categories) if one != category]
        chosen = score([files[index] for index in others], [scores[index] for index in others]).threshold
        for index, one in enumerate(categories):
            if one == category:
                scaled[index] = scores[index] / chosen
    return _at(files, scaled, 1.0).points


def _at(files: Sequence[Labeled], scores: Sequence[Floats], threshold: float) -> Score:
    raw, silent, caught, windows, wrong = 0.0, 0.0, 0, 0, 0
    for file, one in zip(files, scores, strict=True):
        hit = one >= threshold
        hit[: file.skip] = False
        outside = hit & (file.window < 0)
        raw += FALSE_ALARM * float(file.worth[outside].sum())
        wrong += int(outside.sum())
        for index in range(file.windows):
            within = file.window == index
            windows += 1
            if not within[file.skip :].any():
                continue
            silent -= MISSED
            worth = file.worth[hit & within]
            caught += len(worth) > 0
            raw += float(worth.max()) if len(worth) else -MISSED
    return Score(100 * (raw - silent) / (windows - silent), threshold, caught, windows, wrong)
