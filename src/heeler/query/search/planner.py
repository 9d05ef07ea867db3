"""Planner of search aggregations: parses the text once and writes one SQL statement.

The groups of each facet are limited within those of the facet before it; the statement reads only rows of
groups that are returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heeler.query.search.field_sql import Parameters, Source, Table, finite
from heeler.query.search.flat_attributes import FlatAttribute
from heeler.query.search.minute_counts import (
    MINUTE,
    is_counted,
    is_counted_column,
    minute_of,
    whole_minutes,
    within_minutes,
)
from heeler.query.search.plan import (
    MAX_BUCKETS,
    MAX_FACETS,
    MAX_GROUPS,
    Aggregation,
    Compute,
    GroupBy,
    SeriesPlan,
    Steps,
    TotalsPlan,
)
from heeler.query.search.row_access import row_condition
from heeler.query.search.sql import search_condition

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
#: Number of rows that are counted already.
_SUM = "toFloat64(sum(n))"
#: Aggregations for which no rows means zero.
COUNTING = ("count", "cardinality", "sum")


@dataclass(frozen=True, slots=True)
class _Parts:
    """SQL: the facets' columns, the number, what follows ``FROM`` (rows of the first groups), and the sort
    expression of each facet's groups, with its direction.
    """

    names: list[str]
    value: str
    source: str
    ranks: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a request: a statement from ``FROM`` on, SQL of their bucket, if there are several, and
    the names that the statement defines.
    """

    chosen: str
    bucket: str
    names: Parameters


def plan_totals(table: Table, request: Aggregation) -> TotalsPlan:
    """Plan one number a group. Raises ``SearchError`` and ``ValueError`` for invalid requests."""
    to = Parameters()
    if not request.group_by and request.compute.aggregation.lower() == "count":
        rows = _all_rows(table, request, to)
        sql = f"SELECT toFloat64(count()) {rows[0].chosen}"
        if len(rows) > 1:
            sql = f"SELECT {_SUM} FROM {_counted((), (), table, rows)}"  # noqa: S608
        return TotalsPlan(sql, to.values, ())
    parts = _parts(table, request, to, cut_last=False)
    sql = f"SELECT {parts.value} FROM {parts.source}"  # noqa: S608
    if parts.names:
        sql = _first_numbers(parts, request.group_by[-1].limit)
    return TotalsPlan(sql, to.values, request.group_by)


def plan_series(table: Table, request: Aggregation, interval: int, shift: int = 0) -> SeriesPlan:
    """Plan numbers in buckets of ``interval`` seconds, which start at multiples of it, ``shift`` seconds
    earlier.

    A window no longer than its interval is one bucket. Raises like :func:`plan_totals`.
    """
    whole = interval >= request.end - request.start
    first = int(request.start) if whole else int(request.start + shift) // interval * interval - shift
    buckets = int(-(-(request.end - first) // interval))
    if not 0 < buckets <= MAX_BUCKETS:
        raise ValueError(f"This window has {buckets} buckets of {interval} s: expected 1 to {MAX_BUCKETS}.")
    to = Parameters()
    parts = _parts(table, request, to, cut_last=not whole, buckets=None if whole else (interval, shift))
    named = f"{first} AS bucket" if whole else "bucket"
    sql = (
        f"SELECT {', '.join([named, *parts.names, f'{parts.value} AS v'])} "  # noqa: S608
        f"FROM {parts.source} GROUP BY {', '.join(['bucket', *parts.names])} "
    )
    if whole and parts.names:
        sql += _cut(request.group_by[-1].limit, parts.names, parts.ranks[-1])
    else:
        sql += f"ORDER BY {', '.join([*parts.names, 'bucket'])}"
    counting = request.compute.aggregation.lower() in COUNTING
    unit = _unit(request.compute, table)
    return SeriesPlan(sql, to.values, request.group_by, first, interval, buckets, unit, counting)


def _first_numbers(parts: _Parts, limit: int) -> str:
    """Numbers of the first ``limit`` groups of the last facet, in the order of the first facet."""
    names = ", ".join(parts.names)
    rank, direction = parts.ranks[0]
    if len(parts.names) == 1:  # the groups come in this order
        return (
            f"SELECT {names}, {parts.value} AS v FROM {parts.source} GROUP BY {names} "  # noqa: S608
            f"{_cut(limit, parts.names, parts.ranks[0])}"
        )
    return (
        f"SELECT {names}, v FROM (SELECT {names}, {parts.value} AS v, {rank} AS r "  # noqa: S608
        f"FROM {parts.source} GROUP BY {names} {_cut(limit, parts.names, parts.ranks[-1])}) "
        f"ORDER BY r {direction}, {names} LIMIT {MAX_GROUPS}"
    )


def _unit(compute: Compute, table: Table) -> str:
    timed = compute.measure and facet_source(compute.measure, table).duration
    return "nanosecond" if timed and compute.aggregation.lower() not in ("count", "cardinality") else ""


def _parts(
    table: Table,
    request: Aggregation,
    to: Parameters,
    *,
    cut_last: bool = True,
    buckets: tuple[int, int] | None = None,
) -> _Parts:
    """``cut_last``: whether the groups of the last facet are limited too; if not, the statement does it.
    ``buckets``: interval and shift of a row's bucket, if there are several.

    Raises ``ValueError`` for too many facets and for invalid measures.
    """
    if len(request.group_by) > MAX_FACETS:
        raise ValueError(f"{len(request.group_by)} facets to group by: expected at most {MAX_FACETS}.")
    names = [f"g{level}" for level in range(len(request.group_by))]
    counted = _counts_only(request) and bool(request.group_by or buckets)
    selected = _all_rows(table, request, to, buckets) if counted else [_rows(table, request, to, buckets)]
    chosen, of_bucket = selected[0].chosen, [f"{selected[0].bucket} AS bucket"] if buckets else []
    columns = [f"{table.time} AS t", *of_bucket]
    value = aggregate_sql(request.compute, "m", table, to, columns)
    ranks: list[tuple[str, str]] = []
    for level, one in enumerate(request.group_by):
        rank = value
        if one.by_name:
            rank = f"toFloat64OrZero({names[level]})" if one.steps else names[level]
        elif one.sort:
            rank = aggregate_sql(one.sort, f"m{level}", table, to, columns)
        ranks.append((rank, "ASC" if one.order == "asc" else "DESC"))
    if counted:
        ranks = [(_SUM if rank == value else rank, order) for rank, order in ranks]
        value, rows = _SUM, _counted(request.group_by, names, table, selected)
    else:
        for one, name in zip(request.group_by, names, strict=True):
            columns.append(f"{_facet(one, table, to)} AS {name}")
        rows = f"(SELECT {', '.join(columns)} {chosen})"
    required = [one.exclude_missing or bool(one.steps) for one in request.group_by]
    named = [f"{name} != ''" for name, needed in zip(names, required, strict=True) if needed]
    source, within = _where(rows, named), list(named)
    for level, one in enumerate(request.group_by if cut_last else request.group_by[:-1]):
        # The first groups of a level are within those of the level above: the last condition suffices.
        listed = ", ".join(names[: level + 1])
        if counted:  # a log with several values of a facet below counts once
            used = [at for at, needed in enumerate(required) if needed or at <= level]
            facets, columns_used = [request.group_by[at] for at in used], [names[at] for at in used]
            unbucketed = [replace(one, bucket="") for one in selected]
            source = _where(_counted(facets, columns_used, table, unbucketed), within)
        first = (
            f"SELECT {listed} FROM {source} GROUP BY {listed} "  # noqa: S608
            f"{_cut(one.limit, names[: level + 1], ranks[level])}"
        )
        within = [*named, f"({listed}) IN ({first})"]
        source = _where(rows, within)
    return _Parts(names, value, source, ranks)


def _rows(
    table: Table, request: Aggregation, to: Parameters, buckets: tuple[int, int] | None = None
) -> _Rows:
    """All rows of a request."""
    within = between(table, request.start, request.end, to)
    return _rows_within(within, table, request, to, buckets, table.seconds)


def _all_rows(
    table: Table, request: Aggregation, to: Parameters, buckets: tuple[int, int] | None = None
) -> list[_Rows]:
    """All rows of a request that counts: those of whole minutes, if the store counts them, and others."""
    sources = [facet_source(one.facet, table) for one in request.group_by]
    minutes = whole_minutes(request.start, request.end)
    fits = all(number % MINUTE == 0 for number in buckets or ())
    if minutes is None or not fits or not is_counted(table, request.search, sources):
        return [_rows(table, request, to, buckets)]
    inner, outer = to.scope(), to.scope()
    at = f"toInt64(toUnixTimestamp({minute_of(table)}))"
    found = [_rows_within(within_minutes(table, *minutes, inner), table, request, inner, buckets, at)]
    ends = [(request.start, minutes[0]), (minutes[1], request.end)]
    rest = " OR ".join(f"({between(table, *end, outer)})" for end in ends if end[0] < end[1])
    if rest:
        found.append(_rows_within(f"({rest})", table, request, outer, buckets, table.seconds))
    return found


def _rows_within(
    within: str,
    table: Table,
    request: Aggregation,
    to: Parameters,
    buckets: tuple[int, int] | None,
    at: str,
) -> _Rows:
    """``within``: condition on the time; ``at``: SQL of a row's UNIX seconds."""
    allowed = filter(None, (within, table.searchable, readable_condition(table, to)))
    conditions = [*allowed, search_condition(request.search, table, to)]
    chosen = f"FROM {table.name} WHERE {' AND '.join(one for one in conditions if one != '1')}"
    if buckets is None:
        return _Rows(chosen, "", to)
    interval, shift = buckets
    return _Rows(chosen, f"intDiv({at} + {shift}, {interval}) * {interval} - {shift}", to)


def _counts_only(request: Aggregation) -> bool:
    """Whether rows are counted by facets, and nothing else is asked about them."""
    measures = [request.compute, *(one.sort for one in request.group_by if one.sort and not one.by_name)]
    facets_only = all(one.steps is None for one in request.group_by)
    return facets_only and all(one.aggregation.lower() == "count" for one in measures)


def _counted(facets: Sequence[GroupBy], names: Sequence[str], table: Table, selected: Sequence[_Rows]) -> str:
    """Subquery of the number ``n`` of rows by bucket, if there is one, and by facets with these names. A
    group may come several times.
    """
    sources = [facet_source(one.facet, table) for one in facets]
    return f"({' UNION ALL '.join(_counted_rows(sources, names, one, table) for one in selected)})"


def _counted_rows(sources: Sequence[Source], names: Sequence[str], rows: _Rows, table: Table) -> str:
    """Rows are counted by what is stored first: the values of facets are computed for each of these groups
    and not for each row; where facets are columns, these are the groups.
    """
    to = rows.names.scope()
    inner, keys = ([f"{rows.bucket} AS bucket"], ["bucket"]) if rows.bucket else ([], [])
    outer = list(keys)
    if not any(isinstance(source, FlatAttribute) for source in sources):
        values = [one.text(to) if is_counted_column(one, table) else _values(one, to) for one in sources]
        inner += [f"{value} AS {name}" for value, name in zip(values, names, strict=True)]
        return f"SELECT {', '.join([*inner, 'count() AS n'])} {rows.chosen}{_group_by([*keys, *names])}"
    for source, name in zip(sources, names, strict=True):
        if isinstance(source, FlatAttribute):
            stored = [(f"{name}_{place}", sql) for place, (_, sql) in enumerate(source.stored(to))]
            outer.append(f"{_values(source.of_read([column for column, _ in stored], to), to)} AS {name}")
        elif source.texts(Parameters()) is None:
            stored = [(f"{name}_0", source.text(to))]
            outer.append(f"toString({name}_0) AS {name}")
        else:
            stored = [(name, _values(source, to))]
            outer.append(name)
        inner += [f"{sql} AS {column}" for column, sql in stored]
        keys += [column for column, _ in stored]
    by_stored = f"SELECT {', '.join([*inner, 'count() AS n'])} {rows.chosen}{_group_by(keys)}"
    return f"SELECT {', '.join([*outer, 'n'])} FROM ({by_stored})"  # noqa: S608


def _group_by(keys: Sequence[str]) -> str:
    return f" GROUP BY {', '.join(keys)}" if keys else ""


def _where(rows: str, conditions: Sequence[str]) -> str:
    return f"{rows} WHERE {' AND '.join(conditions)}" if conditions else rows


def _cut(limit: int, names: Sequence[str], rank: tuple[str, str]) -> str:
    """Clause that limits the last of ``names`` to its first groups within each group of those before it."""
    of_parent = f" BY {', '.join(names[:-1])}" if len(names) > 1 else ""
    most = max(1, min(limit, MAX_GROUPS))
    return f"ORDER BY {' '.join(rank)}, {', '.join(names)} LIMIT {most}{of_parent}"


def between(table: Table, start: float, end: float, to: Parameters) -> str:
    """Condition on the table's time column, ``start`` inclusive, ``end`` exclusive."""
    first, last = table.time_at(start, to), table.time_at(end, to)
    return f"{table.time_column} >= {first} AND {table.time_column} < {last}"


def time_condition(table: Table, start: float, end: float, to: Parameters) -> str:
    """:func:`between`, for searchable rows that the current caller may read."""
    within = between(table, start, end, to)
    return " AND ".join(filter(None, (within, table.searchable, readable_condition(table, to))))


def readable_condition(table: Table, to: Parameters) -> str:
    """Condition of the rows of a table that the current caller may read; empty for all rows."""
    if table.readable is not None:
        return table.readable(to)
    return row_condition(table.data, table, to) if table.data else ""


def aggregate_sql(compute: Compute, name: str, table: Table, to: Parameters, columns: list[str]) -> str:
    """SQL of the aggregate function over a column ``name``, which is added to ``columns``.

    Raises ``ValueError`` listing the choices.
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
        columns.append(f"{finite(source.number(to), to)} AS {name}")
        return f"toNullable({_AGGREGATIONS[kind].format(name)})"
    texts = source.texts(to)
    if texts is None:
        # Within a function: an expression that already has an alias would be given another.
        columns.append(f"toString({source.text(to)}) AS {name}")
        return f"toFloat64(uniqExactIf({name}, {name} != ''))"
    columns.append(f"arrayFilter(one -> one != '', {texts}) AS {name}")
    return f"toFloat64(uniqExactArray({name}))"


def facet_source(facet: str, table: Table) -> Source:
    return table.source(facet.removeprefix("@"), facet.startswith("@"))


def _facet(group: GroupBy, table: Table, to: Parameters) -> str:
    """SQL of a facet's text, empty if absent; a row with several values is in the group of each."""
    source = facet_source(group.facet, table)
    return _values(source, to) if group.steps is None else _step(source.number(to), group.steps, to)


def _values(source: Source, to: Parameters) -> str:
    texts, again = source.texts(to), source.texts(to)
    if texts is None:
        return f"toString({source.text(to)})"
    return f"arrayJoin(if(empty({texts}), [''], arrayDistinct(arrayMap(one -> toString(one), {again}))))"


def _step(number: str, steps: Steps, to: Parameters) -> str:
    """Start of the step that contains a number, as text."""
    low, high, interval = (to.add(float(one), "Float64") for one in (steps.low, steps.high, steps.interval))
    place = f"floor((assumeNotNull({number}) - {low}) / {interval})"
    inside = f"ifNull({number} >= {low} AND {number} < {high}, 0)"
    return f"if({inside}, toString({low} + {place} * {interval}), '')"
