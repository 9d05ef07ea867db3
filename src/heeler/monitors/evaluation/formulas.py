"""Readings of monitors with formulas over logs, spans, events and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from heeler.api.services import Services
from heeler.metrics import service
from heeler.monitors.evaluation.event_query import counted
from heeler.monitors.evaluation.reduce import reduce_row
from heeler.monitors.evaluation.series_query import Readings, group_name
from heeler.monitors.evaluation.state_machine import Reading
from heeler.monitors.queries.parser import FormulaQuery
from heeler.monitors.queries.windows import window_start
from heeler.query.frame import Frame, Group


async def read_formula(
    services: Services, query: FormulaQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Readings by group: the formula over each query's total of the window that ends at ``now``.

    With functions of time (``derivative``) the formula is evaluated over time, and its mean is used.
    """
    end = now - float(options.get("evaluation_delay") or 0)
    start = min(window_start(query.window, query.cumulative, options, end), end - 1)
    if query.over_time:
        frame = await formula_frame(services, query, start, end)
        return {
            group_name(group): Reading(reduce_row(row, query.reducer or "avg"))
            for group, row in zip(frame.groups, frame.values, strict=True)
        }
    items = [dict(item) for item in query.variables]
    sources = await service.read_totals(services, items, start, end)
    sources = replace(sources, given=with_zeros(sources.given, items))
    reducers = {str(item["name"]): query.reducer or str(item.get("aggregator") or "avg") for item in items}
    (answer,) = await service.scalars(services, sources, reducers, [query.formula])
    frame = answer.frames[0]
    return {
        group_name(group): Reading(reduce_row(row, "last"))
        for group, row in zip(frame.groups, frame.values, strict=True)
    }


async def formula_frame(services: Services, query: FormulaQuery, start: float, end: float) -> Frame:
    """The formula over time, also for the monitor's graph."""
    sources = await service.read_sources(services, [dict(item) for item in query.variables], start, end)
    (answer,) = await service.formulas(services, sources, [query.formula])
    return answer.frames[0]


def with_zeros(frames: Mapping[str, Frame], items: list[dict[str, Any]]) -> dict[str, Frame]:
    """Set counts of groups that only another query found to zero, for example errors / requests without
    errors.
    """
    names = {str(item["name"]) for item in items if counted(item)}
    wanted = {group.tags: group for frame in frames.values() for group in frame.groups}
    return {
        name: _filled(frame, list(wanted.values())) if name in names else frame
        for name, frame in frames.items()
    }


def _filled(frame: Frame, wanted: list[Group]) -> Frame:
    keys = {tuple(tag.partition(":")[0] for tag in group.tags) for group in frame.groups}
    mine = keys.pop() if keys else None
    known = {group.tags for group in frame.groups}
    missing = [
        group
        for group in wanted
        if group.tags not in known
        and (mine is None or tuple(tag.partition(":")[0] for tag in group.tags) == mine)
    ]
    values = np.concatenate([frame.values, np.zeros((len(missing), len(frame.times)))])
    return replace(frame, groups=(*frame.groups, *missing), values=np.where(np.isnan(values), 0.0, values))
