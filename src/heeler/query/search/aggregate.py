"""Aggregations of searches: one measure by facets, over time or in total; for widgets and monitors.

Each function goes through the stages of every query: plan (:mod:`heeler.query.search.planner`), fetch, and
results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heeler.query.frame import Frame, Group
from heeler.query.search.field_sql import Table
from heeler.query.search.plan import MAX_GROUPS, Aggregation, GroupBy, SeriesPlan
from heeler.query.search.planner import plan_series, plan_totals
from heeler.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Total:
    """Facet values of one group, in the order of the group-by, and its number; None if there is none."""

    values: tuple[str, ...]
    number: float | None


async def totals(engine: Engine, table: Table, request: Aggregation) -> list[Total]:
    """One number a group, first groups first. Raises ``SearchError`` and ``ValueError`` for invalid
    requests.
    """
    plan = plan_totals(table, request)
    rows = await engine.rows(plan.sql, dict(plan.parameters))
    return [Total(_labels(plan.group_by, row[:-1]), _number(row[-1])) for row in rows]


async def over_time(
    engine: Engine, table: Table, request: Aggregation, interval: int, shift: int = 0
) -> Frame:
    """Numbers in buckets of ``interval`` seconds; NaN in a bucket without rows.

    Buckets start at multiples of the interval, ``shift`` seconds earlier: a zone's offset from UTC. Groups'
    tags are ``facet:value``. Raises like :func:`totals`.
    """
    plan = plan_series(table, request, interval, shift)
    return series_frame(plan, await engine.rows(plan.sql, dict(plan.parameters)))


def series_frame(plan: SeriesPlan, rows: Sequence[Sequence[object]]) -> Frame:
    """Rows of a plan's statement as a frame; if there are too many groups, those with the largest numbers."""
    found: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for row in rows:
        number = _number(row[-1])
        if number is not None:
            index = (int(str(row[0])) - plan.first) // plan.interval
            found.setdefault(_labels(plan.group_by, row[1:-1]), []).append((index, number))
    ranked = sorted(found, key=lambda group: -sum(abs(number) for _, number in found[group]))
    shown = ranked[:MAX_GROUPS]
    values = np.full((len(shown), plan.buckets), np.nan)
    for row_index, group in enumerate(shown):
        at, numbers = zip(*found[group], strict=True)
        values[row_index, list(at)] = numbers
    facets = [one.facet for one in plan.group_by]
    tags = [tuple(f"{facet}:{one}" for facet, one in zip(facets, group, strict=True)) for group in shown]
    notes = (
        (f"The first {MAX_GROUPS} of {len(ranked)} groups are shown.",) if len(ranked) > len(shown) else ()
    )
    return Frame(
        times=plan.first + np.arange(plan.buckets, dtype=np.int64) * plan.interval,
        groups=tuple(Group(one, ",".join(one) or "*") for one in tags),
        values=values,
        interval=plan.interval,
        unit=plan.unit,
        notes=notes,
        zero_missing=plan.zero_missing,
    )


def _labels(group_by: Sequence[GroupBy], values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) or one.missing for value, one in zip(values, group_by, strict=True))


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else None
    return None if number is None or number != number else number
