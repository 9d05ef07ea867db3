"""Decoder of OpenTelemetry metrics (``/v1/metrics``) to points and distributions.

The mapping is the Datadog Agent's: gauges are gauges, delta sums are counts, cumulative monotonic sums are
counts of their deltas, other sums are gauges; histograms of both kinds are distributions; a summary is two
counts and a gauge for each quantile. Cumulative exponential histograms, which the Agent ignores, are
converted to deltas like the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.wire import otlp
from heeler.wire.body_limits import MAX_BINS, MAX_ITEMS, check_count
from heeler.wire.metrics import histogram_sketch
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window
from heeler.wire.metrics.cumulative import Cumulative, Pass, Point
from heeler.wire.metrics.distributions import SketchBatch, SketchBuilder
from heeler.wire.metrics.histogram_sketch import Totals
from heeler.wire.metrics.series import ItemError, SeriesInfo, describe
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.proto import otlp_pb2 as pb
from heeler.wire.traces.otlp_resource import container_tags, host_of

DELTA, CUMULATIVE = 1, 2
_NO_RECORDED_VALUE = 1
_SECOND = 1_000_000_000
_TYPES = ("gauge", "count", "rate")
_AS_TYPE = "datadog.metric.as_type"
_ENV = ("deployment.environment.name", "deployment.environment")
_UNITS = {
    "By": "byte", "bit": "bit", "ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second",
    "min": "minute", "h": "hour", "d": "day", "%": "percent", "Hz": "hertz", "W": "watt", "V": "volt",
    "J": "joule", "A": "ampere", "Cel": "degree celsius",
}  # fmt: skip
_UNKNOWN_TEMPORALITY = "the temporality is neither delta nor cumulative"


@dataclass(frozen=True, slots=True)
class _Histogram:
    """State of a cumulative histogram: buckets by index, at the scale of an exponential one."""

    count: int
    sum: float
    buckets: Mapping[int, int]
    negative: Mapping[int, int]
    zero: int = 0
    scale: int = 0
    bounds: tuple[float, ...] = ()


class Histories:
    """Receiver's state of cumulative series, since its start (UNIX nanoseconds)."""

    def __init__(self, started_ns: int) -> None:
        self.numbers: Cumulative[float] = Cumulative(started_ns)
        self.histograms: Cumulative[_Histogram] = Cumulative(started_ns)

    def commit(self, decoded: Decoded, now_ns: int) -> None:
        """Call when the rows of ``decoded`` are durable."""
        self.numbers.commit(decoded.numbers, now_ns)
        self.histograms.commit(decoded.histograms, now_ns)


@dataclass(slots=True)
class Decoded:
    """Points and distributions of a request, and the resulting changes of cumulative state."""

    points: PointBatch
    sketches: SketchBatch
    rejected: int
    reason: str
    numbers: dict[int, Point[float]]
    histograms: dict[int, Point[_Histogram]]


def decode(
    body: bytes, memo: SeriesMemo, window: Window, histories: Histories, hostname: str = "", *, json: bool
) -> Decoded:
    """Decode the metrics of a request; ``hostname`` is the default if a resource has no host.

    Raises ``OtlpError`` for a body that is not OTLP, and ``LimitExceeded``.
    """
    request = otlp.decode(pb.MetricsRequest, body, json=json)
    reader = _Reader(memo, window, histories, hostname)
    for group in request.resource_metrics:
        resource = _attributes(group.resource.attributes)
        for scope in group.scope_metrics:
            reader.read(resource, scope.scope, scope.metrics)
    return reader.decoded()


def _attributes(items: Iterable[pb.KeyValue]) -> dict[str, Any]:
    return {item.key: otlp.plain(item.value) for item in items}


@dataclass(frozen=True, slots=True)
class _Origin:
    """Host and common tags of points."""

    host: str
    tags: tuple[str, ...]


def _tag(key: str, value: Any) -> str:
    return f"{key}:{otlp.text(value) or 'n/a'}"


def _resource_tags(resource: Mapping[str, Any], scope: pb.InstrumentationScope) -> tuple[str, ...]:
    tags = [f"{key}:{value}" for key, value in container_tags(resource).items()]
    env = next((otlp.text(resource[key]) for key in _ENV if resource.get(key)), "")
    named = {"env": env, "service": resource.get("service.name"), "version": resource.get("service.version")}
    tags += [_tag(key, value) for key, value in named.items() if value]
    if resource.get("service.instance.id"):
        tags.append(_tag("service.instance.id", resource["service.instance.id"]))
    if scope.name:
        tags.append(f"instrumentation_scope:{scope.name}")
    if scope.version:
        tags.append(f"instrumentation_scope_version:{scope.version}")
    return tuple(tags)


@dataclass(slots=True)
class _Reader:
    memo: SeriesMemo
    window: Window
    histories: Histories
    hostname: str
    points: PointBuilder = field(init=False)
    sketches: SketchBuilder = field(init=False)
    numbers: Pass[float] = field(init=False)
    histograms: Pass[_Histogram] = field(init=False)
    rejected: int = 0
    reason: str = ""
    seen: int = 0

    def __post_init__(self) -> None:
        self.points = PointBuilder(self.memo, self.window)
        self.sketches = SketchBuilder(self.memo, self.window)
        self.numbers = self.histories.numbers.begin()
        self.histograms = self.histories.histograms.begin()

    def decoded(self) -> Decoded:
        points, sketches = self.points.build(), self.sketches.build()
        for problems in (points.problems, sketches.problems):
            self.rejected += sum(problems.dropped.values())
            self.reason = self.reason or next(iter(problems.messages), "")
        return Decoded(
            points, sketches, self.rejected, self.reason[:1000], self.numbers.changes, self.histograms.changes
        )

    def read(
        self, resource: Mapping[str, Any], scope: pb.InstrumentationScope, metrics: Sequence[pb.Metric]
    ) -> None:
        origin = _Origin(host_of(resource) or self.hostname, _resource_tags(resource, scope))
        for metric in metrics:
            kind = metric.WhichOneof("data")
            if kind is None:
                continue
            data = getattr(metric, kind)
            self.seen += len(data.data_points)
            check_count(self.seen, MAX_ITEMS, "data points")
            self._metric(origin, metric, kind, data)

    def _metric(self, origin: _Origin, metric: pb.Metric, kind: str, data: Any) -> None:
        needs = kind in ("sum", "histogram", "exponential_histogram")
        if needs and data.aggregation_temporality not in (DELTA, CUMULATIVE):
            self._reject(metric, len(data.data_points), _UNKNOWN_TEMPORALITY)
            return
        read = {
            "gauge": self._gauge,
            "sum": self._sum,
            "histogram": self._histogram,
            "exponential_histogram": self._exponential,
            "summary": self._summary,
        }[kind]
        for point in data.data_points:
            if point.flags & _NO_RECORDED_VALUE:
                continue
            try:
                read(origin, metric, data, point)
            except ItemError as error:
                self._reject(metric, 1, str(error))

    def _reject(self, metric: pb.Metric, count: int, why: str) -> None:
        self.rejected += count
        self.reason = self.reason or f"{metric.name[:100]}: {why}"

    def _info(
        self, origin: _Origin, metric: pb.Metric, point: Any, kind: str, suffix: str = "", *more: str
    ) -> SeriesInfo:
        own = _attributes(point.attributes)
        given = own.pop(_AS_TYPE, None)
        interval = 0
        if kind == "count" and point.start_time_unix_nano:
            interval = max(round((point.time_unix_nano - point.start_time_unix_nano) / _SECOND), 0)
        return describe(
            metric.name + suffix,
            origin.host,
            (*(_tag(key, value) for key, value in own.items()), *origin.tags, *more),
            kind=given if given in _TYPES and kind in _TYPES else kind,
            interval=min(interval, 86_400),
            unit="" if suffix == ".count" else _UNITS.get(metric.unit, ""),
            source="otlp",
        )

    def _add(self, info: SeriesInfo, point: Any, value: float) -> None:
        self.points.add(info, [(point.time_unix_nano // _SECOND, value)])

    def _gauge(self, origin: _Origin, metric: pb.Metric, _: pb.Gauge, point: pb.NumberDataPoint) -> None:
        value = _number(point)
        if math.isfinite(value):
            self._add(self._info(origin, metric, point, "gauge"), point, value)

    def _sum(self, origin: _Origin, metric: pb.Metric, data: pb.Sum, point: pb.NumberDataPoint) -> None:
        value = _number(point)
        if not math.isfinite(value):
            return
        if data.aggregation_temporality == DELTA:
            self._add(self._info(origin, metric, point, "count"), point, value)
        elif not data.is_monotonic:
            self._add(self._info(origin, metric, point, "gauge"), point, value)
        else:
            self._growth(self._info(origin, metric, point, "count"), point, value)

    def _growth(self, info: SeriesInfo, point: Any, value: float) -> None:
        """Add the increase of a cumulative value, if known. The interval is that between the two points."""
        last = self.numbers.last(info.id)
        decreased = last is not None and value < last.value
        current = Point(point.start_time_unix_nano, point.time_unix_nano, value)
        before, counts = self.numbers.step(info.id, current, decreased=decreased)
        if counts:
            interval_start = before.time if before else point.start_time_unix_nano
            seconds = round((point.time_unix_nano - interval_start) / _SECOND) if interval_start else 0
            known = info._replace(interval=min(max(seconds, 0), 86_400))
            self._add(known, point, value - before.value if before else value)

    def _histogram(
        self, origin: _Origin, metric: pb.Metric, data: pb.Histogram, point: pb.HistogramDataPoint
    ) -> None:
        bounds, counts = tuple(point.explicit_bounds), list(point.bucket_counts)
        if len(counts) not in (0, len(bounds) + 1) or len(counts) > MAX_BINS:
            raise ItemError(f"{len(counts)} bucket counts for {len(bounds)} bounds")
        if list(bounds) != sorted(set(bounds)) or not all(map(math.isfinite, bounds)):
            raise ItemError("the bounds do not ascend")
        state = _Histogram(point.count, point.sum, dict(enumerate(counts)), {}, bounds=bounds)
        info = self._info(origin, metric, point, "distribution")
        found = self._difference(info, point, state, data.aggregation_temporality)
        if found is not None:
            buckets = histogram_sketch.explicit_buckets(
                bounds, [found.buckets.get(n, 0) for n in range(len(counts))]
            )
            self._distribution(info, point, buckets, found, data.aggregation_temporality)

    def _exponential(
        self,
        origin: _Origin,
        metric: pb.Metric,
        data: pb.ExponentialHistogram,
        point: pb.ExponentialHistogramDataPoint,
    ) -> None:
        if not -20 <= point.scale <= 30:
            raise ItemError(f"the scale is {point.scale}")
        if len(point.positive.bucket_counts) + len(point.negative.bucket_counts) > MAX_BINS:
            raise ItemError(f"more than {MAX_BINS:,} buckets")
        positive = dict(enumerate(point.positive.bucket_counts, point.positive.offset))
        negative = dict(enumerate(point.negative.bucket_counts, point.negative.offset))
        state = _Histogram(point.count, point.sum, positive, negative, point.zero_count, point.scale)
        info = self._info(origin, metric, point, "distribution")
        found = self._difference(info, point, state, data.aggregation_temporality)
        if found is not None:
            buckets = histogram_sketch.exponential_buckets(
                found.scale, found.zero, found.buckets, found.negative
            )
            self._distribution(info, point, buckets, found, data.aggregation_temporality)

    def _difference(
        self, info: SeriesInfo, point: Any, state: _Histogram, temporality: int
    ) -> _Histogram | None:
        """Delta since the last point; None if unknown."""
        if temporality == DELTA:
            return state
        last = self.histograms.last(info.id)
        decreased = last is not None and (state.count < last.value.count or state.bounds != last.value.bounds)
        current = Point(point.start_time_unix_nano, point.time_unix_nano, state)
        before, counts = self.histograms.step(info.id, current, decreased=decreased)
        if not counts:
            return None
        return state if before is None else _subtract(state, before.value)

    def _distribution(
        self, info: SeriesInfo, point: Any, buckets: Any, found: _Histogram, temporality: int
    ) -> None:
        exact = temporality == DELTA  # a cumulative histogram's are over its whole lifetime
        totals = Totals(
            found.count,
            found.sum if point.HasField("sum") else None,
            point.min if exact and point.HasField("min") else None,
            point.max if exact and point.HasField("max") else None,
        )
        made = histogram_sketch.of_buckets(buckets, totals)
        if made.count and not exact and point.HasField("min") and point.HasField("max"):
            made = histogram_sketch.clamped(made, point.min, point.max)
        if made.count:
            self.sketches.add(info, [(point.time_unix_nano // _SECOND, made)])

    def _summary(self, origin: _Origin, metric: pb.Metric, _: pb.Summary, point: pb.SummaryDataPoint) -> None:
        check_count(len(point.quantile_values), 1000, "quantiles of a summary")
        self._growth(self._info(origin, metric, point, "count", ".count"), point, float(point.count))
        if math.isfinite(point.sum):
            self._growth(self._info(origin, metric, point, "count", ".sum"), point, point.sum)
        for one in point.quantile_values:
            if math.isfinite(one.value):
                tag = f"quantile:{one.quantile:g}"
                self._add(self._info(origin, metric, point, "gauge", ".quantile", tag), point, one.value)


def _number(point: pb.NumberDataPoint) -> float:
    match point.WhichOneof("value"):
        case "as_int":
            return float(point.as_int)
        case "as_double":
            return point.as_double
    return math.nan


def _subtract(now: _Histogram, before: _Histogram) -> _Histogram:
    """Buckets of ``now`` minus ``before``, at the lower of both scales."""
    scale = min(now.scale, before.scale)

    def less(mine: Mapping[int, int], theirs: Mapping[int, int]) -> dict[int, int]:
        high = histogram_sketch.downscaled(mine, now.scale - scale)
        low = histogram_sketch.downscaled(theirs, before.scale - scale)
        return {
            index: count - low.get(index, 0) for index, count in high.items() if count > low.get(index, 0)
        }

    return _Histogram(
        now.count - before.count,
        now.sum - before.sum,
        less(now.buckets, before.buckets),
        less(now.negative, before.negative),
        max(now.zero - before.zero, 0),
        scale,
        now.bounds,
    )
