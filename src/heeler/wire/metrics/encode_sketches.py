"""Encoder of the Agent's distribution sketches as protobuf of ``POST /api/beta/sketches``.

Bins have keys ``round_half_even(ln v / ln gamma) + 1338`` with gamma = 1 + 2/128; the source of the constants
is the Agent's public quantile package. A bin of more than 65,535 values is written as several bins of the
same key.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from heeler.wire.protobuf_writer import blob, double, integer, packed, text, zigzag

GAMMA = 1.015625
BIAS = 1338
BIN_LIMIT = 4096
_LN_GAMMA = math.log(GAMMA)
_SMALLEST = GAMMA**-1337
_MAX_KEY = 32767
_MAX_IN_BIN = 65535
_MAX_BYTES = 2 * 2**20


def bin_key(value: float) -> int:
    if value < 0:
        return -bin_key(-value)
    if value < _SMALLEST:
        return 0
    if math.isinf(value):
        return _MAX_KEY
    return min(max(round(math.log(value) / _LN_GAMMA) + BIAS, 1), _MAX_KEY)


def bin_value(key: int) -> float:
    if key == 0:
        return 0.0
    size = GAMMA ** (abs(key) - BIAS) if abs(key) < _MAX_KEY else math.inf
    return math.copysign(size, key)


@dataclass
class Sketch:
    """Counts by bin key, with exact count, sum, minimum and maximum."""

    count: int = 0
    total: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    bins: dict[int, int] = field(default_factory=dict)

    def add(self, value: float, count: int = 1) -> None:
        key = bin_key(value)
        self.bins[key] = self.bins.get(key, 0) + count
        self.count += count
        self.total += value * count
        self.lowest = min(self.lowest, value)
        self.highest = max(self.highest, value)
        if len(self.bins) > BIN_LIMIT:
            self._collapse()

    def add_range(self, lower: float, upper: float, count: int) -> None:
        """Spread ``count`` values evenly from ``lower`` to ``upper`` (a histogram bucket).

        All are placed at ``lower`` if ``upper`` is infinite, and at ``upper`` if ``lower`` is.
        """
        if math.isinf(upper) or math.isinf(lower) or lower == upper:
            self.add(upper if math.isinf(lower) else lower, count)
            return
        first, last = bin_key(lower), bin_key(upper)
        given = 0
        for key in range(first, last + 1):
            edge = min(bin_value(key) * (math.sqrt(GAMMA) if key > 0 else 1.0), upper)
            share = 1.0 if key == last else max((edge - lower) / (upper - lower), 0.0)
            due = round(count * share) - given
            if due > 0:
                self.add(min(max(bin_value(key), lower), upper), due)
                given += due

    def _collapse(self) -> None:
        """Merge bins above the limit, lowest first, into the lowest remaining one."""
        keys = sorted(self.bins)
        surplus, lowest = keys[:-BIN_LIMIT], keys[-BIN_LIMIT]
        for key in surplus:
            self.bins[lowest] += self.bins.pop(key)


@dataclass(frozen=True)
class SketchSeries:
    """A distribution's sketches by timestamp (epoch seconds)."""

    metric: str
    points: tuple[tuple[int, Sketch], ...]
    tags: tuple[str, ...] = ()
    host: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "metric": self.metric,
            "tags": list(self.tags),
            "host": self.host,
            "points": [
                {
                    "ts": timestamp,
                    "cnt": sketch.count,
                    "min": sketch.lowest,
                    "max": sketch.highest,
                    "sum": sketch.total,
                    "avg": sketch.total / sketch.count if sketch.count else 0.0,
                }
                for timestamp, sketch in self.points
            ],
        }


def encode_sketch_payloads(many: Iterable[SketchSeries], max_bytes: int = _MAX_BYTES) -> Iterator[bytes]:
    """SketchPayloads of limited size, each ended by the empty metadata that the Agent sends."""
    parts: list[bytes] = []
    size = 0
    for series in many:
        part = blob(1, _encode(series))
        if parts and size + len(part) > max_bytes:
            yield b"".join(parts) + blob(2, b"")
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        yield b"".join(parts) + blob(2, b"")


def _encode(series: SketchSeries) -> bytes:
    tags = b"".join(blob(4, tag.encode(errors="replace")) for tag in series.tags)
    points = b"".join(blob(7, _encode_point(timestamp, sketch)) for timestamp, sketch in series.points)
    return text(1, series.metric) + text(2, series.host) + tags + points


def _encode_point(timestamp: int, sketch: Sketch) -> bytes:
    keys: list[int] = []
    counts: list[int] = []
    for key in sorted(sketch.bins):
        left = sketch.bins[key]
        while left > 0:
            keys.append(key)
            counts.append(min(left, _MAX_IN_BIN))
            left -= _MAX_IN_BIN
    return (
        integer(1, timestamp)
        + integer(2, sketch.count)
        + double(3, sketch.lowest)
        + double(4, sketch.highest)
        + double(5, sketch.total / sketch.count)
        + double(6, sketch.total)
        + packed(7, map(zigzag, keys))
        + packed(8, counts)
    )
