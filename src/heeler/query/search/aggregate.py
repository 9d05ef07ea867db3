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

#: SQL of each aggregation over one ``Nullable(Float64)`` measure ``{0}``, at the time ``t``.
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
    "earliest": "argMinIf({0}, t, isNotNull({0}))",
    "latest": "argMaxIf({0}, t, isNotNull({0}))",
    "most_frequent": "if(count({0}) = 0, NULL, topKIf(1)(assumeNotNull({0}), isNotNull({0}))[1])",
}
AGGREGATIONS = ("count", "cardinality", *_AGGREGATIONS)
#: Those of which finding nothing is zero.
COUNTING = ("count", "cardinality", "sum")
#: What a row without a facet is called.
MISSING = "N/A"
MAX_GROUPS = 10_000
MAX_FACETS = 12
MAX_BUCKETS = 11_000
_Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Compute:
    """``measure``: a field such as ``@duration``; none for ``count``."""

    aggregation: str = "count"
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbers of a facet in steps of ``interval`` from ``low`` to ``high``."""

    interval: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupBy:
    """The ``limit`` groups of ``facet`` that are first by ``sort`` (``None``: by the question's measure), or
    by name; rows without it are called ``missing`` or left out."""

    facet: str
    limit: int = 10
    sort: Compute | None = None
    order: _Order = "desc"
    exclude_missing: bool = False
    missing: str = MISSING
    by_name: bool = False
    steps: Steps | None = None


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


@dataclass(frozen=True, slots=True)
class _Parts:
    """SQL: the facets' columns, the number, what follows ``FROM`` (rows of the first groups), and by what
    each facet's groups are ordered, with its direction."""

    names: list[str]
    value: str
    source: str
    ranks: list[tuple[str, str]]


async def totals(engine: Engine, table: Table, question: Aggregation) -> list[Total]:
    """One number a group, first groups first. Raises ``SearchError`` and ``ValueError`` for bad questions."""
    to = Parameters()
    parts = _parts(table, question, to, cut_last=False)
    sql = f"SELECT {parts.value} FROM {parts.source}"  # noqa: S608
    if parts.names:
        sql = _first_numbers(parts, question.group_by[-1].limit)
    rows = await engine.rows(sql, to.values)
    return [Total(_labels(question, row[:-1]), _number(row[-1])) for row in rows]


def _first_numbers(parts: _Parts, limit: int) -> str:
    """The numbers of the first ``limit`` groups of the last facet, in the order of the first facet."""
    names = ", ".join(parts.names)
    rank, direction = parts.ranks[0]
    return (
        f"SELECT {names}, v FROM (SELECT {names}, {parts.value} AS v, {rank} AS r "  # noqa: S608
        f"FROM {parts.source} GROUP BY {names} {_cut(limit, parts.names, parts.ranks[-1])}) "
        f"ORDER BY r {direction}, {names} LIMIT {MAX_GROUPS}"
    )


async def over_time(
    engine: Engine, table: Table, question: Aggregation, interval: int, shift: int = 0
) -> Frame:
    """Numbers in buckets of ``interval`` seconds; NaN in a bucket that nothing is in.

    Buckets begin at multiples of the interval, ``shift`` seconds earlier: a zone's offset from UTC. Groups'
    tags are ``facet:value``. Raises as :func:`totals`.
    """
    whole = interval >= question.end - question.start
    first = int(question.start) if whole else int(question.start + shift) // interval * interval - shift
    buckets = int(-(-(question.end - first) // interval))
    if not 0 < buckets <= MAX_BUCKETS:
        raise ValueError(f"This window has {buckets} buckets of {interval} s: expected 1 to {MAX_BUCKETS}.")
    to = Parameters()
    parts = _parts(table, question, to, cut_last=not whole)
    bucket = str(first) if whole else f"intDiv(toInt64(t) + {shift}, {interval}) * {interval} - {shift}"
    sql = (
        f"SELECT {', '.join([f'{bucket} AS bucket', *parts.names, f'{parts.value} AS v'])} "  # noqa: S608
        f"FROM {parts.source} GROUP BY {', '.join(['bucket', *parts.names])} "
    )
    if whole and parts.names:
        sql += _cut(question.group_by[-1].limit, parts.names, parts.ranks[-1])
    else:
        sql += f"ORDER BY {', '.join([*parts.names, 'bucket'])}"
    rows = await engine.rows(sql, to.values)
    found: dict[tuple[str, ...], list[tuple[int, float]]] = {}
    for row in rows:
        number = _number(row[-1])
        if number is not None:
            place = (int(str(row[0])) - first) // interval
            found.setdefault(_labels(question, row[1:-1]), []).append((place, number))
    times = first + np.arange(buckets, dtype=np.int64) * interval
    return _frame(found, question, times, interval, _unit(question.compute, table))


def _unit(compute: Compute, table: Table) -> str:
    timed = compute.measure and facet_source(compute.measure, table).duration
    return "nanosecond" if timed and compute.aggregation.lower() not in ("count", "cardinality") else ""


def _frame(
    found: dict[tuple[str, ...], list[tuple[int, float]]],
    question: Aggregation,
    times: np.ndarray[tuple[int], np.dtype[np.int64]],
    interval: int,
    unit: str,
) -> Frame:
    facets = [one.facet for one in question.group_by]
    ranked = sorted(found, key=lambda group: -sum(abs(number) for _, number in found[group]))
    kept = ranked[:MAX_GROUPS]
    values = np.full((len(kept), len(times)), np.nan)
    for index, group in enumerate(kept):
        at, numbers = zip(*found[group], strict=True)
        values[index, list(at)] = numbers
    tags = [tuple(f"{facet}:{one}" for facet, one in zip(facets, group, strict=True)) for group in kept]
    notes = (f"The first {MAX_GROUPS} of {len(ranked)} groups are shown.",) if len(ranked) > len(kept) else ()
    return Frame(
        times=times,
        groups=tuple(Group(one, ",".join(one) or "*") for one in tags),
        values=values,
        interval=interval,
        unit=unit,
        notes=notes,
        zero_missing=question.compute.aggregation.lower() in COUNTING,
    )


def _parts(table: Table, question: Aggregation, to: Parameters, *, cut_last: bool = True) -> _Parts:
    """Not ``cut_last``: whoever asks keeps the first groups of the last facet himself.

    Raises ``ValueError`` for too many facets and for measures that cannot be.
    """
    if len(question.group_by) > MAX_FACETS:
        raise ValueError(f"{len(question.group_by)} facets to group by: expected at most {MAX_FACETS}.")
    names = [f"g{level}" for level in range(len(question.group_by))]
    columns = [f"{table.time} AS t"]
    for one, name in zip(question.group_by, names, strict=True):
        columns.append(f"{_facet(one, table, to)} AS {name}")
    value = aggregate_sql(question.compute, "m", table, to, columns)
    ranks: list[tuple[str, str]] = []
    for level, one in enumerate(question.group_by):
        rank = value
        if one.by_name:
            rank = f"toFloat64OrZero({names[level]})" if one.steps else names[level]
        elif one.sort:
            rank = aggregate_sql(one.sort, f"m{level}", table, to, columns)
        ranks.append((rank, "ASC" if one.order == "asc" else "DESC"))
    conditions = [
        time_condition(table, question.start, question.end, to),
        search_condition(question.search, table, to),
    ]
    rows = f"(SELECT {', '.join(columns)} FROM {table.name} WHERE {' AND '.join(conditions)})"  # noqa: S608
    named = [
        f"{name} != ''"
        for name, one in zip(names, question.group_by, strict=True)
        if one.exclude_missing or one.steps
    ]
    source = _where(rows, named)
    for level, one in enumerate(question.group_by if cut_last else question.group_by[:-1]):
        # The first groups of a level are within those of the level above: the last condition says it all.
        listed = ", ".join(names[: level + 1])
        first = (
            f"SELECT {listed} FROM {source} GROUP BY {listed} "  # noqa: S608
            f"{_cut(one.limit, names[: level + 1], ranks[level])}"
        )
        source = _where(rows, [*named, f"({listed}) IN ({first})"])
    return _Parts(names, value, source, ranks)


def _where(rows: str, conditions: Sequence[str]) -> str:
    return f"{rows} WHERE {' AND '.join(conditions)}" if conditions else rows


def _cut(limit: int, names: Sequence[str], rank: tuple[str, str]) -> str:
    """What keeps the first groups of the last of ``names`` within each group of those before it."""
    of_parent = f" BY {', '.join(names[:-1])}" if len(names) > 1 else ""
    most = max(1, min(limit, MAX_GROUPS))
    return f"ORDER BY {' '.join(rank)}, {', '.join(names)} LIMIT {most}{of_parent}"


def time_condition(table: Table, start: float, end: float, to: Parameters) -> str:
    """``start`` inclusive, ``end`` exclusive, on the table's own time column."""
    first, last = (table.time_literal.format(to.add(float(at), "Float64")) for at in (start, end))
    return f"{table.time_column} >= {first} AND {table.time_column} < {last}"


def aggregate_sql(compute: Compute, name: str, table: Table, to: Parameters, columns: list[str]) -> str:
    """The aggregate function's SQL over a column ``name``, which is added to ``columns``.

    Raises ``ValueError`` naming the choices.
    """
    kind = compute.aggregation.lower()
    if kind not in AGGREGATIONS:
        raise ValueError(f"Unknown aggregation '{kind[:50]}': expected one of {', '.join(AGGREGATIONS)}.")
    if kind == "count":
        return "toFloat64(count())"
    if not compute.measure:
        raise ValueError(f"The aggregation '{kind}' needs a metric to aggregate, such as '@duration'.")
    source = facet_source(compute.measure, table)
    if kind != "cardinality":
        columns.append(f"{source.number(to)} AS {name}")
        return f"toNullable({_AGGREGATIONS[kind].format(name)})"
    texts = source.texts(to)
    if texts is None:
        # Within a function, as an expression that has a name already would lose it to another.
        columns.append(f"toString({source.text(to)}) AS {name}")
        return f"toFloat64(uniqExactIf({name}, {name} != ''))"
    columns.append(f"arrayFilter(one -> one != '', {texts}) AS {name}")
    return f"toFloat64(uniqExactArray({name}))"


def facet_source(facet: str, table: Table) -> Source:
    return table.source(facet.removeprefix("@"), facet.startswith("@"))


def _facet(group: GroupBy, table: Table, to: Parameters) -> str:
    """A facet's text, empty where a row has none; a row with several values is in the group of each."""
    source = facet_source(group.facet, table)
    if group.steps is not None:
        return _step(source.number(to), group.steps, to)
    texts, again = source.texts(to), source.texts(to)
    if texts is None:
        return f"toString({source.text(to)})"
    return f"arrayJoin(if(empty({texts}), [''], arrayDistinct(arrayMap(one -> toString(one), {again}))))"


def _step(number: str, steps: Steps, to: Parameters) -> str:
    """The beginning of the step in which a number is, as text."""
    low, high, interval = (to.add(float(one), "Float64") for one in (steps.low, steps.high, steps.interval))
    place = f"floor((assumeNotNull({number}) - {low}) / {interval})"
    inside = f"ifNull({number} >= {low} AND {number} < {high}, 0)"
    return f"if({inside}, toString({low} + {place} * {interval}), '')"


def _labels(question: Aggregation, values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(value) or one.missing for value, one in zip(values, question.group_by, strict=True))


def _number(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float) else None
    return None if number is None or number != number else number
