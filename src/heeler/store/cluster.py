"""Statements of the schema for a ClickHouse cluster.

Each table becomes ``NAME_local`` with a ``Replicated`` engine on every server, and ``NAME``, a
``Distributed`` table over them, which is what queries and inserts name. The servers need a Keeper,
``distributed_ddl`` and the macros ``shard`` and ``replica``.
"""

from __future__ import annotations

import re

#: Sharding key by table, an integer expression. Rows that replace one another have the same; points are
#: sharded by series, spans and logs by trace, so that what is grouped by these is grouped on the shard.
SHARDING_KEYS = {
    "points": "series",
    "points_5m": "series",
    "points_1h": "series",
    "sketches": "series",
    "series": "series",
    "rollup_hours": "toUInt32(hour)",
    "host_tags": "cityHash64(host)",
    "host_metadata": "cityHash64(host)",
    "events": "id",
    "check_runs": "cityHash64(check, host)",
    "spans": "trace_id",
    "apm_spans": "trace_id",
    "running_spans": "trace_id",
    "trace_index": "trace_id",
    "apm_stats": "cityHash64(service)",
    "logs": "id",
    "log_events": "if(trace_id = 0, seq, trace_id)",
    "historical_logs": "if(trace_id = 0, seq, trace_id)",
    "error_events": "cityHash64(issue)",
    "error_issues": "cityHash64(issue)",
    "processes": "cityHash64(host)",
    "containers": "cityHash64(host)",
    "container_images": "cityHash64(host)",
    "migrations": "cityHash64(name)",
}

_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)*\s*")
_CREATE = re.compile(
    r"CREATE TABLE IF NOT EXISTS (\w+)(?: AS (\w+))?(.*?)\bENGINE = (\w*MergeTree)(?:\(([^)]*)\))?(.*)",
    re.DOTALL,
)
_VIEW = re.compile(
    r"CREATE MATERIALIZED VIEW IF NOT EXISTS (\w+) TO (\w+) AS(.*?)\bFROM (\w+)(.*)", re.DOTALL
)
_DROP = re.compile(r"DROP (TABLE|VIEW) IF EXISTS (\w+)\s*")
_TRUNCATE = re.compile(r"TRUNCATE TABLE (\w+)\s*")
_ALTER = re.compile(r"ALTER TABLE `?(\w+)`?\s(.*)", re.DOTALL)
#: Alterations that the distributed table needs as well: it has the columns, and nothing else.
_OF_COLUMNS = re.compile(r"\s*(ADD|DROP|MODIFY|RENAME) COLUMN\b")


def local(table: str) -> str:
    """The table that holds a shard's rows of ``table``."""
    return f"{table}_local"


def for_cluster(statement: str, cluster: str, database: str) -> list[str]:
    """The statements to run in place of one that creates, alters or drops; any other unchanged.

    Raises :class:`ValueError` for a statement about tables that is not understood, or a table without
    sharding key.
    """
    text = statement[_COMMENTS.match(statement).end() :]  # type: ignore[union-attr]
    everywhere = f"ON CLUSTER `{cluster}`"
    if found := _CREATE.fullmatch(text):
        return _create(found, cluster, database)
    if found := _VIEW.fullmatch(text):
        view, target, selected, source, rest = found.groups()
        return [
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {view} {everywhere} TO {local(target)} AS{selected}"
            f"FROM {local(source)}{rest}"
        ]
    if found := _DROP.fullmatch(text):
        kind, name = found.groups()
        names = [name] if kind == "VIEW" else [name, local(name)]
        return [f"DROP {kind} IF EXISTS {one} {everywhere} SYNC" for one in names]
    if found := _TRUNCATE.fullmatch(text):
        return [f"TRUNCATE TABLE {local(found[1])} {everywhere}"]
    if found := _ALTER.fullmatch(text):
        names = [local(found[1]), found[1]] if _OF_COLUMNS.match(found[2]) else [local(found[1])]
        return [f"ALTER TABLE {name} {everywhere} {found[2]}" for name in names]
    if re.match(r"(CREATE|ALTER|DROP|TRUNCATE|RENAME|OPTIMIZE)\b", text):
        raise ValueError(f"This statement cannot be run on a cluster: {text[:100]}")
    return [statement]


def _create(found: re.Match[str], cluster: str, database: str) -> list[str]:
    name, like, columns, engine, arguments, rest = found.groups()
    key = SHARDING_KEYS.get(name)
    if key is None:
        raise ValueError(f"The table {name} has no sharding key")
    # One path a table and shard; which shard and replica a server is, its macros say.
    place = [f"'/clickhouse/tables/{database}/{local(name)}/{{shard}}'", "'{replica}'"]
    given = ", ".join([*place, *([arguments] if arguments else [])])
    source = f" AS {local(like)}" if like else ""
    return [
        f"CREATE TABLE IF NOT EXISTS {local(name)} ON CLUSTER `{cluster}`{source}{columns}"
        f"ENGINE = Replicated{engine}({given}){rest}",
        f"CREATE TABLE IF NOT EXISTS {name} ON CLUSTER `{cluster}` AS {local(name)} "
        f"ENGINE = Distributed(`{cluster}`, `{database}`, {local(name)}, {key})",
    ]
