"""OpenTelemetry metrics as points and distributions, in protobuf, against what the data points mean."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from heeler.wire.body_limits import LimitExceeded
from heeler.wire.metrics import histogram_sketch, otlp, sketch
from heeler.wire.metrics.batch import Window
from heeler.wire.metrics.histogram_sketch import Totals
from heeler.wire.metrics.otlp import Decoded, Histories
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.proto import otlp_pb2 as pb

NOW = 1_800_000_000
NS = 1_000_000_000
WINDOW = Window(NOW, NOW - 86_400)
BEGUN = NOW - 100


def attributes(**values: str) -> list[pb.KeyValue]:
    return [
        pb.KeyValue(key=key.replace("__", "."), value=pb.AnyValue(string_value=value))
        for key, value in values.items()
    ]


def request(*metrics: pb.Metric) -> bytes:
    resource = pb.Resource(attributes=attributes(service__name="shop", host__name="web-1"))
    scope = pb.ScopeMetrics(scope=pb.InstrumentationScope(name="lib"), metrics=metrics)
    group = pb.ResourceMetrics(resource=resource, scope_metrics=[scope])
    return bytes(pb.MetricsRequest(resource_metrics=[group]).SerializeToString())


class Receiver:
    """Decodes request after request, as a server does whose writes succeed unless told otherwise."""

    def __init__(self, started: int = BEGUN) -> None:
        self.memo = SeriesMemo()
        self.histories = Histories(started * NS)

    def take(self, *metrics: pb.Metric, stored: bool = True) -> Decoded:
        found = otlp.decode(request(*metrics), self.memo, WINDOW, self.histories, json=False)
        if stored:
            self.histories.commit(found, NOW * NS)
        return found

    def points(self, *metrics: pb.Metric, stored: bool = True) -> list[tuple[str, int, float]]:
        batch = self.take(*metrics, stored=stored).points
        names = [self.memo.names[int(self.memo.metrics[slot])] for slot in batch.slots]
        return list(zip(names, batch.times.tolist(), batch.values.tolist(), strict=True))


def number(at: int, value: float, start: int = NOW - 50, **more: Any) -> pb.NumberDataPoint:
    return pb.NumberDataPoint(
        time_unix_nano=at * NS, start_time_unix_nano=start * NS, as_double=value,
        attributes=attributes(code="200"), **more,
    )  # fmt: skip


def total(at: int, value: float, *, monotonic: bool = True, temporality: int = 2, **more: Any) -> pb.Metric:
    data = pb.Sum(
        data_points=[number(at, value, **more)], aggregation_temporality=temporality, is_monotonic=monotonic
    )
    return pb.Metric(name="requests", unit="By", sum=data)


def test_gauges_and_sums_keep_their_meaning() -> None:
    receiver = Receiver()
    gauge = pb.Metric(name="temp", gauge=pb.Gauge(data_points=[number(NOW, 1.5)]))
    assert receiver.points(gauge) == [("temp", NOW, 1.5)]
    assert receiver.points(total(NOW, 3.0, temporality=1)) == [("requests", NOW, 3.0)]
    found = receiver.take(total(NOW, 7.0, monotonic=False))
    (info,) = found.points.fresh.values()
    assert (info.type, info.unit, info.host) == ("gauge", "byte", "web-1")
    assert info.tags == ("code:200", "instrumentation_scope:lib", "service:shop")
    (info,) = receiver.take(total(NOW, 3.0, temporality=1)).points.fresh.values()
    assert (info.type, info.interval) == ("count", 50)


def test_cumulative_counters_give_what_they_grew_by() -> None:
    receiver = Receiver()
    values = [(NOW - 40, 5.0), (NOW - 30, 8.0), (NOW - 30, 9.0), (NOW - 20, 8.0), (NOW - 10, 2.0)]
    found = [receiver.points(total(at, value)) for at, value in values]
    assert [[value for _, _, value in one] for one in found] == [[5.0], [3.0], [], [0.0], [2.0]]


def test_the_first_value_of_a_counter_older_than_the_server_is_not_growth() -> None:
    receiver = Receiver(started=NOW - 45)
    assert receiver.points(total(NOW - 40, 500.0)) == []
    assert receiver.points(total(NOW - 30, 501.0)) == [("requests", NOW - 30, 1.0)]


def test_a_counter_that_began_anew_gives_all_of_its_value() -> None:
    receiver = Receiver()
    receiver.points(total(NOW - 40, 5.0))
    assert receiver.points(total(NOW - 10, 9.0, start=NOW - 20)) == [("requests", NOW - 10, 9.0)]


def test_a_request_that_was_not_stored_moves_no_counter() -> None:
    receiver = Receiver()
    receiver.points(total(NOW - 40, 5.0))
    assert receiver.points(total(NOW - 30, 8.0), stored=False) == [("requests", NOW - 30, 3.0)]
    assert receiver.points(total(NOW - 30, 8.0)) == [("requests", NOW - 30, 3.0)]
    assert receiver.points(total(NOW - 30, 8.0)) == []


def test_what_says_nothing_is_left_out_and_what_is_wrong_is_rejected() -> None:
    receiver = Receiver()
    nothing = pb.Metric(
        name="a", gauge=pb.Gauge(data_points=[number(NOW, math.nan), number(NOW, 1.0, flags=1)])
    )
    found = receiver.take(nothing)
    assert (len(found.points.values), found.rejected) == (0, 0)
    found = receiver.take(total(NOW, 1.0, temporality=0))
    assert (found.rejected, "temporality" in found.reason) == (1, True)
    found = receiver.take(pb.Metric(name="a", gauge=pb.Gauge(data_points=[number(NOW - 10**6, 1.0)])))
    assert (found.rejected, "before the retention window" in found.reason) == (1, True)


def histogram(at: int, counts: list[int], sum_: float, temporality: int = 1, **more: Any) -> pb.Metric:
    point = pb.HistogramDataPoint(
        time_unix_nano=at * NS, start_time_unix_nano=(NOW - 50) * NS, count=sum(counts), sum=sum_,
        explicit_bounds=[1, 2, 5], bucket_counts=counts, **more,
    )  # fmt: skip
    return pb.Metric(
        name="size", histogram=pb.Histogram(data_points=[point], aggregation_temporality=temporality)
    )


def test_histograms_are_distributions() -> None:
    (one,) = Receiver().take(histogram(NOW, [1, 2, 3, 4], 33.0, min=0.5, max=9.0)).sketches.sketches.values()
    assert (one.count, one.sum, one.min, one.max) == (10, 33.0, 0.5, 9.0)
    assert int(one.counts.sum()) == 10
    assert 1 < sketch.quantile(one, 0.2) < 2.05
    assert 2 < sketch.quantile(one, 0.5) < 5.1


def test_cumulative_histograms_are_differenced_by_bucket() -> None:
    receiver = Receiver(started=NOW - 45)
    assert receiver.take(histogram(NOW - 40, [5, 0, 0, 0], 5.0, 2)).sketches.sketches == {}
    (one,) = receiver.take(histogram(NOW - 30, [5, 2, 0, 0], 8.0, 2)).sketches.sketches.values()
    assert (one.count, one.sum) == (2, 3.0)
    assert 1 < one.min < one.max < 2


def exponential(at: int, scale: int, counts: list[int], temporality: int) -> pb.Metric:
    point = pb.ExponentialHistogramDataPoint(
        time_unix_nano=at * NS, start_time_unix_nano=(NOW - 50) * NS, count=sum(counts), sum=1.0, scale=scale,
        positive=pb.ExponentialBuckets(offset=0, bucket_counts=counts),
    )  # fmt: skip
    data = pb.ExponentialHistogram(data_points=[point], aggregation_temporality=temporality)
    return pb.Metric(name="latency", exponential_histogram=data)


def test_exponential_histograms_of_any_scale_are_differenced() -> None:
    receiver = Receiver(started=NOW - 45)
    assert receiver.take(exponential(NOW - 40, 1, [1, 1, 1, 1], 2)).sketches.sketches == {}
    (one,) = receiver.take(exponential(NOW - 30, 0, [2, 3], 2)).sketches.sketches.values()
    assert one.count == 1
    assert 2 < sketch.quantile(one, 0.5) < 4


def test_quantiles_of_exponential_histograms_are_right_to_one_percent() -> None:
    rng = np.random.default_rng(1)
    values = np.sort(rng.lognormal(2, 1, 50_000))
    scale = 6
    indices = np.ceil(np.log2(values) * 2**scale).astype(int) - 1
    low = int(indices.min())
    counts = np.bincount(indices - low).tolist()
    buckets = histogram_sketch.exponential_buckets(scale, 0, dict(enumerate(counts, low)), {})
    made = histogram_sketch.of_buckets(buckets, Totals(len(values), float(values.sum())))
    for q in (0.1, 0.5, 0.9, 0.99):
        assert sketch.quantile(made, q) == pytest.approx(float(np.quantile(values, q)), rel=0.02)


def test_summaries_are_two_counts_and_gauges() -> None:
    receiver = Receiver()
    point = pb.SummaryDataPoint(
        time_unix_nano=NOW * NS, start_time_unix_nano=(NOW - 50) * NS, count=4, sum=10.0,
        quantile_values=[pb.ValueAtQuantile(quantile=0.99, value=7.0)],
    )  # fmt: skip
    metric = pb.Metric(name="old", summary=pb.Summary(data_points=[point]))
    assert sorted(receiver.points(metric)) == [
        ("old.count", NOW, 4.0), ("old.quantile", NOW, 7.0), ("old.sum", NOW, 10.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "point",
    [
        pb.HistogramDataPoint(count=1, explicit_bounds=[1], bucket_counts=[1]),
        pb.HistogramDataPoint(count=1, explicit_bounds=[2, 1], bucket_counts=[1, 0, 0]),
        pb.HistogramDataPoint(count=1, explicit_bounds=[math.nan], bucket_counts=[1, 0]),
    ],
)
def test_impossible_histograms_are_rejected(point: pb.HistogramDataPoint) -> None:
    data = pb.Histogram(data_points=[point], aggregation_temporality=1)
    assert Receiver().take(pb.Metric(name="a", histogram=data)).rejected == 1


def test_too_many_data_points_are_refused() -> None:
    data = pb.Gauge(data_points=[pb.NumberDataPoint()] * 100_001)
    with pytest.raises(LimitExceeded):
        Receiver().take(pb.Metric(name="a", gauge=data))
