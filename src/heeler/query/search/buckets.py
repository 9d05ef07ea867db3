"""Aggregate requests of the public API: measures by facets, in total or over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from heeler.query.search.aggregate import over_time, totals
from heeler.query.search.field_sql import Table
from heeler.query.search.plan import Aggregation, Compute
from heeler.query.search.request import (
    Facet,
    default_interval,
    object_of,
    read_computes,
    read_facets,
    read_search,
    read_window,
    read_zone,
)
from heeler.query.search.times import iso
from heeler.store.engine import Engine

Buckets = Sequence[tuple[dict[str, str], dict[str, Any]]]
"""Facet values of a bucket, and its computes by name."""
_Computes = Sequence[tuple[Compute, int | None]]
MAX_COMPUTES = 20


async def aggregate(engine: Engine, table: Table, body: Mapping[str, Any], now: float) -> Buckets:
    """Buckets of an aggregate request: facet values, then ``c0``, ``c1``, ... in the order of ``compute``.

    A total is a number, a time series a list of ``{time, value}``. After the buckets of a facet's values come
    those of its ``total``. Raises ``ValueError`` for invalid requests.
    """
    where, options = object_of(body, "filter"), object_of(body, "options")
    start, end = read_window(where, now, options)
    computes = read_computes(body.get("compute"))
    if len(computes) > MAX_COMPUTES:
        raise ValueError(f"{len(computes)} computes: expected at most {MAX_COMPUTES}.")
    facets = read_facets(body.get("group_by"), computes[0][0])
    shift = _shift(options, start)
    window = Aggregation(read_search(where), start, end)
    found = await _buckets(engine, table, window, computes, facets, shift)
    for place, one in enumerate(facets):
        if one.total is not None:
            others = [*facets[:place], *facets[place + 1 :]]
            for by, numbers in await _buckets(engine, table, window, computes, others, shift):
                named = {**by, one.group.facet: one.total}
                found.append(({item.group.facet: named[item.group.facet] for item in facets}, numbers))
    return found


def _shift(options: Mapping[str, Any], at: float) -> int:
    """Seconds by which buckets start earlier than in UTC, so that days start at midnight of the zone."""
    offset = datetime.fromtimestamp(at, read_zone(options)[0]).utcoffset()
    return int(offset.total_seconds()) if offset else 0


async def _buckets(
    engine: Engine, table: Table, window: Aggregation, computes: _Computes, facets: list[Facet], shift: int
) -> list[tuple[dict[str, str], dict[str, Any]]]:
    groups = [one.group for one in facets]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for index, (compute, interval) in enumerate(computes):
        request = Aggregation(window.search, window.start, window.end, compute, groups)
        if interval is None:
            numbers: Mapping[tuple[str, ...], Any] = {
                one.values: one.number for one in await totals(engine, table, request)
            }
        else:
            interval = interval or default_interval(window.start, window.end)
            numbers = await _series(engine, table, request, interval, shift)
        for values, number in numbers.items():
            found.setdefault(values, {})[f"c{index}"] = number
    names = [one.facet for one in groups]
    return [(dict(zip(names, values, strict=True)), numbers) for values, numbers in found.items()]


async def _series(
    engine: Engine, table: Table, request: Aggregation, interval: int, shift: int
) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    frame = await over_time(engine, table, request, interval, shift)
    return {
        tuple(
            tag.removeprefix(f"{one.facet}:") for tag, one in zip(group.tags, request.group_by, strict=True)
        ): [
            {"time": iso(int(time)), "value": float(value)}
            for time, value in zip(frame.times, frame.values[row], strict=True)
            if not math.isnan(value)
        ]
        for row, group in enumerate(frame.groups)
    }
