"""Reader of live process monitors: how many processes match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.monitors.evaluation.event_query import absent
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import Reading
from heeler.monitors.queries.parser import ProcessQuery
from heeler.processes.counts import counted, counts_over_time
from heeler.processes.kinds import PROCESSES
from heeler.processes.search import All, Tree, of_tags, parse
from heeler.processes.store import Window
from heeler.query.frame import Frame, Group

_POINTS = 60


async def read_processes(
    services: Services, query: ProcessQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group (``key:value`` pairs, or ``*``): how many processes were alive in the window up to
    ``now``."""
    end = int(now - float(options.get("evaluation_delay") or 0))
    found = await counted(
        services.engine, PROCESSES, tree_of(query), query.by, Window(end - query.window, end + 1)
    )
    readings = {_scope(query, one.values): Reading(float(one.count)) for one in found if all(one.values)}
    if not query.by and not readings:
        return {"*": absent(query, options)}
    return readings


async def process_frame(services: Services, query: ProcessQuery, start: float, end: float) -> Frame:
    """How many were alive over time, all groups together, for the monitor's graph."""
    interval = max(int(end - start) // _POINTS, 20)
    window = Window(int(start), int(end))
    times, counts = await counts_over_time(services.engine, PROCESSES, tree_of(query), window, interval)
    return Frame(times, (Group(),), np.array([counts]), interval, unit="process")


def tree_of(query: ProcessQuery) -> Tree:
    """What a process must match."""
    return All((parse(query.search), of_tags(query.over)))


def _scope(query: ProcessQuery, values: tuple[str, ...]) -> str:
    return ",".join(f"{key}:{value}" for key, value in zip(query.by, values, strict=True)) or "*"
