"""The time sampler: DogStatsD samples in buckets of 10 seconds, by the Agent's rules.

A bucket is sent when it is over, stamped with its start. Counters become rates per second and go on as 0
for five minutes after their last sample, so that a graph falls to 0 instead of ending.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from heeler.agent.aggregation.check_sampler import Context
from heeler.agent.aggregation.histogram import HistogramSettings, summarize
from heeler.wire.metrics.encode_series import Series
from heeler.wire.metrics.encode_sketches import Sketch, SketchSeries

INTERVAL = 10
_SOURCE = "System"


@dataclass(slots=True)
class _Bucket:
    gauges: dict[Context, float] = field(default_factory=dict)
    counters: dict[Context, float] = field(default_factory=dict)
    sets: dict[Context, set[str]] = field(default_factory=dict)
    histograms: dict[tuple[Context, str], list[tuple[float, int]]] = field(default_factory=dict)
    sketches: dict[Context, Sketch] = field(default_factory=dict)


class TimeSampler:
    """Belongs to one thread. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        settings: HistogramSettings,
        clock: Callable[[], float],
        *,
        expiry: float = 300.0,
        context_limit: int = 0,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._expiry = expiry
        self._context_limit = context_limit or 1_000_000
        self._buckets: dict[int, _Bucket] = {}
        self._counters_seen: dict[Context, float] = {}
        self._direct: list[Series] = []
        self._flushed_until = 0
        self.dropped = 0
        """Samples refused because there were too many contexts in their bucket."""

    @property
    def contexts(self) -> int:
        return sum(_size(bucket) for bucket in self._buckets.values())

    def add(self, kind: str, context: Context, value: float, rate: float = 1.0) -> None:
        """A sample of kind g, c, ms, h or d."""
        bucket = self._bucket()
        if _size(bucket) >= self._context_limit:
            self.dropped += 1
        elif kind == "g":
            bucket.gauges[context] = value
        elif kind == "c":
            bucket.counters[context] = bucket.counters.get(context, 0.0) + value / rate
        elif kind == "d":
            bucket.sketches.setdefault(context, Sketch()).add(value, round(1 / rate))
        else:
            unit = "millisecond" if kind == "ms" else ""
            bucket.histograms.setdefault((context, unit), []).append((value, int(1 / rate)))

    def add_member(self, context: Context, member: str) -> None:
        """A member of a set."""
        self._bucket().sets.setdefault(context, set()).add(member)

    def add_stamped(self, kind: str, context: Context, value: float, timestamp: int) -> None:
        """A gauge or counter that brings its own time: not aggregated."""
        if kind == "c":
            self._direct.append(_series(context, timestamp, value / INTERVAL, "rate"))
        else:
            self._direct.append(_series(context, timestamp, value, "gauge"))

    def flush(self, *, final: bool = False) -> tuple[list[Series], list[SketchSeries]]:
        """Everything of buckets that are over; with ``final``, of the current one too."""
        now = self._clock()
        current = _start(now)
        series, self._direct = self._direct, []
        sketches: list[SketchSeries] = []
        due = sorted(start for start in self._buckets if start < current or final)
        for start in due:
            bucket = self._buckets.pop(start)
            self._counters_seen.update(dict.fromkeys(bucket.counters, now))
            series += self._of_bucket(start, bucket)
            sketches += [
                SketchSeries(context.name, ((start, sketch),), context.tags, context.host)
                for context, sketch in bucket.sketches.items()
            ]
        self._fill_zeros(bucket_starts=set(due), last=current - INTERVAL, now=now, series=series)
        return series, sketches

    def _fill_zeros(self, bucket_starts: set[int], last: int, now: float, series: list[Series]) -> None:
        first = self._flushed_until + INTERVAL if self._flushed_until else last
        known = {(one.metric, one.tags, one.host, one.points[0][0]) for one in series if one.type == "rate"}
        for context, seen in list(self._counters_seen.items()):
            if now - seen > self._expiry:
                del self._counters_seen[context]
                continue
            series.extend(
                _series(context, start, 0.0, "rate")
                for start in range(max(first, _start(seen) - INTERVAL), last + 1, INTERVAL)
                if (context.name, context.tags, context.host, start) not in known
            )
        self._flushed_until = max(last, self._flushed_until, *bucket_starts)

    def _bucket(self) -> _Bucket:
        start = _start(self._clock())
        bucket = self._buckets.get(start)
        if bucket is None:
            bucket = self._buckets[start] = _Bucket()
        return bucket

    def _of_bucket(self, start: int, bucket: _Bucket) -> list[Series]:
        series = [_series(context, start, value, "gauge") for context, value in bucket.gauges.items()]
        series += [
            _series(context, start, total / INTERVAL, "rate") for context, total in bucket.counters.items()
        ]
        series += [
            _series(context, start, float(len(members)), "gauge") for context, members in bucket.sets.items()
        ]
        for (context, unit), samples in bucket.histograms.items():
            for suffix, value in summarize(samples, self._settings):
                named = Context(f"{context.name}.{suffix}", context.tags, context.host)
                if suffix == "count":
                    series.append(_series(named, start, value / INTERVAL, "rate"))
                else:
                    series.append(_series(named, start, value, "gauge", unit))
        return series


def _start(moment: float) -> int:
    return int(moment) - int(moment) % INTERVAL


def _size(bucket: _Bucket) -> int:
    return (
        len(bucket.gauges)
        + len(bucket.counters)
        + len(bucket.sets)
        + len(bucket.histograms)
        + len(bucket.sketches)
    )


def _series(context: Context, start: int, value: float, kind: str, unit: str = "") -> Series:
    return Series(context.name, ((start, value),), context.tags, context.host, kind, INTERVAL, _SOURCE, unit)
