"""Queries on stored logs: pages of a search, one log, and its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.logs.search import LOGS, TIME_NS, write_id
from heeler.query.search.field_sql import Parameters, Table, finite
from heeler.query.search.planner import facet_source, readable_condition, time_condition
from heeler.query.search.request import PageRequest, write_cursor
from heeler.query.search.sql import search_condition
from heeler.store.attributes import PROMOTED, attributes_of
from heeler.store.engine import Engine

_PROMOTED = tuple(PROMOTED.values())
_COLUMNS = (
    f"{TIME_NS}, seq, service, host, source, status, message, tags, "
    f"trace_id, trace_high, span_id, index_name, ids, attributes, {', '.join(_PROMOTED)}"
)
#: Columns before the ids and the attributes; where those of the trace begin.
_FIXED, _TRACE = 12, 8


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A stored log; ``time`` is UNIX nanoseconds, ``seq`` the order of arrival."""

    time: int
    seq: int
    service: str
    host: str
    source: str
    status: str
    message: str
    tags: Sequence[str]
    trace_id: int
    trace_high: int
    span_id: int
    index: str
    attributes: Mapping[str, Any]

    @property
    def id(self) -> str:
        return write_id(self.time, self.seq)

    @property
    def full_trace_id(self) -> str | None:
        return f"{self.trace_high:016x}{self.trace_id:016x}" if self.trace_id else None


@dataclass(frozen=True, slots=True)
class LogPage:
    logs: list[StoredLog]
    after: str | None = None


async def search_logs(engine: Engine, request: PageRequest, table: Table = LOGS) -> LogPage:
    """Page of the logs of ``table`` that match a search, ordered by time, then by arrival.

    Raises ``SearchError`` (a ``ValueError``) for an invalid search.
    """
    to = Parameters()
    conditions = [
        time_condition(table, request.start, request.end, to),
        search_condition(request.search, table, to),
    ]
    if request.indexes:
        names = ", ".join(to.add(one) for one in request.indexes)
        conditions.append(f"index_name IN ({names})")
    if request.cursor:
        conditions.append(_beyond(*request.cursor, to, older=request.newest_first))
    rows = await _rows(
        engine, conditions, to, request.limit + 1, newest_first=request.newest_first, table=table
    )
    logs = rows[: request.limit]
    return LogPage(logs, write_cursor(logs[-1].time, logs[-1].seq) if len(rows) > request.limit else None)


async def first_logs(
    engine: Engine, request: PageRequest, field: str, table: Table = LOGS, *, descending: bool
) -> list[StoredLog]:
    """The first logs of a search of ``table`` in the order of ``field``, such as ``host`` or ``@duration``.

    Numbers are ordered by value, texts by their characters; logs without the field come last. Raises
    ``SearchError`` (a ``ValueError``) for an invalid search.
    """
    to = Parameters()
    source = facet_source(field, table)
    text, number = source.text(to), finite(source.number(to), to)
    way = "DESC" if descending else "ASC"
    order = f"({text}) = '', ({number}) {way} NULLS LAST, ({text}) {way}, time DESC, seq DESC"
    timed = time_condition(table, request.start, request.end, to)
    conditions = [timed, search_condition(request.search, table, to)]
    if request.indexes:
        names = ", ".join(to.add(one) for one in request.indexes)
        conditions.append(f"index_name IN ({names})")
    chosen = (
        f"SELECT time, seq FROM {table.name} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {order} LIMIT {request.limit}"
    )
    sql = (
        f"SELECT {_COLUMNS} FROM {table.name} WHERE {timed} AND (time, seq) IN ({chosen}) "  # noqa: S608
        f"ORDER BY {order}"
    )
    return [_log(row) for row in await engine.rows(sql, to.values)]


async def find_log(engine: Engine, time: int, seq: int, table: Table = LOGS) -> StoredLog | None:
    """The log at a position (see :func:`~heeler.logs.search.read_id`), if the caller may read it."""
    to = Parameters()
    condition = (
        f"time = fromUnixTimestamp64Nano({to.add(time, 'Int64')}, 'UTC') AND seq = {to.add(seq, 'UInt64')}"
    )
    conditions = [one for one in (condition, table.searchable, readable_condition(table, to)) if one]
    found = await _rows(engine, conditions, to, 1, newest_first=True, table=table)
    return found[0] if found else None


async def logs_around(
    engine: Engine,
    time: int,
    seq: int,
    search: str,
    *,
    before: int,
    after: int,
    reach: int,
    table: Table = LOGS,
) -> tuple[list[StoredLog], list[StoredLog]]:
    """Up to ``before`` logs before a position and ``after`` logs after it that match ``search``, by time, at
    most ``reach`` seconds away. Raises ``SearchError``.
    """
    found = []
    for limit, older in ((before, True), (after, False)):
        to = Parameters()
        start, end = (time / 1e9 - reach, time / 1e9 + 1) if older else (time / 1e9 - 1, time / 1e9 + reach)
        conditions = [
            time_condition(table, start, end, to),
            search_condition(search, table, to),
            _beyond(time, seq, to, older=older),
        ]
        rows = await _rows(engine, conditions, to, limit, newest_first=older, table=table) if limit else []
        found.append(rows)
    return found[0][::-1], found[1]


def _beyond(time: int, seq: int, to: Parameters, *, older: bool) -> str:
    """Condition for logs before or after a position; includes the time alone, to use the primary key."""
    sign = "<" if older else ">"
    at = f"fromUnixTimestamp64Nano({to.add(time, 'Int64')}, 'UTC')"
    return f"time {sign}= {at} AND (time {sign} {at} OR seq {sign} {to.add(seq, 'UInt64')})"


async def _rows(
    engine: Engine,
    conditions: Sequence[str],
    to: Parameters,
    limit: int,
    *,
    newest_first: bool,
    table: Table = LOGS,
) -> list[StoredLog]:
    order = "DESC" if newest_first else "ASC"
    sql = (
        f"SELECT {_COLUMNS} FROM {table.name} WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY time {order}, seq {order} LIMIT {limit}"
    )
    return [_log(row) for row in await engine.rows(sql, to.values)]


def _log(row: Sequence[Any]) -> StoredLog:
    promoted = dict(zip(_PROMOTED, row[_FIXED + 2 :], strict=True))
    low, high, span = row[_TRACE : _TRACE + 3]
    values: list[Any] = [
        *row[:_FIXED],
        attributes_of(row[_FIXED + 1], promoted, row[_FIXED], (high, low), span),
    ]
    return StoredLog(*values)
