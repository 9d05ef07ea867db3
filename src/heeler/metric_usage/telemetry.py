"""Stored telemetry volume by hour: hosts, series, points, logs, spans and events."""

from __future__ import annotations

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

SIGNALS = tuple(_BY_HOUR)


def window(sql: str) -> str:
    """``sql`` with placeholders for the times of :func:`bounds`."""
    return sql.replace("{a}", "toDateTime({start:UInt32})").replace("{b}", "toDateTime({end:UInt32})")


def bounds(start: int, end: int) -> dict[str, int]:
    """Within the times that the engine has."""
    return {"start": min(max(0, start), _LAST), "end": min(max(0, end), _LAST)}


async def by_hour(engine: Engine, signal: str, start: int, end: int) -> dict[int, int]:
    """Counts by the start of the hour (UNIX seconds) in [``start``, ``end``); hours without data are
    omitted.
    """
    sql = f"{window(_BY_HOUR[signal])} GROUP BY hour ORDER BY hour"
    rows = await engine.rows(sql, bounds(start, end))
    return {int(hour): int(count) for hour, count in rows}
