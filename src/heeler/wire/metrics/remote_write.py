"""Decoder of Prometheus remote write 1.0: ``POST /api/v1/write``, protobuf in a snappy block.

``WriteRequest{timeseries 1*{labels 1*{name 1, value 2}, samples 2*{value 1 double, timestamp 2 int64
milliseconds}, exemplars 3*, histograms 4*}, metadata 3*{type 1, metric_family_name 2}}``
(https://prometheus.io/docs/specs/prw/remote_write_spec/).

Labels become tags. A counter is stored as a count of its increase; a metric is a counter by its metadata,
which Prometheus sends periodically, else by its name. Samples have no start time, so the first one of a
counter only initializes its state.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import (
    MAX_CUMULATIVE_SERIES,
    MAX_ITEMS,
    MAX_POINTS,
    MAX_TAGS,
    bounded,
    check_count,
)
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window
from heeler.wire.metrics.cumulative import Cumulative, Pass, Point
from heeler.wire.metrics.series import ItemError, PayloadError, SeriesInfo, describe
from heeler.wire.metrics.series_registry import SeriesMemo

_SECOND, _MILLISECOND = 1_000_000_000, 1_000_000
_COUNTER_ENDS = ("_total", "_count", "_sum", "_bucket")
#: Metadata types: 1 counter, 2 gauge, 3 histogram, 5 summary; series of the latter two are identified by
#: their names.
_COUNTER, _GAUGE = 1, 2
_HOST_LABELS = ("host", "hostname", "node")
_MAX_FAMILIES = 100_000


class WriteState:
    """Receiver's state: last values of counters, types of metric families, which series are counters."""

    def __init__(self, started_ns: int = 0) -> None:
        self.counters: Cumulative[float] = Cumulative(started_ns)
        self._families: dict[str, int] = {}
        self._kinds: dict[int, bool] = {}

    def learn(self, family: str, kind: int) -> None:
        """Record the type of a metric family from metadata."""
        if self._families.get(family) != kind and len(self._families) < _MAX_FAMILIES:
            self._families[family] = kind
            self._kinds.clear()

    def is_counter(self, name: str) -> bool:
        known = self._families.get(name)
        if known in (_COUNTER, _GAUGE):
            return known == _COUNTER
        return name.endswith(_COUNTER_ENDS)

    def kind(self, identity: int) -> bool | None:
        """Whether the series with these labels is a counter; None if it has to be determined."""
        return self._kinds.get(identity)

    def remember(self, identity: int, counter: bool) -> None:
        if len(self._kinds) >= 2 * MAX_CUMULATIVE_SERIES:
            self._kinds.clear()
        self._kinds[identity] = counter


@dataclass(slots=True)
class Written:
    """Points of a request, the resulting changes of counter state, and native histograms, which are not
    stored.
    """

    points: PointBatch
    counters: dict[int, Point[float]]
    histograms: int = 0


def decode(body: bytes, memo: SeriesMemo, window: Window, state: WriteState) -> Written:
    """Decode the samples of a request. Raises ``PayloadError`` if it is malformed, and ``LimitExceeded``."""
    reader = _Reader(memo, window, state)
    series = []
    for number, _, value in bounded(pb.fields(body), 2 * MAX_ITEMS, "series and metadata"):
        if number == 1:
            series.append(pb.message(value))
        elif number == 3:
            _metadata(pb.message(value), state)
    for index, message in enumerate(bounded(series, MAX_ITEMS, "series")):
        try:
            reader.read(message)
        except (ItemError, PayloadError) as error:
            reader.points.problems.add(error.reason, f"timeseries[{index}]: {error}")
    return Written(reader.points.build(), reader.counters.changes, reader.histograms)


def _metadata(message: bytes, state: WriteState) -> None:
    kind, family = 0, ""
    for number, _, value in pb.fields(message):
        if number == 1:
            kind = pb.signed(value)
        elif number == 2:
            family = pb.text(value)
    if family:
        state.learn(family[:1000], kind)


@dataclass(slots=True)
class _Reader:
    memo: SeriesMemo
    window: Window
    state: WriteState
    histograms: int = 0
    points: PointBuilder = field(init=False)
    counters: Pass[float] = field(init=False)

    def __post_init__(self) -> None:
        self.points = PointBuilder(self.memo, self.window)
        self.counters = self.state.counters.begin()

    def read(self, message: bytes) -> None:
        labels, samples = [], []
        for number, _, value in pb.fields(message):
            if number == 1:
                labels.append(pb.message(value))
            elif number == 2:
                samples.append(_sample(pb.message(value)))
            elif number == 4:
                self.histograms += 1
        check_count(len(samples), MAX_POINTS, "samples of a series")
        values = [
            (time, value) for time, value in samples if not math.isnan(value)
        ]  # NaN marks a series as stale
        if not values:
            return
        slot, counter = self._series(labels)
        if counter:
            values = self._growth(int(self.memo.ids[slot]), values)
        self.points.extend(slot, [time // 1000 for time, _ in values], [value for _, value in values])

    def _series(self, labels: Sequence[bytes]) -> tuple[int, bool]:
        """Slot of the series, and whether it is a counter."""
        identity = hash(tuple(labels))
        slot, counter = self.memo.known(identity, self.window.now), self.state.kind(identity)
        if slot >= 0 and counter is not None:
            return slot, counter
        check_count(len(labels), MAX_TAGS, "labels of a series")
        info, counter = _describe(labels, self.state)
        slot = self.points.add_series(info)
        self.memo.remember(identity, slot)
        self.state.remember(identity, counter)
        return slot, counter

    def _growth(self, key: int, samples: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
        """Increase of a counter with each sample, if known."""
        grown = []
        for time, value in sorted(samples):
            last = self.counters.last(key)
            decreased = last is not None and value < last.value
            before, counts = self.counters.step(
                key, Point(0, time * _MILLISECOND, value), decreased=decreased
            )
            if counts:
                grown.append((time, value - before.value if before else value))
        return grown


def _sample(message: bytes) -> tuple[int, float]:
    """Milliseconds and value."""
    time, value = 0, 0.0
    for number, wire_type, raw in pb.fields(message):
        if number == 1 and wire_type == 1:
            value = pb.double(raw)
        elif number == 2:
            time = pb.signed(raw)
    return time, value


def _describe(labels: Sequence[bytes], state: WriteState) -> tuple[SeriesInfo, bool]:
    found = dict(_label(label) for label in labels)
    name = found.pop("__name__", "")
    counter = state.is_counter(name)
    info = describe(
        name,
        _host(found),
        [f"{key}:{value}" for key, value in found.items() if value and not key.startswith("__")],
        kind="count" if counter else "gauge",
        source="prometheus",
    )
    return info, counter


def _label(message: bytes) -> tuple[str, str]:
    name = value = ""
    for number, _, raw in pb.fields(message):
        if number == 1:
            name = pb.text(raw)
        elif number == 2:
            value = pb.text(raw)
    return name, value


def _host(labels: dict[str, str]) -> str:
    """Host of a series: from a host label, else from its instance if that is a name."""
    for key in _HOST_LABELS:
        if labels.get(key):
            return labels[key]
    name = labels.get("instance", "").rpartition(":")[0] or labels.get("instance", "")
    return (
        name if any(letter.isalpha() for letter in name) and ":" not in name and name != "localhost" else ""
    )
