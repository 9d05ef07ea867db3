"""Quotas of the number of series: known series continue, new ones over the limit are refused.

A series counts from when it is first sent until it was not sent for a day. What the store knows is read at
the start, when a quota is made and every two minutes, with which several servers agree; what this server
admits in between is counted here at once. Only series that the intake's cache lacks come here. Until the
first reading nothing is refused, and what was admitted then is counted by it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from heeler.api.services import Services
from heeler.metric_usage.key_usage import SERIES, KeyUsageCounter, Quota, sender
from heeler.metric_usage.scopes import ALL, KEY, METRIC
from heeler.store.engine import Engine
from heeler.store.self_metrics import telemetry
from heeler.wire.metrics.series import SeriesInfo

log = logging.getLogger("heeler.usage")

MAX_SERIES_QUOTAS = 60
"""Each is a bit of what is read of a series."""
WINDOW_SECONDS = 25 * 3600
"""A day, and the hour in which a reporting series is written again."""
REFRESH_SECONDS = 120.0
#: Admitted series are remembered for this long before a reading: their rows may not have been stored by it.
_UNSTORED_SECONDS = 60.0

Place = tuple[str, str]
"""Id of a quota, and the name within its scope: that of a metric, or empty."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Series in the store: their ids, sorted, and their number by place."""

    ids: npt.NDArray[np.uint64]
    counts: dict[Place, int]


class SeriesLimits:
    """State of the quotas of series of one server, as ``services.part(SeriesLimits)``. Thread-safe."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._usage = services.part(KeyUsageCounter)
        self._lock = threading.Lock()
        self._quotas: tuple[Quota, ...] = ()
        self._known: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._counts: dict[Place, int] = {}
        self._admitted: dict[int, tuple[float, tuple[Place, ...]]] = {}
        """By id: when, and the places counted."""
        self._reading = asyncio.Lock()

    @property
    def active(self) -> bool:
        return bool(self._quotas)

    def used(self, quota: Quota) -> tuple[int, str]:
        """Number of series; of metrics by themselves, that of the metric with most, and its name."""
        with self._lock:
            found = [(count, name) for (one, name), count in self._counts.items() if one == quota.id]
        return max(found, default=(0, ""))

    def refusal(self, info: SeriesInfo) -> str:
        """Why a series may not be stored; empty if it may: it then counts."""
        if not self._quotas:
            return ""
        with self._lock:
            if info.id in self._admitted or self._is_stored(info.id):
                return ""
            places = []
            for quota in self._quotas:
                name = quota.scope.place(info.metric, info.tags, sender())
                if name is None:
                    continue
                if self._counts.get((quota.id, name), 0) >= quota.limit:
                    break
                places.append((quota.id, name))
            else:
                for place in places:
                    self._counts[place] = self._counts.get(place, 0) + 1
                self._admitted[info.id] = (self._services.now(), tuple(places))
                return ""
        self._usage.note_for_quota(quota, 1, refused=True)
        whose = f"the metric {name!r}" if name else quota.scope.described()
        return (
            f"new series refused: {whose} has {quota.limit:,} series or more, which is its quota. Known "
            "series continue. Administrators can raise it under Usage, or drop the tag that makes them."
        )

    def is_read(self, quota: Quota) -> bool:
        """Whether the series of a quota were counted in the store yet."""
        return any(one.id == quota.id for one in self._quotas)

    def _is_stored(self, series: int) -> bool:
        at = int(np.searchsorted(self._known, np.uint64(series)))
        return at < len(self._known) and int(self._known[at]) == series

    async def refresh(self) -> None:
        """Read from the store what is known, for the quotas that there are now."""
        async with self._reading:
            quotas = tuple(one for one in self._usage.scoped if one.signal == SERIES)
            if not quotas:
                self._quotas = ()
                return
            started = self._services.now()
            found = await stored_series(self._services.engine, quotas, int(started) - WINDOW_SECONDS)
            with self._lock:
                self._known, self._counts = found.ids, found.counts
                admitted, self._admitted = self._admitted, {}
                for series, (at, places) in admitted.items():
                    if at < started - _UNSTORED_SECONDS or self._is_stored(series):
                        continue
                    self._admitted[series] = (at, places)
                    for place in places:
                        self._counts[place] = self._counts.get(place, 0) + 1
                self._quotas = quotas


async def stored_series(engine: Engine, quotas: Sequence[Quota], since: int) -> Stored:
    """Series seen since ``since`` (UNIX seconds), without the server's own metrics.

    One query: of two, the second would count series that the first did not see.
    """
    parameters: dict[str, object] = {"since": max(0, since)}
    bits = []
    for number, quota in enumerate(quotas):
        condition = ""
        if quota.scope.kind == KEY:
            condition = f"key_id = {{v{number}:String}}"
        elif quota.scope.tag:
            condition = f"has(tags, {{v{number}:String}})"
        if condition:
            parameters[f"v{number}"] = quota.scope.tag or quota.scope.value
            bits.append(f"toUInt64({condition}) * {1 << number}")
    marks = " + ".join(bits) or "toUInt64(0)"
    found = await engine.fetch(
        f"SELECT series, toString(any(metric)) AS name, groupBitOr({marks}) AS bits "  # noqa: S608
        "FROM series WHERE last_seen >= toDateTime({since:UInt32}) "
        "AND NOT (source = 'heeler' AND key_id = '') GROUP BY series ORDER BY series",
        parameters,
    )
    return await asyncio.to_thread(_counted, found, quotas)


def _counted(found: pa.Table, quotas: Sequence[Quota]) -> Stored:
    ids = found.column("series").to_numpy().astype(np.uint64)
    bits = found.column("bits").to_numpy().astype(np.uint64)
    names = pc.value_counts(found.column("name")).to_pylist()
    counts: dict[Place, int] = {}
    for number, quota in enumerate(quotas):
        if quota.scope.kind == METRIC:
            for one in names:
                name = quota.scope.place(str(one["values"]), (), "")
                if name is not None:
                    counts[quota.id, name] = int(one["counts"])
        elif quota.scope.kind == ALL:
            counts[quota.id, ""] = len(ids)
        else:
            counts[quota.id, ""] = int((bits >> np.uint64(number) & np.uint64(1)).sum())
    return Stored(ids, counts)


async def refresh_forever(services: Services) -> None:
    """Background task of each server. A quota that another server made is followed within seconds."""
    limits, usage = services.part(SeriesLimits), services.part(KeyUsageCounter)
    done, at = None, 0.0
    while True:
        wanted = tuple(one for one in usage.scoped if one.signal == SERIES)
        if wanted != done or services.now() >= at + REFRESH_SECONDS:
            try:
                await limits.refresh()
            except Exception:  # a temporary failure must not end the task
                log.exception("Known series could not be read; the last ones stay in force")
                telemetry.count("heeler.usage.failed_readings")
            else:
                done = wanted
            at = services.now()
        await asyncio.sleep(1.0)
