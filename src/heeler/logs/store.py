"""Logs in the store: pages of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from heeler.logs.search import LOGS
from heeler.query.search.aggregate import time_condition
from heeler.query.search.request import Asked, write_cursor
from heeler.query.search.sources import Parameters
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

_COLUMNS = (
    "toUnixTimestamp64Milli(time), id, service, host, source, status, message, tags, attributes, "
    "trace_id, trace_high, span_id"
)


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log as it is kept; ``time`` is UNIX milliseconds."""

    time: int
    id: int
    service: str
    host: str
    source: str
    status: str
    message: str
    tags: Sequence[str]
    attributes: dict[str, Any]
    trace_id: int
    trace_high: int
    span_id: int

    @property
    def full_trace_id(self) -> str | None:
        return f"{self.trace_high:016x}{self.trace_id:016x}" if self.trace_id else None


@dataclass(frozen=True, slots=True)
class LogPage:
    logs: list[StoredLog]
    after: str | None = None


async def search_logs(engine: Engine, asked: Asked) -> LogPage:
    """Logs of a search, by time. Raises ``SearchError`` (a ``ValueError``) for a bad search."""
    to = Parameters()
    conditions = [time_condition(LOGS, asked.start, asked.end, to), search_condition(asked.search, LOGS, to)]
    if asked.cursor:
        time, ident = asked.cursor
        at = f"({to.add(time, 'Int64')}, {to.add(ident, 'UInt64')})"
        conditions.append(f"(toUnixTimestamp64Milli(time), id) {'<' if asked.newest_first else '>'} {at}")
    order = "DESC" if asked.newest_first else "ASC"
    sql = (
        f"SELECT {_COLUMNS} FROM logs FINAL WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY time {order}, id {order} LIMIT {asked.limit + 1}"
    )
    rows = [_log(row) for row in await engine.rows(sql, to.values)]
    logs = rows[: asked.limit]
    return LogPage(logs, write_cursor(logs[-1].time, logs[-1].id) if len(rows) > asked.limit else None)


def _log(row: Sequence[Any]) -> StoredLog:
    values = list(row)
    values[8] = orjson.loads(values[8] or "{}")
    return StoredLog(*values)
