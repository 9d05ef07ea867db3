"""Puts series, points and sketches into an engine: test data in a few words."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from heeler.store.engine import Engine
from heeler.wire.metrics import sketch


@dataclass
class Series:
    """``points`` are (time, value); a distribution's are (time, samples)."""

    tags: list[str]
    points: Sequence[tuple[int, float]] = ()
    host: str = ""
    type: str = "gauge"
    interval: int = 0
    unit: str = ""
    samples: Sequence[tuple[int, Sequence[float]]] = field(default_factory=list)

    def id(self, metric: str) -> int:
        return zlib.crc32(f"{metric}|{self.host}|{sorted(self.tags)}".encode())


def insert(engine: Engine, metric: str, series: Sequence[Series], seen: int = 0) -> None:
    """Write ``series`` of ``metric``, which reported at ``seen``, with everything that belongs to them."""
    engine.insert_sync(
        "series",
        pa.table(
            {
                "metric": pa.array([metric] * len(series)),
                "series": pa.array([item.id(metric) for item in series], pa.uint64()),
                "type": pa.array([item.type for item in series]),
                "interval": pa.array([item.interval for item in series], pa.uint32()),
                "unit": pa.array([item.unit for item in series]),
                "source": pa.array([""] * len(series)),
                "host": pa.array([item.host for item in series]),
                "tags": pa.array([sorted(item.tags) for item in series], pa.list_(pa.string())),
                "last_seen": pa.array([seen] * len(series), pa.uint32()),
            }
        ),
    )
    rows = [(item.id(metric), at, float(value)) for item in series for at, value in item.points]
    if rows:
        engine.insert_sync(
            "points",
            pa.table(
                {
                    "metric": pa.array([metric] * len(rows)),
                    "series": pa.array([row[0] for row in rows], pa.uint64()),
                    "time": pa.array([row[1] for row in rows], pa.uint32()),
                    "raw": pa.array([row[2] for row in rows], pa.float64()),
                }
            ),
        )
        announce(engine, {row[1] // 3600 * 3600 for row in rows})
    insert_sketches(engine, metric, series)


def announce(engine: Engine, hours: Collection[int]) -> None:
    """What the writer does: say that the rollups of these hours are not up to date."""
    count = len(hours)
    engine.insert_sync(
        "rollup_hours",
        pa.table(
            {
                "hour": pa.array(sorted(hours), pa.uint32()),
                "version": pa.array([1] * count, pa.uint64()),
                "clean": pa.array([0] * count, pa.uint8()),
            }
        ),
    )


def insert_sketches(engine: Engine, metric: str, series: Sequence[Series]) -> None:
    rows = [(item.id(metric), at, sketch.of_values(values)) for item in series for at, values in item.samples]
    if not rows:
        return
    engine.insert_sync(
        "sketches",
        pa.table(
            {
                "metric": pa.array([metric] * len(rows)),
                "series": pa.array([row[0] for row in rows], pa.uint64()),
                "time": pa.array([row[1] for row in rows], pa.uint32()),
                "count": pa.array([row[2].count for row in rows], pa.uint64()),
                "sum": pa.array([row[2].sum for row in rows], pa.float64()),
                "min": pa.array([row[2].min for row in rows], pa.float64()),
                "max": pa.array([row[2].max for row in rows], pa.float64()),
                "keys": pa.array([row[2].keys for row in rows], pa.list_(pa.int16())),
                "counts": pa.array([row[2].counts for row in rows], pa.list_(pa.uint32())),
            }
        ),
    )


def insert_host_tags(engine: Engine, tags: Mapping[str, Sequence[str]]) -> None:
    engine.insert_sync(
        "host_tags",
        pa.table(
            {
                "host": pa.array(list(tags)),
                "source": pa.array(["test"] * len(tags)),
                "tags": pa.array([list(item) for item in tags.values()], pa.list_(pa.string())),
                "updated": pa.array([0] * len(tags), pa.timestamp("ms")),
            }
        ),
    )
