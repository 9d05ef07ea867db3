"""Self-metrics of the server: `heeler.*`, stored like any other metric.

Any package counts with ``telemetry.count("heeler.intake.refused", tags=("status:413",))``; the task that runs
:func:`publish` writes the sums every fifteen seconds, as counts with that interval.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping

from heeler.store.arrow_tables import PointRows, series_table
from heeler.store.writer import DiskFull, StoreFull, Writer
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo

log = logging.getLogger("heeler.telemetry")

INTERVAL_SECONDS = 15
#: Maximum distinct counters held at a time; the excess goes to `heeler.telemetry.left_off`.
MAX_SERIES = 2000

Place = tuple[str, tuple[str, ...]]


class Telemetry:
    """Sums since the last :meth:`take`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Place, float] = {}
        self._totals: dict[Place, float] = {}
        self._gauges: dict[Place, Callable[[], float]] = {}

    def count(self, metric: str, value: float = 1, tags: tuple[str, ...] = ()) -> None:
        place = (metric, tags)
        with self._lock:
            if place not in self._counts and len(self._counts) >= MAX_SERIES:
                place = ("heeler.telemetry.left_off", ())
            self._counts[place] = self._counts.get(place, 0) + value
            if place not in self._totals and len(self._totals) >= MAX_SERIES:
                place = ("heeler.telemetry.left_off", ())
            self._totals[place] = self._totals.get(place, 0) + value

    def gauge(self, metric: str, read: Callable[[], float], tags: tuple[str, ...] = ()) -> None:
        """Register ``read``, called at each publication."""
        with self._lock:
            self._gauges[metric, tags] = read

    def take(self) -> tuple[Mapping[Place, float], Mapping[Place, float]]:
        """Counts since the last call, and current gauges. Resets the counts."""
        with self._lock:
            counts, self._counts = self._counts, {}
            gauges = dict(self._gauges)
        return counts, {place: read() for place, read in gauges.items()}

    def totals(self) -> tuple[Mapping[Place, float], Mapping[Place, float]]:
        """Counts since the process started, and current gauges."""
        with self._lock:
            counts, gauges = dict(self._totals), dict(self._gauges)
        return counts, {place: read() for place, read in gauges.items()}

    def put_back(self, counts: Mapping[Place, float]) -> None:
        """Return counts that could not be stored, for the next publication."""
        with self._lock:
            for place, value in counts.items():
                self._counts[place] = self._counts.get(place, 0) + value


#: The process's instance.
telemetry = Telemetry()


async def publish(
    writer: Writer, host: str, source: Telemetry = telemetry, now: Callable[[], float] = time.time
) -> None:
    """Write the sums of ``source`` as metrics of ``host`` until canceled."""
    memo = SeriesMemo()
    while True:
        await asyncio.sleep(INTERVAL_SECONDS - now() % INTERVAL_SECONDS)
        counts, gauges = source.take()
        try:
            await _store(writer, memo, host, int(now()), counts, gauges)
        except (DiskFull, StoreFull) as reason:
            source.put_back(counts)
            log.warning("Own metrics were not written: %s", str(reason) or type(reason).__name__)
        except Exception:
            source.put_back(counts)
            log.exception("Own metrics were not written")


async def _store(
    writer: Writer,
    memo: SeriesMemo,
    host: str,
    now: int,
    counts: Mapping[Place, float],
    gauges: Mapping[Place, float],
) -> None:
    at = now // INTERVAL_SECONDS * INTERVAL_SECONDS
    builder = PointBuilder(memo, Window(now, 0))
    for kind, places in (("count", counts), ("gauge", gauges)):
        for (metric, tags), value in places.items():
            info = describe(metric, host, tags, kind=kind, interval=INTERVAL_SECONDS, source="heeler")
            builder.add(info, [(at, value)])
    batch = builder.build()
    await writer.write({"series": series_table(batch.fresh.values(), now), "points": PointRows.of(batch)})
    memo.mark_written(list(batch.fresh), now)
