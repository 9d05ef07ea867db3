"""Encoder of series as protobuf of ``POST /api/v2/series`` (MetricPayload of the public agent-payload
definitions)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heeler.wire.protobuf_writer import blob, double, integer, text

_TYPES = {"count": 1, "rate": 2, "gauge": 3}
MAX_BYTES = 2 * 2**20
MAX_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one metric and context.

    ``type`` is ``gauge``, ``rate`` (per second, computed over ``interval`` seconds) or ``count``. ``points``
    are (epoch seconds, value). An empty ``host`` means that the series belongs to no host.
    """

    metric: str
    points: tuple[tuple[int, float], ...]
    tags: tuple[str, ...] = ()
    host: str = ""
    type: str = "gauge"
    interval: int = 0
    source_type_name: str = ""
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        """The series in the format of ``agent check`` (that of the v1 endpoint)."""
        shown: dict[str, Any] = {
            "metric": self.metric,
            "points": [[timestamp, value] for timestamp, value in self.points],
            "tags": list(self.tags),
            "host": self.host,
            "type": self.type,
            "interval": self.interval,
            "source_type_name": self.source_type_name,
        }
        return {**shown, "unit": self.unit} if self.unit else shown


def encode_series(series: Series) -> bytes:
    """Encode one MetricSeries. A ``device:`` tag becomes a resource, as in the Agent."""
    device = next((tag[7:] for tag in series.tags if tag.startswith("device:")), "")
    parts = [blob(1, text(1, "host") + text(2, series.host))]
    if device:
        parts.append(blob(1, text(1, "device") + text(2, device)))
    parts.append(text(2, series.metric))
    parts += [blob(3, tag.encode(errors="replace")) for tag in series.tags if not tag.startswith("device:")]
    parts += [blob(4, double(1, value) + integer(2, timestamp)) for timestamp, value in series.points]
    parts += (
        integer(5, _TYPES[series.type]),
        text(6, series.unit),
        text(7, series.source_type_name),
        integer(8, series.interval),
    )
    return b"".join(parts)


def encode_payloads(
    many: Iterable[Series], max_bytes: int = MAX_BYTES, max_points: int = MAX_POINTS
) -> Iterator[bytes]:
    """Encode MetricPayloads, each within the size limits of the intake (a single series is never split)."""
    parts: list[bytes] = []
    size = points = 0
    for series in many:
        part = blob(1, encode_series(series))
        if parts and (size + len(part) > max_bytes or points + len(series.points) > max_points):
            yield b"".join(parts)
            parts, size, points = [], 0, 0
        parts.append(part)
        size += len(part)
        points += len(series.points)
    if parts:
        yield b"".join(parts)
