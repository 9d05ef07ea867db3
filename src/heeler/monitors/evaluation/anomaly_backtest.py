"""Readings of an anomaly monitor at many past times, from few queries.

A band depends on earlier points only, so that one query over a stretch of time has the bands of all
evaluations within it. Compared with an evaluation at that time, the last bucket is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.evaluation.series_query import (
    Readings,
    anomaly_readings,
    anomaly_window,
    metric_frame,
)
from heeler.monitors.queries.parser import MetricQuery
from heeler.query.frame import Frame
from heeler.query.limits import MAX_POINTS
from heeler.query.thread_pool import pool_of


async def anomaly_past(
    services: Services, query: MetricQuery, options: Mapping[str, Any], times: Sequence[int]
) -> dict[int, Readings]:
    """Readings at each of ``times`` (UNIX seconds, ascending, at least one). Raises what reading raises."""
    delay = int(float(options.get("evaluation_delay") or 0))
    window = anomaly_window(query, options)
    newest = await metric_frame(services, query.expression, times[-1] - delay - window, times[-1] - delay)
    longest = max(MAX_POINTS * newest.interval - window, newest.interval)
    found: dict[int, Readings] = {}
    for part in _parts(times, longest):
        start, end = part[0] - delay - window, part[-1] - delay
        answer = await service.query(services, query.expression, start, end, interval=newest.interval)
        found |= await pool_of(services.engine).run(_readings, answer.frames[0], query, options, part, delay)
    return found


def _parts(times: Sequence[int], longest: int) -> list[list[int]]:
    """``times`` in parts that span at most ``longest`` seconds each."""
    parts: list[list[int]] = []
    for at in times:
        if not parts or at - parts[-1][0] > longest:
            parts.append([])
        parts[-1].append(at)
    return parts


def _readings(
    frame: Frame, query: MetricQuery, options: Mapping[str, Any], times: Sequence[int], delay: int
) -> dict[int, Readings]:
    window = anomaly_window(query, options)
    return {
        at: anomaly_readings(_within(frame, at - delay - window, at - delay), query, options, at - delay)
        for at in times
    }


def _within(frame: Frame, start: int, end: int) -> Frame:
    """The buckets from the one that holds ``start`` to the last that begins before ``end``."""
    first = int(np.searchsorted(frame.times, start - frame.interval, side="right"))
    shown = slice(first, int(np.searchsorted(frame.times, end)))
    return replace(
        frame,
        times=frame.times[shown],
        values=frame.values[:, shown],
        bands={name: values[:, shown] for name, values in frame.bands.items()},
    )
