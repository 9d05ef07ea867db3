"""Trace metrics derived from trace statistics: ``trace.<operation>.hits``, ``.errors``, latency, ...

They are stored like any other metric, so that dashboards and monitors need no special case for traces.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from heeler.store.span_rows import StatsRow
from heeler.wire.metrics import sketch
from heeler.wire.metrics.admission import SeriesRefused
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.metrics.sketch import Sketch
from heeler.wire.normalize import metric_name
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.duration_sketch import Bins
from heeler.wire.traces.peer_tags import peer_attributes

BUCKET_SECONDS = 10
APDEX_THRESHOLD = 0.5
"""Apdex threshold in seconds; four times as much is tolerated."""
_SOURCE = "apm"


@dataclass(slots=True)
class _Sums:
    hits: int = 0
    errors: int = 0
    duration: float = 0.0
    bins: Bins = field(default_factory=dict)
    ok: Bins = field(default_factory=dict)


class BucketSeconds:
    """Assigns each delivery for a series' bucket a distinct second within the bucket.

    Several deliveries may count the same bucket (a Datadog Agent splits them); points of one series and
    second would replace each other, whereas counts are summed over any interval of ten seconds or more.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._used: dict[tuple[int, int], int] = {}

    def take(self, series: int, bucket: int) -> int:
        """The UNIX second to store the points at."""
        with self._lock:  # bodies are decoded in threads
            return self._take(series, bucket)

    def _take(self, series: int, bucket: int) -> int:
        offset = self._used.get((series, bucket), -1) + 1
        if len(self._used) >= self._capacity:
            newest = max(time for _, time in self._used)
            self._used = {place: one for place, one in self._used.items() if place[1] >= newest - 60}
        self._used[series, bucket] = offset
        return bucket + min(offset, BUCKET_SECONDS - 1)


def trace_metrics(
    rows: Sequence[StatsRow], memo: SeriesMemo, window: Window, seconds: BucketSeconds
) -> tuple[PointBatch, SketchBatch]:
    """Points and distributions derived from a delivery's statistics."""
    sums: dict[tuple[str, str, tuple[str, ...], int], _Sums] = {}
    for row in rows:
        one = sums.setdefault(
            (metric_name(f"trace.{row.group.name}"), row.host, _tags(row), row.time), _Sums()
        )
        one.hits += row.group.hits
        one.errors += row.group.errors
        one.duration += row.group.duration / 1e9
        for bins in (row.ok, row.errors):
            for key, count in bins.items():
                one.bins[key] = one.bins.get(key, 0.0) + count
        for key, count in row.ok.items():
            one.ok[key] = one.ok.get(key, 0.0) + count
    points = PointBuilder(memo, window)
    sketches = SketchBatch(memo, {}, points.fresh, points.problems)
    for (metric, host, tags, time), one in sums.items():
        for suffix, kind, unit, value in _values(one, tags):
            info = describe(
                f"{metric}.{suffix}",
                host,
                tags,
                kind=kind,
                interval=BUCKET_SECONDS,
                unit=unit,
                source=_SOURCE,
            )
            try:
                points.add(info, [(seconds.take(info.id, time), value)])
            except SeriesRefused as error:
                points.problems.add(error.reason, str(error))
        if one.bins and window.oldest <= time <= window.newest:
            info = describe(metric, host, tags, kind="distribution", unit="second", source=_SOURCE)
            try:
                sketches.sketches[points.add_series(info), time] = _sketch(one)
            except SeriesRefused as error:
                points.problems.add(error.reason, str(error))
    return points.build(), sketches


def _tags(row: StatsRow) -> tuple[str, ...]:
    group = row.group
    tags = [f"env:{row.env}", f"service:{group.service}", f"resource_name:{group.resource.replace(',', '_')}"]
    if row.version:
        tags.append(f"version:{row.version}")
    if group.span_kind:
        tags.append(f"span.kind:{group.span_kind}")
    if group.http_status:
        tags += [f"http.status_code:{group.http_status}", f"http.status_class:{group.http_status // 100}xx"]
    if group.synthetics:
        tags.append("synthetics:true")
    return (*tags, *peer_attributes(group.peer_tags))


def _values(one: _Sums, tags: tuple[str, ...]) -> list[tuple[str, str, str, float]]:
    """Suffix, type, unit and value of each plain metric."""
    values = [
        ("hits", "count", "request", float(one.hits)),
        ("errors", "count", "error", float(one.errors)),
        ("duration", "gauge", "second", one.duration),
    ]
    if any(tag.startswith("http.status_code:") for tag in tags):
        values += [
            ("hits.by_http_status", "count", "request", float(one.hits)),
            ("errors.by_http_status", "count", "error", float(one.errors)),
        ]
    if one.hits:
        values.append(("apdex", "gauge", "fraction", _apdex(one)))
    return values


def _apdex(one: _Sums) -> float:
    """Apdex: (satisfied + tolerated / 2) / total; errors count as frustrated."""
    within = {
        limit: sum(count for key, count in one.ok.items() if duration_sketch.value_of(key) <= limit)
        for limit in (APDEX_THRESHOLD, 4 * APDEX_THRESHOLD)
    }
    satisfied, tolerated = within[APDEX_THRESHOLD], within[4 * APDEX_THRESHOLD]
    total = sum(one.bins.values()) or 1.0
    return (satisfied + (tolerated - satisfied) / 2) / total


def _sketch(one: _Sums) -> Sketch:
    keys = sorted(one.bins)
    counts = [max(round(one.bins[key]), 1) for key in keys]
    return sketch.of_bins(
        keys,
        counts,
        count=sum(counts),
        total=one.duration,
        low=duration_sketch.value_of(keys[0]),
        high=duration_sketch.value_of(keys[-1]),
        resolution=duration_sketch.RESOLUTION,
    )
