"""Reads processes and containers from the telemetry store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from heeler.hosts.inventory import all_tags
from heeler.processes.conditions import Condition, condition
from heeler.processes.kinds import Kind
from heeler.processes.search import Tree
from heeler.store.engine import Engine

MAX_ROWS = 10_000
"""Rows of one answer."""
_MAX_COMBINATIONS = 50_000
#: What of a host is as new as its newest, seconds: messages of one collection are not of one second.
_TOGETHER = 8
IN_WINDOW = """
toStartOfFiveMinutes(time) >= toStartOfFiveMinutes(toDateTime({start:UInt32}))
AND time >= toDateTime({start:UInt32}) AND time < toDateTime({end:UInt32})
"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """UNIX seconds, ``end`` excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, of ``total`` that there are."""

    rows: list[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Combination:
    """What has the same fields and tags: how many, and the sums of their newest readings."""

    values: dict[str, str]
    tags: tuple[str, ...]
    count: int
    cpu: float
    rss: float


HostTags = dict[str, tuple[str, ...]]


async def tags_of_hosts(engine: Engine) -> HostTags:
    """The tags of each host that has any."""
    found: dict[str, dict[str, None]] = {}
    for host, _, tags in await all_tags(engine):
        found.setdefault(host, {}).update(dict.fromkeys(tags))
    return {host: tuple(tags) for host, tags in found.items()}


async def running(
    engine: Engine, kind: Kind, tree: Tree, at: int, *, sort: str = "cpu", descending: bool = True, limit: int
) -> Found:
    """What ran at ``at``: the newest report of each host in the last minutes, by the column ``sort``."""
    tags = await tags_of_hosts(engine)
    where = condition(kind, tree, tags)
    window = Window(at - kind.recent, at + 1)
    order = f"{sort} {'DESC' if descending else 'ASC'}, {', '.join(kind.identity)}"
    sql = f"""
    SELECT {_columns(kind)}, count() OVER () AS total FROM (
        {_newest(kind, Condition())}
    ) WHERE seen >= newest - {_TOGETHER} AND ({where.sql})
    ORDER BY {order} LIMIT {limit}
    """  # noqa: S608
    rows = await engine.rows(sql, {"start": max(window.start, 0), "end": window.end, **where.parameters})
    return Found([_row(kind, row, tags) for row in rows], int(rows[0][-1]) if rows else 0)


async def seen(
    engine: Engine, kind: Kind, tree: Tree, window: Window, after: Sequence[Any] | None, limit: int
) -> list[Row]:
    """Everything that reported in ``window``, in the order of its identity, ``after`` one of them."""
    tags = await tags_of_hosts(engine)
    where = condition(kind, tree, tags)
    later = ""
    if after is not None:
        types = {"pid": "UInt32", "created": "UInt64"}
        given = ", ".join(f"{{after_{name}:{types.get(name, 'String')}}}" for name in kind.identity)
        later = f"WHERE ({', '.join(kind.identity)}) > ({given})"
        where.parameters.update(
            {f"after_{name}": value for name, value in zip(kind.identity, after, strict=True)}
        )
    sql = f"""
    SELECT {_columns(kind)} FROM ({_newest(kind, where)}) {later}
    ORDER BY {", ".join(kind.identity)} LIMIT {limit}
    """  # noqa: S608
    parameters = {"start": max(window.start, 0), "end": window.end, **where.parameters}
    return [_row(kind, row, tags) for row in await engine.rows(sql, parameters)]


async def combinations(
    engine: Engine, kind: Kind, tree: Tree, window: Window, *, now_only: bool = False
) -> tuple[list[Combination], HostTags]:
    """How many reported in ``window``, by fields and tags; ``now_only``: of those that run at its end."""
    tags = await tags_of_hosts(engine)
    where = condition(kind, tree, tags)
    alive = f"WHERE seen >= newest - {_TOGETHER}" if now_only else ""
    fields = {name: sql for name, sql in kind.fields.items() if name not in ("pid", "ppid")}
    named = ", ".join(f"toString({sql})" for sql in fields.values())
    if now_only and where.sql != "1":
        alive += f" AND ({where.sql})"
        inner = _newest(kind, Condition())
    else:
        inner = _newest(kind, where)
    sql = f"""
    SELECT {named}, tags, count(), sum(cpu), sum(rss) FROM ({inner}) {alive}
    GROUP BY {named}, tags LIMIT {_MAX_COMBINATIONS}
    """  # noqa: S608
    parameters = {"start": max(window.start, 0), "end": window.end, **where.parameters}
    rows = await engine.rows(sql, parameters)
    size = len(fields)
    found = [
        Combination(
            dict(zip(fields, map(str, row[:size]), strict=True)),
            tuple(map(str, row[size])),
            int(row[size + 1]),
            float(row[size + 2]),
            float(row[size + 3]),
        )
        for row in rows
    ]
    return found, tags


def value_of(key: str, values: dict[str, str], tags: Sequence[str], of_host: Sequence[str]) -> str:
    """The value of a field or tag ``key``; empty where there is none."""
    if values.get(key):
        return values[key]
    start = f"{key}:"
    return next((tag[len(start) :] for tag in (*tags, *of_host) if tag.startswith(start)), "")


def _newest(kind: Kind, where: Condition) -> str:
    """The newest state of each that reported in the window, with ``seen`` and its host's ``newest``."""
    identity, state = ", ".join(kind.identity), ", ".join(kind.state)
    return f"""
    SELECT {identity}, seen, max(seen) OVER (PARTITION BY host) AS newest,
        {", ".join(f"tupleElement(latest, {place}) AS {name}" for place, name in enumerate(kind.state, 1))}
    FROM (
        SELECT {identity}, toUnixTimestamp(max(time)) AS seen, argMax(tuple({state}), time) AS latest
        FROM {kind.table} WHERE {IN_WINDOW} AND ({where.sql}) GROUP BY {identity}
    )
    """  # noqa: S608


def _columns(kind: Kind) -> str:
    return ", ".join((*kind.identity, "seen", *kind.state))


def _row(kind: Kind, row: Sequence[Any], tags: HostTags) -> Row:
    found: Row = dict(zip((*kind.identity, "seen", *kind.state), row, strict=False))
    own = [str(tag) for tag in found["tags"]]
    host = str(found["host"])
    found["tags"] = [*dict.fromkeys([f"host:{host}", *own, *tags.get(host, ())])]
    return found


async def keys_of(engine: Engine, kind: Kind, window: Window) -> list[str]:
    """Keys of the tags that what reported in ``window`` has, by itself or by its host."""
    sql = f"SELECT host, groupUniqArrayArray(1000)(tags) FROM {kind.table} WHERE {IN_WINDOW} GROUP BY host"  # noqa: S608
    rows, tags = await asyncio.gather(
        engine.rows(sql, {"start": max(window.start, 0), "end": window.end}), tags_of_hosts(engine)
    )
    found = {str(tag) for host, own in rows for tag in (*own, *tags.get(host, ()))}
    return sorted({tag.partition(":")[0] for tag in found if ":" in tag})
