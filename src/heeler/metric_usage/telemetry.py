"""Stored telemetry volume: hosts, series, points, logs, spans and events by hour, and by service, host or
metric."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from heeler.store.engine import Engine

HOUR = 3600
MAX_HOURS = 31 * 24
_LAST = 2**32 - 1

_BY_HOUR = {
    "points": "SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, count() FROM points "
    "WHERE time >= {a} AND time < {b}",
    "series": "SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, uniq(series) FROM points "
    "WHERE time >= {a} AND time < {b}",
    "logs": "SELECT toUnixTimestamp(toStartOfHour(toDateTime(time))) AS hour, count() FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    "log_bytes": "SELECT toUnixTimestamp(toStartOfHour(toDateTime(time))) AS hour, sum(length(message)) "
    "FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    "spans": "SELECT toUnixTimestamp(toStartOfHour(toDateTime(start))) AS hour, count() FROM apm_spans "
    "WHERE start >= {a} AND start < {b}",
    "events": "SELECT toUnixTimestamp(toStartOfHour(time)) AS hour, count() FROM events "
    "WHERE time >= {a} AND time < {b}",
    "hosts": "SELECT toUnixTimestamp(toStartOfHour(p.time)) AS hour, uniq(s.host) FROM "
    "(SELECT time, series FROM points WHERE metric = 'system.uptime' AND time >= {a} AND time < {b}) "
    "AS p "
    "INNER JOIN (SELECT series, host FROM series WHERE metric = 'system.uptime') AS s USING (series)",
}
"""Hourly count of each signal; ``log_bytes`` is the size of log messages."""

_SERIES = (
    "FROM (SELECT series, count() AS c FROM points WHERE time >= {a} AND time < {b} GROUP BY series) AS p "
    "INNER JOIN (SELECT series, any(host) AS host, any(tags) AS tags FROM series GROUP BY series) AS s "
    "USING (series)"
)
_WITH_KEY = "arrayJoin(arrayFilter(t -> startsWith(t, {key:String}), tags)) AS name"
_OF_LOGS = "FROM log_events WHERE time >= {a} AND time < {b}"

_TOP = {
    ("points", "host"): f"SELECT host AS name, sum(c) AS n {_SERIES}",
    ("points", "service"): f"SELECT {_WITH_KEY}, sum(c) AS n {_SERIES}",
    ("points", "tag"): f"SELECT {_WITH_KEY}, sum(c) AS n {_SERIES}",
    ("series", "host"): f"SELECT host AS name, count() AS n {_SERIES}",
    ("series", "service"): f"SELECT {_WITH_KEY}, count() AS n {_SERIES}",
    ("series", "tag"): f"SELECT {_WITH_KEY}, count() AS n {_SERIES}",
    ("log_bytes", "service"): f"SELECT toString(service) AS name, sum(length(message)) AS n {_OF_LOGS}",
    ("log_bytes", "host"): f"SELECT toString(host) AS name, sum(length(message)) AS n {_OF_LOGS}",
    ("log_bytes", "tag"): f"SELECT {_WITH_KEY}, sum(length(message)) AS n {_OF_LOGS}",
    ("points", "metric"): "SELECT toString(metric) AS name, count() AS n FROM points "
    "WHERE time >= {a} AND time < {b}",
    ("series", "metric"): "SELECT toString(metric) AS name, uniq(series) AS n FROM points "
    "WHERE time >= {a} AND time < {b}",
    ("logs", "service"): "SELECT toString(service) AS name, count() AS n FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    ("logs", "host"): "SELECT toString(host) AS name, count() AS n FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    (
        "logs",
        "tag",
    ): "SELECT arrayJoin(arrayFilter(t -> startsWith(t, {key:String}), tags)) AS name, count() AS n "
    "FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    ("spans", "service"): "SELECT toString(service) AS name, count() AS n FROM apm_spans "
    "WHERE start >= {a} AND start < {b}",
    ("spans", "host"): "SELECT toString(host) AS name, count() AS n FROM apm_spans "
    "WHERE start >= {a} AND start < {b}",
    (
        "spans",
        "tag",
    ): "SELECT arrayJoin(arrayFilter(t -> startsWith(t, {key:String}), tags)) AS name, count() AS n "
    "FROM apm_spans WHERE start >= {a} AND start < {b}",
}

SIGNALS = tuple(_BY_HOUR)
GROUPS = ("metric", "service", "host", "tag")


@dataclass(frozen=True, slots=True)
class Group:
    signal: str
    name: str
    count: int


def _window(sql: str) -> str:
    return sql.replace("{a}", "toDateTime({start:UInt32})").replace("{b}", "toDateTime({end:UInt32})")


def _bounds(start: int, end: int) -> dict[str, int]:
    """Within the times that the engine has."""
    return {"start": min(max(0, start), _LAST), "end": min(max(0, end), _LAST)}


async def by_hour(engine: Engine, signal: str, start: int, end: int) -> dict[int, int]:
    """Counts by the start of the hour (UNIX seconds) in [``start``, ``end``); hours without data are
    omitted.
    """
    sql = f"{_window(_BY_HOUR[signal])} GROUP BY hour ORDER BY hour"
    rows = await engine.rows(sql, _bounds(start, end))
    return {int(hour): int(count) for hour, count in rows}


async def top(engine: Engine, group: str, key: str, start: int, end: int, most: int = 50) -> list[Group]:
    """Largest groups of each signal that supports the grouping; ``key`` is the tag key of ``tag``."""
    parameters: dict[str, Any] = {**_bounds(start, end), "key": f"{key}:", "most": most}
    prefix = f"{key}:" if group == "service" else ""
    signals = [signal for signal, kind in _TOP if kind == group]
    sqls = [
        f"{_window(_TOP[signal, group])} GROUP BY name ORDER BY n DESC LIMIT {{most:UInt32}}"
        for signal in signals
    ]
    answers = await asyncio.gather(*(engine.rows(sql, parameters) for sql in sqls))
    return [
        Group(signal, str(name).removeprefix(prefix), int(count))
        for signal, rows in zip(signals, answers, strict=True)
        for name, count in rows
    ]
