"""Decoders of distributions: ``POST /api/v1/distribution_points`` (JSON samples) and ``POST
/api/beta/sketches`` (protobuf).

``SketchPayload{sketches 1*}``; ``Sketch{metric 1, host 2, tags 4*, dogsketches 7* {ts 1, cnt 2, min 3, max 4,
avg 5, sum 6, k 7 packed sint32, n 8 packed uint32}}``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import MAX_BINS, MAX_ITEMS, MAX_POINTS, bounded, check_count
from heeler.wire.json_codec import load_items
from heeler.wire.metrics import sketch
from heeler.wire.metrics.batch import Problems, Window, number, seconds
from heeler.wire.metrics.series import ItemError, PayloadError, SeriesInfo, describe, short
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.metrics.sketch import Sketch


@dataclass(slots=True)
class SketchBatch:
    """One sketch for each (slot, time) of a payload, and the series to write with them."""

    memo: SeriesMemo
    sketches: dict[tuple[int, int], Sketch]
    fresh: dict[int, SeriesInfo]
    problems: Problems


class SketchBuilder:
    """Collects sketches item by item: those of one series and second are merged."""

    def __init__(self, memo: SeriesMemo, window: Window) -> None:
        self.memo = memo
        self.window = window
        self.problems = Problems()
        self.fresh: dict[int, SeriesInfo] = {}
        self.parts: dict[tuple[int, int], list[Sketch]] = defaultdict(list)

    def add(self, info: SeriesInfo, points: list[tuple[int, Sketch]]) -> None:
        taken = [(time, one) for time, one in points if self._takes(info.metric, time, one)]
        if not taken:
            return
        slot = self.memo.slot(info)
        if self.memo.stale(slot, self.window.now):
            self.fresh[slot] = info
        for time, one in taken:
            self.parts[slot, time].append(one)

    def _takes(self, metric: str, time: int, one: Sketch) -> bool:
        if time > self.window.newest:
            self.problems.add(
                "future", f"{metric} at {time}: more than 10 minutes ahead (times are in seconds)"
            )
        elif time < self.window.oldest:
            self.problems.add("too_old", f"{metric} at {time}: before the retention window")
        elif not one.count or not all(map(math.isfinite, (one.sum, one.min, one.max))):
            self.problems.add("not_a_number", f"{metric} at {time}: no finite sample")
        else:
            return True
        return False

    def build(self) -> SketchBatch:
        merged = {place: sketch.merge(parts) for place, parts in self.parts.items()}
        for place in [place for place, one in merged.items() if not math.isfinite(one.sum)]:
            del merged[place]
            self.problems.add("not_a_number", f"at {place[1]}: the sum of the samples is too large")
        return SketchBatch(self.memo, merged, self.fresh, self.problems)


#: Fields of a payload that lead to the sketches of all series.
_DOGSKETCHES = (1, 7)


def decode_points(body: bytes, memo: SeriesMemo, window: Window) -> SketchBatch:
    """Sketches of a distribution_points body. Raises ``PayloadError`` if it is malformed."""
    builder, points = SketchBuilder(memo, window), 0
    for index, item in enumerate(bounded(load_items(body, "series"), MAX_ITEMS, "series")):
        given = item.get("points") if isinstance(item, dict) else None
        points += len(given) if isinstance(given, list) else 0
        check_count(points, MAX_ITEMS, "points")
        try:
            builder.add(*_read_points(item, builder.problems))
        except ItemError as error:
            name = f" ({short(item['metric'])})" if isinstance(item, dict) and "metric" in item else ""
            builder.problems.add(error.reason, f"series[{index}]{name}: {error}")
    return builder.build()


def _read_points(item: Any, problems: Problems) -> tuple[SeriesInfo, list[tuple[int, Sketch]]]:
    if not isinstance(item, dict):
        raise ItemError(f"expected an object, got {short(item)}")
    device = item.get("device")
    info = describe(
        item.get("metric"),
        item.get("host"),
        item.get("tags"),
        kind="distribution",
        interval=item.get("interval"),
        unit=item.get("unit"),
        source=item.get("source_type_name"),
        extra_tags=[f"device:{device}"] if isinstance(device, str) and device else (),
    )
    points = item.get("points")
    if not isinstance(points, list):
        raise ItemError(f"points: expected a list of [time, [values]], got {short(points)}")
    return info, [_samples(point, problems) for point in points]


def _samples(point: Any, problems: Problems) -> tuple[int, Sketch]:
    if not isinstance(point, list) or len(point) != 2:
        raise ItemError(f"points: expected [time, [values]], got {short(point)}")
    time, values = point
    if isinstance(values, list):
        check_count(len(values), MAX_POINTS, "samples")
    numbers = [number("points", value) for value in (values if isinstance(values, list) else [values])]
    finite = [value for value in numbers if math.isfinite(value)]
    if 0 < len(finite) < len(numbers):
        lost = len(numbers) - len(finite)
        problems.add("not_a_number", f"{lost} sample(s) dropped: NaN or infinite", lost)
    return seconds(time), sketch.of_values(finite)


def decode_sketches(body: bytes, memo: SeriesMemo, window: Window) -> SketchBatch:
    """Sketches of the Agent's ``SketchPayload``. Raises ``PayloadError`` if it is malformed."""
    builder = SketchBuilder(memo, window)
    pb.count_messages(body, _DOGSKETCHES, MAX_ITEMS, "sketches")
    messages = (pb.message(value) for field, _, value in pb.fields(body) if field == 1)
    for index, message in enumerate(bounded(messages, MAX_ITEMS, "sketches")):
        try:
            builder.add(*_read_sketch(message))
        except (ItemError, PayloadError) as error:
            builder.problems.add(error.reason, f"sketches[{index}]: {error}")
    return builder.build()


def _read_sketch(message: bytes) -> tuple[SeriesInfo, list[tuple[int, Sketch]]]:
    found: dict[int, str] = {}
    tags: list[str] = []
    points: list[tuple[int, Sketch]] = []
    for field, _, value in pb.fields(message):
        if field in (1, 2):
            found[field] = pb.text(value)
        elif field == 4:
            tags.append(pb.text(value))
        elif field == 7:
            points.append(_dogsketch(pb.message(value)))
    return describe(found.get(1), found.get(2), tags, kind="distribution"), points


def _dogsketch(message: bytes) -> tuple[int, Sketch]:
    ints: dict[int, int] = {}
    reals: dict[int, float] = {}
    keys: list[int] = []
    counts: list[int] = []
    for field, wire_type, value in pb.fields(message):
        if field in (1, 2):
            ints[field] = pb.signed(value)
        elif field in (3, 4, 5, 6):
            reals[field] = pb.double(value)
        elif field == 7:
            keys += [pb.zigzag(one) for one in pb.packed(wire_type, value)]
        elif field == 8:
            counts += [min(max(one, 0), 2**32 - 1) for one in pb.packed(wire_type, value)]
        if max(len(keys), len(counts)) > MAX_BINS:
            raise ItemError(f"dogsketches: more than {MAX_BINS:,} bins")
    if len(keys) != len(counts):
        raise ItemError(f"dogsketches: {len(keys)} keys, but {len(counts)} counts")
    return ints.get(1, 0), sketch.of_bins(
        keys,
        counts,
        count=max(ints.get(2, 0), 0),
        total=reals.get(6, 0.0),
        low=reals.get(3, 0.0),
        high=reals.get(4, 0.0),
    )
