"""Metrics made of logs: counts and distributions of all that comes in, also of what no index keeps."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from heeler.api.services import Services
from heeler.logs.indexes import compile_filter
from heeler.logs.matcher import Test, to_number, values_of
from heeler.logs.pipelines.document import DocumentError, flag, text_of
from heeler.query.search.ast import Field
from heeler.store.rows import PointRows, body_hash, series_table, sketches_table
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.wire.logs.datadog import LogEntry
from heeler.wire.metrics import sketch
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.distributions import SketchBatch
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_cache import SeriesMemo

log = logging.getLogger("heeler.logs")

BUCKET_SECONDS = 10
#: Logs older than this give no points.
OLDEST_SECONDS = 20 * 60
#: Series and numbers that are collected until the next flush; what is beyond is counted and left out.
MAX_SERIES, MAX_NUMBERS = 50_000, 1_000_000


@dataclass(frozen=True, slots=True)
class LogMetricRule:
    name: str
    test: Test
    measure: Field | None
    """The field of a distribution; none for a count."""
    groups: Sequence[tuple[str, Field]]


def compile_metric(name: str, document: Mapping[str, Any]) -> LogMetricRule:
    """Raises :class:`DocumentError`."""
    compute = document.get("compute")
    if not isinstance(compute, Mapping):
        raise DocumentError("Invalid metric: 'compute' with an 'aggregation_type' is required.")
    kind = text_of(compute, "aggregation_type")
    if kind not in ("count", "distribution"):
        raise DocumentError("Invalid metric: 'aggregation_type' must be count or distribution.")
    flag(compute, "include_percentiles")
    path = text_of(compute, "path") if kind == "distribution" else ""
    where = document.get("filter") or {}
    groups = []
    for one in document.get("group_by") or []:
        if not isinstance(one, Mapping):
            raise DocumentError("Invalid metric: 'group_by' must be a list of objects with a 'path'.")
        group = text_of(one, "path")
        groups.append((text_of(one, "tag_name", group.removeprefix("@")), _field(group)))
    return LogMetricRule(name, compile_filter(where), _field(path) if path else None, groups)


def _field(path: str) -> Field:
    return Field(path.removeprefix("@"), path.startswith("@"))


@dataclass(slots=True)
class _Bucket:
    count: int = 0
    numbers: list[float] = field(default_factory=list)


class LogMetrics:
    """Collects what rules make of logs until it is flushed. Safe to use from any thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, bool, tuple[str, ...], int], _Bucket] = {}
        self._numbers = 0
        self._flushed: dict[tuple[str, tuple[str, ...], int], int] = {}
        self._memo = SeriesMemo()

    def add(self, rules: Sequence[LogMetricRule], entries: Sequence[LogEntry], now: float) -> None:
        for rule in rules:
            for entry in entries:
                time = entry.time // 10**9
                if now - OLDEST_SECONDS <= time <= now + 600 and rule.test(entry):
                    self._add(rule, entry, int(time) // BUCKET_SECONDS * BUCKET_SECONDS)

    def _add(self, rule: LogMetricRule, entry: LogEntry, bucket: int) -> None:
        number = None
        if rule.measure is not None:
            numbers = (to_number(value) for value in values_of(rule.measure)(entry))
            number = next((one for one in numbers if one is not None), None)
            if number is None:
                return
        tags = tuple(sorted(tag for name, group in rule.groups for tag in _tags(name, group, entry)))
        place = (rule.name, rule.measure is not None, tags, bucket)
        with self._lock:
            if (
                place not in self._buckets and len(self._buckets) >= MAX_SERIES
            ) or self._numbers >= MAX_NUMBERS:
                telemetry.count("heeler.logs.metrics.left_out")
                return
            found = self._buckets.setdefault(place, _Bucket())
            found.count += 1
            if number is not None:
                found.numbers.append(number)
                self._numbers += 1

    def take(self) -> dict[tuple[str, bool, tuple[str, ...], int], _Bucket]:
        with self._lock:
            found, self._buckets, self._numbers = self._buckets, {}, 0
        return found

    async def flush(self) -> None:
        """Write what was collected. Raises what the writer raises; what was not written is collected
        again."""
        found = self.take()
        if not found:
            return
        try:
            await self._write(found)
        except BaseException:
            with self._lock:
                for place, bucket in found.items():
                    known = self._buckets.setdefault(place, _Bucket())
                    known.count += bucket.count
                    known.numbers += bucket.numbers
            raise

    async def _write(self, found: Mapping[tuple[str, bool, tuple[str, ...], int], _Bucket]) -> None:
        now = int(self._services.now())
        points = PointBuilder(self._memo, Window(now, 0))
        sketches = SketchBatch(self._memo, {}, points.fresh, points.problems)
        for (name, distribution, tags, bucket), one in found.items():
            if distribution:
                info = describe(name, "", tags, kind="distribution", source="logs")
                sketches.sketches[points.add_series(info), bucket] = sketch.of_values(one.numbers)
            else:
                info = describe(name, "", tags, kind="count", interval=BUCKET_SECONDS, source="logs")
                points.add(info, [(self._second(name, tags, bucket, now), float(one.count))])
        batch = points.build()
        tables = {
            "series": series_table(batch.fresh.values(), now),
            "points": PointRows.of(batch),
            "sketches": sketches_table(sketches, body_hash(orjson.dumps([now, len(found)]) + bytes(8))),
        }
        await self._services.writer.write(tables)
        self._memo.mark_written(list(batch.fresh), now)

    def _second(self, name: str, tags: tuple[str, ...], bucket: int, now: int) -> int:
        """A second of the bucket that no earlier flush used: points of one second would replace each
        other."""
        place = (name, tags, bucket)
        offset = self._flushed.pop(place, -1) + 1
        self._flushed[place] = offset
        while len(self._flushed) > 2 * MAX_SERIES:
            del self._flushed[next(iter(self._flushed))]
        return bucket + offset if offset < BUCKET_SECONDS else now


def _tags(name: str, group: Field, entry: LogEntry) -> list[str]:
    values = (value for value in values_of(group)(entry) if not isinstance(value, dict | list))
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return [f"{name}:{text}" for text in texts if text]


async def flush_forever(services: Services) -> None:
    """Write the metrics of logs every ten seconds until canceled."""
    metrics = services.part(LogMetrics)
    while True:
        await asyncio.sleep(BUCKET_SECONDS)
        try:
            await metrics.flush()
        except (DiskFull, StoreFull) as reason:
            log.warning("Metrics of logs were not written: %s", str(reason) or type(reason).__name__)
        except Exception:
            log.exception("Metrics of logs were not written")
