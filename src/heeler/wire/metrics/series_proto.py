"""Decoder of points as protobuf: the Agent's ``MetricPayload`` (``POST /api/v2/series``).

``MetricPayload{series 1*}``; ``MetricSeries{resources 1* {type 1, name 2}, metric 2, tags 3*, points 4*
{value 1 double, timestamp 2 int64}, type 5, unit 6, source_type_name 7, interval 8}``.
"""

from __future__ import annotations

from typing import Any

from heeler.wire import protobuf as pb
from heeler.wire.body_limits import MAX_ITEMS, bounded
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window
from heeler.wire.metrics.series import TYPES, ItemError, PayloadError, SeriesInfo, describe
from heeler.wire.metrics.series_json import resources
from heeler.wire.metrics.series_registry import SeriesMemo
from heeler.wire.short_text_cache import short_text_cache

Points = list[tuple[int, float]]


def decode(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a protobuf body. Raises ``PayloadError`` if its outermost message is malformed."""
    builder = PointBuilder(memo, window)
    messages = (pb.message(value) for number, _, value in pb.fields(body) if number == 1)
    for index, message in enumerate(bounded(messages, MAX_ITEMS, "series")):
        try:
            builder.add(*read_series(message))
        except (ItemError, PayloadError) as error:
            builder.problems.add(error.reason, f"series[{index}]: {error}")
    return builder.build()


def read_series(message: bytes) -> tuple[SeriesInfo, Points]:
    """Decode one ``MetricSeries``. Raises ``ItemError`` or ``PayloadError``."""
    info, points = read_info(message)
    return info, [_point(point) for point in points]


def read_info(message: bytes) -> tuple[SeriesInfo, list[bytes]]:
    """Decode one ``MetricSeries`` with its points as undecoded messages. Raises like :func:`read_series`."""
    found: dict[int, Any] = {}
    tags: list[str] = []
    places: list[tuple[str, str]] = []
    points: list[bytes] = []
    for number, _, value in pb.fields(message):
        if number == 1:
            places.append(_resource(pb.message(value)))
        elif number == 3:
            tags.append(pb.text(value))
        elif number == 4:
            points.append(pb.message(value))
        elif number in (5, 8):
            found[number] = pb.signed(value)
        elif number in (2, 6, 7):
            found[number] = pb.text(value)
    kind = found.get(5, 0)
    if kind not in TYPES:
        raise ItemError(f"type: expected 0 unspecified, 1 count, 2 rate or 3 gauge, got {kind}")
    host, extra = resources(places)
    info = describe(
        found.get(2),
        host,
        tags,
        kind=TYPES[kind],
        interval=found.get(8, 0),
        unit=found.get(6, ""),
        source=found.get(7, ""),
        extra_tags=extra,
    )
    return info, points


@short_text_cache(1024, longest=256)  # the same host for all series of a body
def _resource(message: bytes) -> tuple[str, str]:
    kind = name = ""
    for number, _, value in pb.fields(message):
        if number == 1:
            kind = pb.text(value)
        elif number == 2:
            name = pb.text(value)
    return kind, name


def _point(message: bytes) -> tuple[int, float]:
    time, value = 0, 0.0
    for number, wire_type, raw in pb.fields(message):
        if number == 1 and wire_type == 1:
            value = pb.double(raw)
        elif number == 2:
            time = pb.signed(raw)
    return time, value
