"""Query objects of widgets with ``data_source`` ``process`` or ``container``: lines of the top ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heeler.processes.conditions import Condition, condition
from heeler.processes.kinds import CONTAINERS, PROCESSES, Kind, Measure, measure_of
from heeler.processes.search import All, SearchError, of_tags, parse
from heeler.processes.store import tags_of_hosts
from heeler.query.frame import Frame, Group, Times, Values
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.window import Buckets, Window
from heeler.store.engine import Engine

AGGREGATORS = {"avg": "avg", "mean": "avg", "max": "max", "min": "min", "sum": "sum", "last": "last"}
DEFAULT_LIMIT, MAX_LIMIT = 10, 1000
_KINDS = {"process": PROCESSES, "container": CONTAINERS}


async def execute(engine: Engine, item: dict[str, Any], window: Window) -> Frame:
    """The frame of a query object; a window whose interval is as long as itself is one bucket.

    Raises :class:`QueryError` that says what is wrong with the object.
    """
    kind = PROCESSES
    try:
        metric = str(item.get("metric") or "")
        kind = _kind_of(item, metric)
        measure, normalized = measure_of(kind, metric)
        tree = All((parse(str(item.get("text_filter") or "")), of_tags(_texts(item.get("tag_filters")))))
        limit = _limit(item.get("limit"))
        aggregator = _aggregator(item.get("aggregator"))
    except (SearchError, ValueError) as error:
        raise QueryError(str(error)) from error
    where = condition(kind, tree, await tags_of_hosts(engine))
    column = _column(measure, normalized=normalized or bool(item.get("is_normalized_cpu")))
    interval = window.interval
    if interval >= window.end - window.start:
        interval = max(window.end - window.start, 1)
        times = np.array([window.start], np.int64)
    else:
        times = Buckets.of(window).starts
    descending = item.get("sort") != "asc"
    sql = _sql(kind, column, aggregator, where, limit=limit, descending=descending)
    parameters = {
        "start": int(times[0]) if len(times) > 1 else window.start,
        "end": window.end,
        "first": int(times[0]),
        "interval": interval,
        **where.parameters,
    }
    rows = await engine.rows(sql, parameters)
    return _frame(kind, rows, times, interval, measure.unit, metric)


def _kind_of(item: Mapping[str, Any], metric: str) -> Kind:
    """That of the data source; `process.stat.container.*` is of containers under either."""
    if metric.removeprefix("process.stat.").startswith("container."):
        return CONTAINERS
    return _KINDS.get(str(item.get("data_source")), PROCESSES)


def _texts(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ValueError("'tag_filters' must be a list of tags, such as ['env:prod'].")
    return [str(one) for one in given]


def _limit(given: Any) -> int:
    if given in (None, 0):
        return DEFAULT_LIMIT
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MAX_LIMIT:
        raise ValueError(f"'limit' is {str(given)[:50]!r}: expected a whole number from 1 to {MAX_LIMIT}.")
    return given


def _aggregator(given: Any) -> str:
    name = str(given or "avg")
    if name not in AGGREGATORS:
        raise ValueError(f"The aggregator {name[:50]!r} is not known here; use {', '.join(AGGREGATORS)}.")
    return AGGREGATORS[name]


def _column(measure: Measure, *, normalized: bool) -> str:
    return f"{measure.column} / greatest(cores, 1)" if normalized and measure.per_core else measure.column


def _sql(kind: Kind, column: str, aggregator: str, where: Condition, *, limit: int, descending: bool) -> str:
    """Lines of the ``limit`` with the highest (or lowest) value over the window, bucket by bucket."""
    keys = [f"toString({sql})" for sql in kind.group.values()]
    group = ", ".join(keys)
    value = f"toFloat64({f'argMax({column}, time)' if aggregator == 'last' else f'{aggregator}({column})'})"
    source = f"""
    {kind.table} WHERE toStartOfFiveMinutes(time) >= toStartOfFiveMinutes(toDateTime({{start:UInt32}}))
        AND time >= toDateTime({{start:UInt32}}) AND time < toDateTime({{end:UInt32}}) AND ({where.sql})
    """
    return f"""
    SELECT {group}, intDiv(toUnixTimestamp(time) - {{first:UInt32}}, {{interval:UInt32}}) AS bucket, {value}
    FROM {source} AND ({group}) IN (
        SELECT {group} FROM {source}
        GROUP BY {group} ORDER BY {value} {"DESC" if descending else "ASC"}, {group} LIMIT {limit}
    )
    GROUP BY {group}, bucket ORDER BY {group}, bucket
    """  # noqa: S608


def _frame(
    kind: Kind, rows: Sequence[Sequence[Any]], times: Times, interval: int, unit: str, metric: str
) -> Frame:
    names = list(kind.group)
    found: dict[tuple[str, ...], Values] = {}
    for *keys, bucket, value in rows:
        line = found.setdefault(tuple(map(str, keys)), np.full(len(times), np.nan))
        if 0 <= int(bucket) < len(times):
            line[int(bucket)] = float(value)
    groups = []
    for line_keys in found:
        tags = tuple(f"{name}:{key}" for name, key in zip(names, line_keys, strict=True))
        groups.append(Group(tags, ",".join(tags)))
    values = np.array(list(found.values())) if found else np.zeros((0, len(times)))
    return Frame(times, tuple(groups), values, interval, metric=metric, unit=unit)
