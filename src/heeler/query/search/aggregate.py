"""Counting what a search finds: one measure, by facets, over time or in total; for widgets and monitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from heeler.query.frame import Frame, Group
from heeler.query.search.sources import Parameters, Source, Table
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

#: SQL of each aggregation over one ``Nullable(Float64)`` measure.
_AGGREGATIONS = {
    "sum": "sum({0})",
    "min": "min({0})",
    "max": "max({0})",
    "avg": "avg({0})",
    "median": "quantile(0.5)({0})",
    "pc75": "quantile(0.75)({0})",
    "pc90": "quantile(0.9)({0})",
    "pc95": "quantile(0.95)({0})",
    "pc98": "quantile(0.98)({0})",
    "pc99": "quantile(0.99)({0})",
}
AGGREGATIONS = ("count", "cardinality", *_AGGREGATIONS)
#: What a row without a facet is called.
MISSING = "N/A"
MAX_GROUPS = 1_000
MAX_BUCKETS = 11_000


@dataclass(frozen=True, slots=True)
class Compute:
    """``measure``: a field such as ``@duration``; none for ``count``."""

    aggregation: str = "count"
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class GroupBy:
    """The ``limit`` groups of ``facet`` that are first by ``sort``; rows without it are ``N/A`` or left
    out."""

    facet: str
    limit: int = 10
    sort: Compute | None = None
    order: Literal["asc", "desc"] = "desc"
    exclude_missing: bool = False


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A whole question: ``search`` as typed, ``start`` inclusive and ``end`` exclusive, UNIX seconds."""

    search: str
    start: float
    end: float
    compute: Compute = field(default_factory=Compute)
    group_by: Sequence[GroupBy] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """One group's facet values, in the order of the group-by, and its number; None where there is none."""

    values: tuple[str, ...]
    number: float | None


async def totals(engine: Engine, table: Table, question: Aggregation) -> list[Total]:
    """One number a group, first groups first. Raises ``SearchError`` and ``ValueError`` for bad questions."""
    to = Parameters()
    facets, where, value = _parts(table, question, to)
    names = [f"g{index}" for index in range(len(facets))]
    columns = ", ".join([*_named(facets, names), f"{value} AS v"])
    sql = f"SELECT {columns} FROM {table.name} WHERE {where}"  # noqa: S608
    if names:
        order = question.group_by[0].order.upper()
        sql += f" GROUP BY {', '.join(names)} ORDER BY v {order}, {', '.join(names)} LIMIT {MAX_GROUPS}"
    rows = await engine.rows(sql, to.values)
    return [Total(tuple(str(one) for one in row[:-1]), _number(row[-1])) for row in rows]


async def over_time(engine: Engine, table: Table, question: Aggregation, interval: int) -> Frame:
    """Numbers in buckets of ``interval`` seconds; NaN in a bucket that nothing is in.

    Groups' tags are ``facet:value``. Raises as :func:`totals`.
    """
    whole = interval >= question.end - question.start
    first = int(question.start) if whole else int(question.start // interval) * interval
    buckets = int(-(-(question.end - first) // interval))
    if not 0 < buckets <= MAX_BUCKETS:
        raise ValueError(f"This window has {buckets} buckets of {interval} s: expected 1 to {MAX_BUCKETS}.")
    to = Parameters()
    facets, where, value = _parts(table, question, to)
    names = [f"g{index}" for index in range(len(facets))]
    bucket = str(first) if whole else f"intDiv(toInt64({table.time}), {interval}) * {interval}"
    columns = [
        f"{bucket} AS bucket",
        *_named(facets, names),
    ]
    sql = (
        f"SELECT {', '.join([*columns, f'{value} AS v'])} FROM {table.name} WHERE {where} "  # noqa: S608
        f"GROUP BY {', '.join(['bucket', *names])} ORDER BY {', '.join([*names, 'bucket'])}"
    )
    rows = await engine.rows(sql, to.values)
    return _frame(rows, [one.facet for one in question.group_by], first, buckets, interval)


def _frame(
    rows: Sequence[Sequence[object]], facets: list[str], first: int, buckets: int, interval: int
) -> Frame:
    found: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for row in rows:
        number = _number(row[-1])
        if number is not None:
            group = tuple(str(one) for one in row[1:-1])
            found.setdefault(group, []).append(((int(str(row[0])) - first) // interval, number))
    ranked = sorted(found, key=lambda group: -sum(abs(number) for _, number in found[group]))
    kept = ranked[:MAX_GROUPS]
    values = np.full((len(kept), buckets), np.nan)
    for index, group in enumerate(kept):
        at, numbers = zip(*found[group], strict=True)
        values[index, list(at)] = numbers
    tags = [tuple(f"{facet}:{one}" for facet, one in zip(facets, group, strict=True)) for group in kept]
    notes = (f"The first {MAX_GROUPS} of {len(ranked)} groups are shown.",) if len(ranked) > len(kept) else ()
    return Frame(
        times=first + np.arange(buckets, dtype=np.int64) * interval,
        groups=tuple(Group(one, ",".join(one) or "*") for one in tags),
        values=values,
        interval=interval,
        notes=notes,
    )


def _parts(table: Table, question: Aggregation, to: Parameters) -> tuple[list[str], str, str]:
    """SQL of the facets, of the condition (time, search, first groups) and of the number."""
    value = aggregate_sql(question.compute, table, to)
    facets = [facet_sql(one.facet, table, to) for one in question.group_by]
    conditions = [
        time_condition(table, question.start, question.end, to),
        search_condition(question.search, table, to),
    ]
    conditions += [
        f"{facet} != '{MISSING}'"
        for facet, one in zip(facets, question.group_by, strict=True)
        if one.exclude_missing
    ]
    for level in range(len(facets)):
        conditions.append(_first_groups(table, question, facets[: level + 1], " AND ".join(conditions), to))
    return facets, " AND ".join(conditions), value


def _first_groups(table: Table, question: Aggregation, facets: list[str], where: str, to: Parameters) -> str:
    """The condition that a row's last facet is among the first of its parents' groups."""
    group = question.group_by[len(facets) - 1]
    rank = aggregate_sql(group.sort or question.compute, table, to)
    names = [f"g{index}" for index in range(len(facets))]
    columns = ", ".join(_named(facets, names))
    limit = max(1, min(group.limit, MAX_GROUPS))
    of_parent = f" BY {', '.join(names[:-1])}" if len(names) > 1 else ""
    direction = "ASC" if group.order == "asc" else "DESC"
    return (
        f"({', '.join(facets)}) IN (SELECT {', '.join(names)} FROM (SELECT {columns}, {rank} AS rank "  # noqa: S608
        f"FROM {table.name} WHERE {where} GROUP BY {', '.join(names)} "
        f"ORDER BY rank {direction}, {', '.join(names)} LIMIT {limit}{of_parent}))"
    )


def _named(facets: Sequence[str], names: Sequence[str]) -> list[str]:
    return [f"{facet} AS {name}" for facet, name in zip(facets, names, strict=True)]


def time_condition(table: Table, start: float, end: float, to: Parameters) -> str:
    """``start`` inclusive, ``end`` exclusive, on the table's own time column."""
    first, last = (table.time_literal.format(to.add(float(at), "Float64")) for at in (start, end))
    return f"{table.time_column} >= {first} AND {table.time_column} < {last}"


def aggregate_sql(compute: Compute, table: Table, to: Parameters) -> str:
    """The aggregate function's SQL. Raises ``ValueError`` naming the choices."""
    name = compute.aggregation.lower()
    if name == "count":
        return "toFloat64(count())"
    if name not in AGGREGATIONS:
        raise ValueError(f"Unknown aggregation '{name}': expected one of {', '.join(AGGREGATIONS)}.")
    if not compute.measure:
        raise ValueError(f"The aggregation '{name}' needs a metric to aggregate, such as '@duration'.")
    source = facet_source(compute.measure, table)
    if name == "cardinality":
        text = source.text(to)
        return f"toFloat64(uniqExactIf({text}, {text} != ''))"
    return f"toNullable({_AGGREGATIONS[name].format(source.number(to))})"


def facet_source(facet: str, table: Table) -> Source:
    return table.source(facet.removeprefix("@"), facet.startswith("@"))


def facet_sql(facet: str, table: Table, to: Parameters) -> str:
    """A facet's text, ``N/A`` where a row has none."""
    text = facet_source(facet, table).text(to)
    return f"if(empty({text}), '{MISSING}', toString({text}))"


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else None
    return None if number is None or number != number else number
