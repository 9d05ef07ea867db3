"""Stored volume by service, team, host, metric, API key or any tag: points, series, logs and spans."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from heeler.accounts.model import Key
from heeler.api.services import Services
from heeler.apm.definitions import team_of
from heeler.apm.model import ServiceDefinition
from heeler.metric_usage.key_usage import REFUSED, sums_by_key
from heeler.metric_usage.telemetry import bounds, window

MAX_NAMES = 20_000
"""Largest groups that are read of each signal."""
MAX_ROWS = 1000

_SERIES = (
    "FROM (SELECT metric, series, count() AS c FROM points WHERE time >= {a} AND time < {b} "
    "GROUP BY metric, series UNION ALL "
    "SELECT metric, series, count() AS c FROM sketches WHERE time >= {a} AND time < {b} "
    "GROUP BY metric, series) AS p "
    "LEFT JOIN (SELECT metric, series, any(host) AS host, any(tags) AS tags, any(key_id) AS key_id "
    "FROM series GROUP BY metric, series) AS s USING (metric, series)"
)
_TABLES = {
    "metrics": f"SELECT {{name}} AS name, sum(c), uniqExact(series) {_SERIES}",
    "logs": "SELECT {name} AS name, count(), sum(length(message)) FROM log_events "
    "WHERE time >= {a} AND time < {b}",
    "spans": "SELECT {name} AS name, count() FROM apm_spans WHERE start >= {a} AND start < {b}",
}
"""By source of rows; ``{name}`` is the expression of the group."""

_FIELDS = {"metrics": ("points", "series"), "logs": ("logs", "log_bytes"), "spans": ("spans",)}

#: All values of a tag, as a record with several counts for each; empty for a record without.
_VALUES = (
    "arrayJoin(if(empty(arrayFilter(t -> startsWith(t, {{prefix:String}}), {tags}) AS found), [''], "
    "arrayMap(t -> substring(t, length({{prefix:String}}) + 1), found)))"
)
_OWN = "arrayFirst(t -> startsWith(t, 'team:'), {tags}) AS own"
#: The team of a record, or its service (``service:x``), whose team may be known.
_TEAM = "if(({own}) != '', own, if(({service} AS of) = '', '', concat('service:', of)))"
_SPAN_TAGS = (
    "arrayConcat(tags, if(mapContains(meta, {key:String}), "
    "[concat({prefix:String}, meta[{key:String}])], []))"
)
_SERVICE_TAG = "substring(arrayFirst(t -> startsWith(t, 'service:'), tags), 9)"

_NAMES: dict[str, dict[str, str]] = {
    "metric": {"metrics": "toString(metric)"},
    "key_id": {"metrics": "toString(key_id)"},
    "host": dict.fromkeys(_TABLES, "toString(host)"),
    "service": {
        "metrics": _SERVICE_TAG,
        "logs": "toString(service)",
        "spans": "toString(service)",
    },
    "team": {
        "metrics": _TEAM.format(own=_OWN.format(tags="tags"), service=_SERVICE_TAG),
        "logs": _TEAM.format(own=_OWN.format(tags="tags"), service="toString(service)"),
        "spans": _TEAM.format(own=_OWN.format(tags=_SPAN_TAGS), service="toString(service)"),
    },
    "env": {
        "metrics": _VALUES.format(tags="tags"),
        "logs": _VALUES.format(tags="tags"),
        "spans": "toString(env)",
    },
}
_OF_TAG = {
    "metrics": _VALUES.format(tags="tags"),
    "logs": _VALUES.format(tags="tags"),
    "spans": _VALUES.format(tags=_SPAN_TAGS),
}


class UsageRow(msgspec.Struct):
    """Volume of one group; null where the signal cannot be grouped so. ``name`` is empty for what has none.
    ``series`` had points in the time range. ``bytes`` are those of requests as sent, of API keys only.
    """

    name: str
    label: str = ""
    """Shown in place of the name: of an API key."""
    points: int | None = None
    series: int | None = None
    logs: int | None = None
    log_bytes: int | None = None
    spans: int | None = None
    bytes: int | None = None
    refused: int | None = None


class GroupedUsage(msgspec.Struct):
    """The largest groups, and how many more there are."""

    by: str
    rows: list[UsageRow]
    left_off: int


async def grouped(services: Services, by: str, start: int, end: int) -> GroupedUsage:
    """Groups by ``by``: ``service``, ``team``, ``host``, ``metric``, ``key``, or a tag key, of what has a
    time in [``start``, ``end``), UNIX seconds.

    A record without a tag ``team`` is of the team that the definition of its service names.
    """
    if by == "key":
        rows = await _by_key(services, start, end)
    else:
        rows = await _by_tag(services, by, start, end)
        if by == "team":
            rows = await _of_teams(services, rows)
    found = sorted(rows.values(), key=_size, reverse=True)
    return GroupedUsage(by, found[:MAX_ROWS], max(0, len(found) - MAX_ROWS))


def _size(row: UsageRow) -> tuple[int, int]:
    return (row.points or 0) + (row.logs or 0) + (row.spans or 0), row.bytes or 0


async def _by_tag(services: Services, by: str, start: int, end: int) -> dict[str, UsageRow]:
    names = _NAMES.get(by, _OF_TAG)
    parameters: dict[str, Any] = {**bounds(start, end), "key": by, "prefix": f"{by}:", "most": MAX_NAMES}
    answers = await asyncio.gather(
        *(services.engine.rows(_sql(table, name), parameters) for table, name in names.items())
    )
    rows: dict[str, UsageRow] = {}
    for table, answer in zip(names, answers, strict=True):
        for name, *counts in answer:
            row = rows.setdefault(str(name), UsageRow(str(name)))
            for field, count in zip(_FIELDS[table], counts, strict=True):
                setattr(row, field, int(count))
    fields = [field for table in names for field in _FIELDS[table]]
    for row in rows.values():
        for field in fields:
            if getattr(row, field) is None:
                setattr(row, field, 0)
    return rows


def _sql(table: str, name: str) -> str:
    sql = _TABLES[table].replace("{name}", name)
    return f"{window(sql)} GROUP BY name ORDER BY 2 DESC LIMIT {{most:UInt32}}"


async def _of_teams(services: Services, rows: Mapping[str, UsageRow]) -> dict[str, UsageRow]:
    """Rows by team of rows by team or service."""
    async with services.database.session() as db:
        known = await db.execute(select(ServiceDefinition.service, ServiceDefinition.document))
        teams = {service: team_of(document).lower() for service, document in known.tuples()}
    found: dict[str, UsageRow] = {}
    for name, row in rows.items():
        kind, _, value = name.partition(":")
        team = value if kind == "team" else teams.get(value, "")
        total = found.setdefault(team, UsageRow(team, points=0, series=0, logs=0, log_bytes=0, spans=0))
        for field in (field for fields in _FIELDS.values() for field in fields):
            setattr(total, field, (getattr(total, field) or 0) + (getattr(row, field) or 0))
    return found


async def _by_key(services: Services, start: int, end: int) -> dict[str, UsageRow]:
    """Counted at the intake, so that what is no longer stored counts too; series are those of the store."""
    async with services.database.session() as db:
        sums = await sums_by_key(db, start, end)
        keys = {key.id: key for key in await db.scalars(select(Key).where(Key.kind == "api"))}
    rows: dict[str, UsageRow] = {}
    for (key_id, signal), amount in sums.items():
        if signal in ("points", "logs", "spans", "bytes", REFUSED):
            setattr(rows.setdefault(key_id, UsageRow(key_id)), signal, amount)
    for key_id, of_series in (await _by_tag(services, "key_id", start, end)).items():
        if key_id:
            rows.setdefault(key_id, UsageRow(key_id)).series = of_series.series
    for key_id, row in rows.items():
        key = keys.get(key_id)
        row.label = f"{key.name or '(unnamed)'} …{key.last4}" if key else "Deleted key"
        for field in ("points", "series", "logs", "spans", "bytes", "refused"):
            setattr(row, field, getattr(row, field) or 0)
    return rows
