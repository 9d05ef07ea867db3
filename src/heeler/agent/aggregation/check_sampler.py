"""Check sampler: aggregates the samples of one check run into series when the run is committed.

The rules are the Agent's: a gauge keeps its last value, a count its sum, a rate the difference of its last
two samples by their time, a monotonic count the sum of its increases; rate, monotonic count, historate and
histogram buckets remember their last sample between runs for 25 hours.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from heeler.agent.aggregation.histogram import HistogramSettings, summarize
from heeler.wire.metrics.encode_series import Series
from heeler.wire.metrics.encode_sketches import Sketch, SketchSeries

log = logging.getLogger(__name__)
STATE_SECONDS = 25 * 3600.0
MAX_CONTEXTS = 100_000
"""Maximum number of contexts of one check instance; new ones above it are dropped and counted."""


class MetricType(IntEnum):
    """Type numbers defined by the module ``aggregator``."""

    GAUGE = 0
    RATE = 1
    COUNT = 2
    MONOTONIC_COUNT = 3
    COUNTER = 4
    HISTOGRAM = 5
    HISTORATE = 6


@dataclass(frozen=True, slots=True)
class Context:
    name: str
    tags: tuple[str, ...]
    host: str


@dataclass(slots=True)
class _Metric:
    """Samples of one context since the last commit, and state retained across commits."""

    values: list[float] = field(default_factory=list)
    last: tuple[float, float] | None = None
    """(time, value) of the newest sample of a stateful type."""
    touched: float = 0.0
    stamp: float = 0.0


@dataclass(slots=True)
class _Bucket:
    previous: int | None = None
    touched: float = 0.0


class CheckSampler:
    """Collects the samples of one check instance; thread-safe."""

    def __init__(self, settings: HistogramSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._metrics: dict[tuple[MetricType, Context], _Metric] = {}
        self._buckets: dict[tuple[Context, float, float], _Bucket] = {}
        self._sketches: dict[Context, Sketch] = {}
        self._series: list[Series] = []
        self._finished_sketches: list[SketchSeries] = []
        self.samples = 0
        self.bucket_samples = 0
        self.dropped = 0

    def add(
        self, kind: MetricType, context: Context, value: float, *, flush_first_value: bool = False
    ) -> None:
        now = self._clock()
        with self._lock:
            self.samples += 1
            metric = self._metrics.get((kind, context))
            if metric is None:
                if len(self._metrics) >= MAX_CONTEXTS:
                    self.dropped += 1
                    return
                metric = self._metrics[kind, context] = _Metric()
            metric.touched = now
            _ADD[kind](metric, value, now, flush_first_value)

    def add_bucket(
        self,
        context: Context,
        count: int,
        lower: float,
        upper: float,
        *,
        monotonic: bool,
        flush_first_value: bool = False,
    ) -> None:
        """Add a histogram bucket: ``count`` values between the bounds, or their running total if
        ``monotonic``.
        """
        with self._lock:
            self.bucket_samples += 1
            if monotonic:
                count = self._bucket_increase(context, count, lower, upper, flush_first_value)
            if count <= 0 or upper < lower:
                return
            self._sketches.setdefault(context, Sketch()).add_range(lower, upper, count)

    def commit(self) -> None:
        """End a run: convert the samples to series with the current timestamp."""
        now = self._clock()
        with self._lock:
            for (kind, context), metric in list(self._metrics.items()):
                try:
                    self._series += _emit(kind, context, metric, now, self._settings)
                except ValueError as error:
                    log.error("%s: %s", context.name, error)
                if metric.last is None or now - metric.touched > STATE_SECONDS:
                    del self._metrics[kind, context]
                else:
                    metric.values.clear()
            self._finished_sketches += [
                SketchSeries(context.name, ((int(now), sketch),), context.tags, context.host)
                for context, sketch in self._sketches.items()
            ]
            self._sketches = {}
            stale = [key for key, bucket in self._buckets.items() if now - bucket.touched > STATE_SECONDS]
            for key in stale:
                del self._buckets[key]

    def flush(self) -> tuple[list[Series], list[SketchSeries]]:
        """Return all series committed since the last flush."""
        with self._lock:
            series, sketches = self._series, self._finished_sketches
            self._series, self._finished_sketches = [], []
        return series, sketches

    def _bucket_increase(
        self, context: Context, count: int, lower: float, upper: float, flush_first: bool
    ) -> int:
        bucket = self._buckets.setdefault((context, lower, upper), _Bucket())
        previous, bucket.previous, bucket.touched = bucket.previous, count, self._clock()
        if previous is None or count < previous:
            return count if flush_first else 0
        return count - previous


def make_context(name: str, tags: Iterable[str], host: str) -> Context:
    """Return the context of a sample: tags sorted and deduplicated."""
    return Context(name, tuple(sorted(set(tags))), host)


def _add_gauge(metric: _Metric, value: float, _: float, __: bool) -> None:
    metric.values[:] = [value]


def _add_value(metric: _Metric, value: float, _: float, __: bool) -> None:
    metric.values.append(value)


def _add_rate(metric: _Metric, value: float, now: float, _: bool) -> None:
    previous, metric.last = metric.last, (now, value)
    metric.stamp = now
    if previous is not None:
        metric.values[:] = [_slope(previous, metric.last)]


def _add_historate(metric: _Metric, value: float, now: float, _: bool) -> None:
    previous, metric.last = metric.last, (now, value)
    if previous is not None and (slope := _slope(previous, metric.last)) >= 0:
        metric.values.append(slope)


def _add_monotonic(metric: _Metric, value: float, now: float, flush_first: bool) -> None:
    previous, metric.last = metric.last, (now, value)
    if previous is None:
        if flush_first:
            metric.values.append(value)
    elif value >= previous[1]:
        metric.values.append(value - previous[1])
    else:
        metric.values.append(value if flush_first else 0.0)


def _slope(before: tuple[float, float], after: tuple[float, float]) -> float:
    """Change per second; NaN for two samples with the same time."""
    seconds = after[0] - before[0]
    return (after[1] - before[1]) / seconds if seconds > 0 else math.nan


_ADD: dict[MetricType, Callable[[_Metric, float, float, bool], None]] = {
    MetricType.GAUGE: _add_gauge,
    MetricType.COUNT: _add_value,
    MetricType.COUNTER: _add_value,
    MetricType.RATE: _add_rate,
    MetricType.MONOTONIC_COUNT: _add_monotonic,
    MetricType.HISTOGRAM: _add_value,
    MetricType.HISTORATE: _add_historate,
}
_SERIES_TYPE = {
    MetricType.GAUGE: "gauge",
    MetricType.RATE: "gauge",
    MetricType.COUNT: "count",
    MetricType.MONOTONIC_COUNT: "count",
    MetricType.COUNTER: "rate",
}


def _emit(
    kind: MetricType, context: Context, metric: _Metric, now: float, settings: HistogramSettings
) -> list[Series]:
    if not metric.values:
        return []
    if kind in (MetricType.HISTOGRAM, MetricType.HISTORATE):
        return [
            _series(context, suffix, value, "rate" if suffix == "count" else "gauge", now)
            for suffix, value in summarize([(value, 1) for value in metric.values], settings)
        ]
    stamp = metric.stamp if kind is MetricType.RATE else now
    value = sum(metric.values)
    if kind is MetricType.RATE and not value >= 0:
        raise ValueError("a rate cannot be made: its value went down, or two samples have the same time")
    return [_series(context, "", value, _SERIES_TYPE[kind], stamp)]


def _series(context: Context, suffix: str, value: float, kind: str, stamp: float) -> Series:
    name = f"{context.name}.{suffix}" if suffix else context.name
    return Series(name, ((int(stamp), value),), context.tags, context.host, kind, 0, "System")
