"""Aggregate requests of the public API: computes over facets, in total or over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from heeler.query.search.aggregate import Aggregation, over_time, totals
from heeler.query.search.asked import (
    default_interval,
    read_computes,
    read_groups,
    read_window,
)
from heeler.query.search.sources import Table
from heeler.query.search.times import iso
from heeler.store.engine import Engine

Buckets = Sequence[tuple[dict[str, str], dict[str, Any]]]
"""Facet values of a bucket, and its computes by name."""


async def aggregate(engine: Engine, table: Table, asked: Mapping[str, Any], now: float) -> Buckets:
    """Buckets of an aggregate request: facet values, then ``c0``, ``c1``, ... in the order of ``compute``.

    A total is a number, a time series a list of ``{time, value}``. Raises ``ValueError`` for bad requests.
    """
    where = asked.get("filter") or {}
    start, end = read_window(where, now)
    groups = read_groups(asked.get("group_by"))
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for index, (compute, interval) in enumerate(read_computes(asked.get("compute"))):
        question = Aggregation(str(where.get("query") or "*"), start, end, compute, groups)
        if interval is None:
            numbers: Mapping[tuple[str, ...], Any] = {
                one.values: one.number for one in await totals(engine, table, question)
            }
        else:
            numbers = await _series(engine, table, question, interval or default_interval(start, end))
        for values, number in numbers.items():
            found.setdefault(values, {})[f"c{index}"] = number
    facets = [one.facet for one in groups]
    return [(dict(zip(facets, values, strict=True)), computes) for values, computes in found.items()]


async def _series(
    engine: Engine, table: Table, question: Aggregation, interval: int
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    frame = await over_time(engine, table, question, interval)
    return {
        tuple(tag.partition(":")[2] for tag in group.tags): [
            {"time": iso(int(time)), "value": float(value)}
            for time, value in zip(frame.times, frame.values[row], strict=True)
            if not math.isnan(value)
        ]
        for row, group in enumerate(frame.groups)
    }
