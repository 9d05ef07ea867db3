"""A slow, obvious evaluator of one selector, in pandas: what the documentation says, bucket by bucket."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from tests.unit.query.store import Series

Line = dict[int, float]
Lines = dict[tuple[str, ...], Line]
_AGGREGATIONS = {"avg": "mean"}


@dataclass(frozen=True)
class Scope:
    """A filter as text, and what it means for a series' tags."""

    text: str
    keeps: Callable[[set[str]], bool]


@dataclass(frozen=True)
class Question:
    """``modifier`` is empty, ``as_count`` or ``as_rate``; ``method`` empty for the default; ``fill`` a text
    such as ``last, 120`` or empty."""

    space: str
    scope: Scope
    by: tuple[str, ...]
    method: str
    interval: int
    modifier: str = ""
    fill: str = ""

    def text(self, metric: str) -> str:
        keys = f" by {{{','.join(self.by)}}}" if self.by else ""
        rollup = f".rollup({self.method}, {self.interval})" if self.method else f".rollup({self.interval})"
        modifier = f".{self.modifier}()" if self.modifier else ""
        fill = f".fill({self.fill})" if self.fill else ""
        return f"{self.space}:{metric}{{{self.scope.text}}}{keys}{modifier}{rollup}{fill}"


def tags_of(series: Series) -> set[str]:
    return {*series.tags, *([f"host:{series.host}"] if series.host else [])}


def answer(every: list[Series], asked: Question, begin: int, end: int, lead: int = 0) -> Lines:
    """Values by group and bucket; groups and buckets without a value are left out.

    What is interpolated may come from before the window; its first bucket holds what lies within it. ``lead``
    seconds before the window are answered too: history that a function looks at.
    """
    if all(series.type == "gauge" for series in every):
        asked = replace(asked, modifier="")
    shown = (begin - lead) // asked.interval * asked.interval
    first = begin // asked.interval * asked.interval
    kept = [series for series in every if asked.scope.keeps(tags_of(series))]
    earlier = begin - lead - _lookback(asked, len(kept))

    def read(at: int) -> bool:
        return begin <= at < end or begin - lead <= at < first or earlier <= at < shown

    starts = list(range(earlier // asked.interval * asked.interval, end, asked.interval))
    groups: dict[tuple[str, ...], list[pd.Series]] = {}
    for series in kept:
        points = [(at, value) for at, value in series.points if read(at)]
        rolled = _in_time(series, points, asked).reindex(starts)
        for group in _groups(series, asked.by):
            groups.setdefault(group, []).append(rolled)
    found = {group: _in_space(columns, asked) for group, columns in groups.items()}
    lines = {group: {at: value for at, value in line.items() if at >= shown} for group, line in found.items()}
    return {group: line for group, line in lines.items() if line}


def _lookback(asked: Question, several: int) -> int:
    """A fill reaches back as far as its limit, an hour without one; alignment 300 seconds."""
    if asked.fill:
        method, _, limit = asked.fill.partition(", ")
        seconds = int(limit or 300) or 3600
        reaches = method in ("linear", "last") or (method == "zero" and int(limit or 0) > 0)
        return seconds if reaches and seconds >= asked.interval else 0
    return 300 if several > 1 and not asked.modifier and asked.interval <= 300 else 0


def _groups(series: Series, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    choices = [
        sorted(tag for tag in tags_of(series) if tag.startswith(f"{key}:")) or [f"{key}:N/A"] for key in keys
    ]
    return itertools.product(*choices)


def _in_time(series: Series, within: list[tuple[int, float]], asked: Question) -> pd.Series:
    points = pd.Series(dict(within), dtype=float)
    counted = asked.modifier == "as_count" or (asked.modifier == "as_rate" and series.type == "count")
    method = asked.method or ("sum" if counted else "avg")
    if series.type == "rate" and asked.modifier == "as_count":
        points = points * max(series.interval, 1)
    buckets = points.groupby(lambda at: at // asked.interval * asked.interval)
    rolled = buckets.agg(_AGGREGATIONS.get(method, method)).astype(float)
    if series.type == "count" and asked.modifier == "as_rate" and method == "sum":
        rolled = rolled / asked.interval
    return rolled


def _in_space(columns: list[pd.Series], asked: Question) -> Line:
    raw = pd.concat(columns, axis=1)
    if asked.fill:
        method, _, limit = asked.fill.partition(", ")
        table = pd.concat([filled(column, method, int(limit or 300)) for column in columns], axis=1)
        if asked.fill == "zero":
            table = raw.fillna(0.0)
        shown = table.notna().any(axis=1)
    else:
        aligned = [filled(column, "linear", 300) for column in columns]
        table = raw if asked.modifier else pd.concat(aligned, axis=1)
        shown = raw.notna().any(axis=1)
    found = getattr(table, _AGGREGATIONS.get(asked.space, asked.space))(axis=1)
    return {int(at): float(found[at]) for at in raw.index if shown[at] and not math.isnan(found[at])}


def filled(column: pd.Series, method: str, limit: int) -> pd.Series:
    """``limit`` seconds: of the gap for ``linear``, since the last value for the others; 0 for none."""
    known = column.dropna()
    result = column.copy()
    for at in column.index[column.isna()]:
        before, after = known[known.index < at], known[known.index > at]
        if not len(before):
            continue
        age = at - before.index[-1]
        if method == "linear" and len(after):
            gap = after.index[0] - before.index[-1]
            if not limit or gap <= limit:
                result[at] = before.iloc[-1] + (after.iloc[0] - before.iloc[-1]) * age / gap
        elif method in ("last", "zero") and (not limit or age <= limit):
            result[at] = before.iloc[-1] if method == "last" else 0.0
    return result
