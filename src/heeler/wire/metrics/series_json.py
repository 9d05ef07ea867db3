"""Decoders of points as JSON: ``POST /api/v1/series`` and ``POST /api/v2/series``.

v1: ``{"series": [{"metric", "points": [[time, value], ...], "tags", "host", "device", "type",
"interval"}]}``. v2: ``{"series": [{"metric", "type": 0..3, "points": [{"timestamp", "value"}], "tags",
"resources", ...}]}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from heeler.wire.body_limits import MAX_ITEMS, bounded
from heeler.wire.json_codec import load_items
from heeler.wire.metrics.batch import PointBatch, PointBuilder, Window, number, seconds
from heeler.wire.metrics.series import TYPES, ItemError, SeriesInfo, describe, short
from heeler.wire.metrics.series_registry import SeriesMemo

Points = list[tuple[int, float]]
Reader = Callable[[dict[str, Any]], tuple[SeriesInfo, Points]]
_NUMBERS = {int, float}
_WIDEST = 2**62
_V1_TYPES = {"": "gauge", "gauge": "gauge", "rate": "rate", "count": "count", "counter": "count"}


def decode_v1(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a v1 body. Raises ``PayloadError`` if it is malformed."""
    builder = PointBuilder(memo, window)
    for index, item in enumerate(bounded(load_items(body, "series"), MAX_ITEMS, "series")):
        identity = _identity(item)
        slot = memo.known(identity, window.now)
        if slot < 0 or not _add_plain_points(builder, slot, item.get("points")):
            slot = _add_item(builder, index, item, lambda item: v1_series(item, window.now))
            if slot >= 0 and identity:
                memo.remember(identity, slot)
    return builder.build()


def _identity(item: Any) -> int:
    """Keyed hash of all fields that identify the series, as sent; 0 if they need full validation."""
    try:
        get = item.get
        tags = get("tags") or []
        if type(tags) is not list:
            return 0
        return hash(
            (
                item["metric"],
                get("host"),
                get("device"),
                get("type"),
                get("interval"),
                get("unit"),
                get("source_type_name"),
                "\0".join(tags),
            )
        )
    except (TypeError, KeyError, AttributeError):
        return 0


def _add_plain_points(builder: PointBuilder, slot: int, points: Any) -> bool:
    """Add points that are all pairs of an integer and a float, as Agents send them; False if they are not."""
    try:
        times = [time for time, _ in points]
        values = [value for _, value in points]
    except (TypeError, ValueError):
        return False
    if set(map(type, times)) != {int} or not set(map(type, values)) <= _NUMBERS:
        return False
    if not -_WIDEST < min(times) <= max(times) < _WIDEST:
        return False
    try:
        values = list(map(float, values))
    except OverflowError:
        return False
    builder.extend(slot, times, values)
    return True


def decode_v2(body: bytes, memo: SeriesMemo, window: Window) -> PointBatch:
    """Columns of a v2 JSON body. Raises ``PayloadError`` if it is malformed."""
    return _decode(body, memo, window, v2_series)


def _decode(body: bytes, memo: SeriesMemo, window: Window, read: Reader) -> PointBatch:
    builder = PointBuilder(memo, window)
    for index, item in enumerate(bounded(load_items(body, "series"), MAX_ITEMS, "series")):
        _add_item(builder, index, item, read)
    return builder.build()


def _add_item(builder: PointBuilder, index: int, item: Any, read: Reader) -> int:
    """Add one item; returns its slot, or -1. Errors are added to the problems."""
    try:
        return builder.add(*read(_object(item)))
    except ItemError as error:
        name = f" ({short(item['metric'])})" if isinstance(item, dict) and "metric" in item else ""
        builder.problems.add(error.reason, f"series[{index}]{name}: {error}")
        return -1


def v1_series(item: dict[str, Any], now: int) -> tuple[SeriesInfo, Points]:
    """Decode one v1 item. A bare number as ``points``, or a list of numbers, has the time ``now``."""
    kind = item.get("type") or ""
    if not isinstance(kind, str) or kind.lower() not in _V1_TYPES:
        raise ItemError(f"type: expected gauge, rate or count, got {short(kind)}")
    device = item.get("device")
    info = describe(
        item.get("metric"),
        item.get("host"),
        item.get("tags"),
        kind=_V1_TYPES[kind.lower()],
        interval=item.get("interval"),
        unit=item.get("unit"),
        source=item.get("source_type_name"),
        extra_tags=[f"device:{device}"] if isinstance(device, str) and device else (),
    )
    points = item.get("points")
    if not isinstance(points, list):
        return info, [(now, number("points", points))]
    return info, [_v1_point(point, now) for point in points]


def _v1_point(point: Any, now: int) -> tuple[int, float]:
    if isinstance(point, list):
        if len(point) != 2:
            raise ItemError(f"points: expected [time, value], got {short(point)}")
        value = point[1]
        # Old clients wrap a single value in a list.
        return seconds(point[0]), number(
            "points", value[0] if isinstance(value, list) and len(value) == 1 else value
        )
    return now, number("points", point)


def v2_series(item: dict[str, Any]) -> tuple[SeriesInfo, Points]:
    """Decode one v2 item. The resource ``host`` is the host, other resources become tags."""
    kind = item.get("type") or 0
    if not isinstance(kind, int) or kind not in TYPES:
        raise ItemError(f"type: expected 0 unspecified, 1 count, 2 rate or 3 gauge, got {short(kind)}")
    host, extra = resources(
        [(_object(one).get("type"), _object(one).get("name")) for one in _list(item, "resources")]
    )
    info = describe(
        item.get("metric"),
        host,
        item.get("tags"),
        kind=TYPES[kind],
        interval=item.get("interval"),
        unit=item.get("unit"),
        source=item.get("source_type_name"),
        extra_tags=extra,
    )
    return info, [_v2_point(_object(point)) for point in _list(item, "points")]


def resources(pairs: list[tuple[Any, Any]]) -> tuple[str, list[str]]:
    """Host and extra tags of v2 resources, given as (type, name)."""
    host, extra = "", []
    for kind, name in pairs:
        if not isinstance(kind, str) or not isinstance(name, str):
            raise ItemError(f"resources: expected type and name as text, got {short((kind, name))}")
        if kind == "host":
            host = name
        elif kind and name:
            extra.append(f"{kind}:{name}")
    return host, extra


def _v2_point(point: dict[str, Any]) -> tuple[int, float]:
    if "timestamp" not in point or "value" not in point:
        raise ItemError(f"points: expected timestamp and value, got {short(point)}")
    return seconds(point["timestamp"]), number("value", point["value"])


def _list(item: dict[str, Any], key: str) -> list[Any]:
    value = item.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ItemError(f"{key}: expected a list, got {short(value)}")
    return value


def _object(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ItemError(f"expected an object, got {short(item)}")
    return item
