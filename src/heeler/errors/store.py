"""Queries on issues in the telemetry store: issues of a time window, details of one issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from heeler.errors.lifecycle import SeenAfter
from heeler.errors.search import ERRORS, TRACE_HEX
from heeler.query.search.field_sql import Parameters
from heeler.query.search.planner import readable_condition, time_condition
from heeler.query.search.sql import search_condition
from heeler.store.engine import Engine

MAX_ISSUES = 1000
TREND_BUCKETS = 30
MAX_SAMPLES = 50


@dataclass(frozen=True, slots=True)
class Issue:
    """Details of an issue over all time. Times are UTC."""

    id: str
    service: str
    type: str
    message: str
    file: str
    function: str
    languages: Sequence[str]
    sources: Sequence[str]
    first_seen: datetime
    last_seen: datetime
    first_version: str
    last_version: str
    total: int


@dataclass(frozen=True, slots=True)
class Window:
    """An issue in a window: errors, affected users, and errors in equal parts of it."""

    issue: str
    count: int
    users: int
    trend: Sequence[int]
    versions: Sequence[str]
    message: str = ""
    """Of its newest error in the window."""


_ISSUE = (
    "issue, any(service), any(type), anyLast(message), any(file), any(function), "
    "groupUniqArrayArray(languages), groupUniqArrayArray(sources), min(first_seen), max(last_seen), "
    "argMinMerge(first_version), argMaxMerge(last_version), sum(total)"
)


async def issues(engine: Engine, ids: Sequence[str]) -> dict[str, Issue]:
    """Issues with these ids, by id; missing ones are omitted."""
    rows = await engine.rows(
        f"SELECT {_ISSUE} FROM error_issues WHERE issue IN {{ids:Array(String)}} GROUP BY issue",  # noqa: S608
        {"ids": list(ids)},
    )
    return {str(row[0]): _issue(row) for row in rows}


def _issue(row: Sequence[Any]) -> Issue:
    found = list(row)
    found[8:10] = [one.replace(tzinfo=UTC) for one in found[8:10]]
    found[6], found[7] = sorted(filter(None, found[6])), sorted(found[7])
    return Issue(*found)


async def windows(
    engine: Engine, search: str, start: float, end: float, sources: Sequence[str]
) -> list[Window]:
    """Issues with errors in a window that match a search, most errors first.

    ``start`` and ``end`` are UNIX seconds; ``sources`` are ``trace`` and ``logs``. Raises ``SearchError``.
    """
    to = Parameters()
    where = [time_condition(ERRORS, start, end, to), search_condition(search, ERRORS, to)]
    where.append(f"source IN ({', '.join(to.add(one) for one in sources)})")
    width = max((end - start) / TREND_BUCKETS, 0.001)
    since = f"greatest({ERRORS.time} - {to.add(start, 'Float64')}, 0)"
    place = f"least(toUInt32({since} / {to.add(width, 'Float64')}), {TREND_BUCKETS - 1})"
    rows = await engine.rows(
        f"SELECT issue, count() AS n, uniqExactIf(usr_id, usr_id != ''), sumMap([{place}], [1]), "  # noqa: S608
        f"groupUniqArray(100)(toString(version)), argMax(message, time) "
        f"FROM {ERRORS.name} WHERE {' AND '.join(where)} "
        f"GROUP BY issue ORDER BY n DESC, issue LIMIT {MAX_ISSUES}",
        to.values,
    )
    return [
        Window(
            str(issue), int(count), int(users), _trend(*places), sorted(filter(None, versions)), str(message)
        )
        for issue, count, users, places, versions, message in rows
    ]


def _trend(places: Sequence[int], counts: Sequence[int]) -> list[int]:
    trend = [0] * TREND_BUCKETS
    for place, count in zip(places, counts, strict=True):
        trend[int(place)] = int(count)
    return trend


async def samples(engine: Engine, issue: str, start: float, end: float) -> list[dict[str, Any]]:
    """The newest errors of an issue in a window."""
    to = Parameters()
    names = (
        "time, source, service, env, version, host, language, type, message, stack, resource, usr_id, "
        f"if(trace_id = 0, '', {TRACE_HEX}), toString(span_id)"
    )
    rows = await engine.rows(
        f"SELECT {names} FROM error_events WHERE issue = {to.add(issue)} "  # noqa: S608
        f"AND {time_condition(ERRORS, start, end, to)} ORDER BY time DESC LIMIT {MAX_SAMPLES}",
        to.values,
    )
    keys = [
        "time",
        "source",
        "service",
        "env",
        "version",
        "host",
        "language",
        "type",
        "message",
        "stack",
        "resource",
        "user",
        "trace_id",
        "span_id",
    ]
    found = [dict(zip(keys, row, strict=True)) for row in rows]
    for one in found:
        one["time"] = one["time"].replace(tzinfo=UTC).timestamp()
    return found


async def newest_readable(engine: Engine, issue: str) -> str | None:
    """Message of the newest error of an issue that the caller may read; None if there is none."""
    to = Parameters()
    rows = await engine.rows(
        f"SELECT argMax(message, time), count() FROM error_events WHERE issue = {to.add(issue)} "  # noqa: S608
        f"AND {readable_condition(ERRORS, to) or '1'}",
        to.values,
    )
    return str(rows[0][0]) if rows and rows[0][1] else None


async def by_version(engine: Engine, issue: str) -> list[dict[str, Any]]:
    """Count and times of an issue in each version, the newest first."""
    to = Parameters()
    rows = await engine.rows(
        "SELECT toString(version), count(), min(time), max(time) FROM error_events "  # noqa: S608
        f"WHERE issue = {to.add(issue)} AND {readable_condition(ERRORS, to) or '1'} "
        "GROUP BY version ORDER BY min(time) DESC LIMIT 100",
        to.values,
    )
    return [
        {
            "version": version,
            "count": count,
            "first_seen": first.replace(tzinfo=UTC).timestamp(),
            "last_seen": last.replace(tzinfo=UTC).timestamp(),
        }
        for version, count, first, last in rows
    ]


async def seen_after(engine: Engine, issue: str, time: datetime) -> list[SeenAfter]:
    """First error in each version after a time."""
    rows = await engine.rows(
        "SELECT toString(version), min(time) FROM error_events WHERE issue = {issue:String} "
        "AND time > fromUnixTimestamp64Milli({after:Int64}) GROUP BY version",
        {"issue": issue, "after": int(time.timestamp() * 1000)},
    )
    return [SeenAfter(first.replace(tzinfo=UTC), str(version)) for version, first in rows]


async def versions_of_service(engine: Engine, service: str) -> list[str]:
    """Versions of a service that occur in errors or statistics."""
    rows = await engine.rows(
        "SELECT DISTINCT toString(version) FROM apm_stats WHERE service = {service:String} AND version != '' "
        "UNION DISTINCT SELECT DISTINCT toString(version) FROM error_events "
        "WHERE service = {service:String} AND version != '' LIMIT 1000",
        {"service": service},
    )
    return sorted(str(row[0]) for row in rows)
