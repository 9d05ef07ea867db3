"""Reads the host inventory from the telemetry store."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.hosts.record import Host
from heeler.store.engine import Engine

#: Host and time of its last report. A series' row is refreshed while points arrive.
_SEEN = """
SELECT host, max(seen) FROM (
    SELECT toString(host) AS host, toUnixTimestamp(last_seen) AS seen FROM series
    WHERE host != '' AND last_seen >= toDateTime({since:UInt32})
    UNION ALL
    SELECT host, toUnixTimestamp(updated) AS seen FROM host_metadata
    WHERE updated >= toDateTime({since:UInt32})
    UNION ALL
    SELECT host, toUnixTimestamp(updated) AS seen FROM host_tags
    WHERE updated >= toDateTime({since:UInt32}) AND notEmpty(tags)
) WHERE host != '' GROUP BY host
"""
_TAGS = """
SELECT host, toString(source), tags FROM host_tags FINAL
WHERE notEmpty(tags) AND (empty({hosts:Array(String)}) OR host IN {hosts:Array(String)})
"""
_METADATA = """
SELECT host, toString(kind), payload FROM host_metadata FINAL
WHERE empty({hosts:Array(String)}) OR host IN {hosts:Array(String)}
"""
_NEWEST = """
SELECT metric, series, argMax(value, time), toUnixTimestamp(max(time)) FROM points
WHERE metric IN {metrics:Array(String)} AND toStartOfHour(time) >= toStartOfHour(toDateTime({since:UInt32}))
  AND time >= toDateTime({since:UInt32})
GROUP BY metric, series
"""
_SERIES = """
SELECT metric, series, toString(host) FROM series
WHERE metric IN {metrics:Array(String)} AND host != '' AND last_seen >= toDateTime({since:UInt32})
"""

_READINGS: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "system.cpu.idle": ("cpu", lambda value: 100.0 - value),
    "system.cpu.iowait": ("iowait", lambda value: value),
    "system.load.norm.15": ("load", lambda value: value),
    "system.mem.pct_usable": ("memory", lambda value: 100.0 * (1.0 - value)),
}
"""Metric behind each reading, and the conversion."""
_READING_SECONDS = 600


async def load_hosts(engine: Engine, since: float, now: float) -> list[Host]:
    """Hosts that reported since ``since`` (UNIX seconds), by name."""
    parameters: dict[str, Any] = {"since": max(int(since), 0), "hosts": []}
    seen, tags, metadata, newest = await asyncio.gather(
        engine.rows(_SEEN, parameters),
        engine.rows(_TAGS, parameters),
        engine.rows(_METADATA, parameters),
        readings(engine, now),
    )
    return await asyncio.to_thread(_hosts, seen, tags, metadata, newest)


def _hosts(
    seen: Sequence[Any], tags: Sequence[Any], metadata: Sequence[Any], newest: Mapping[str, Readings]
) -> list[Host]:
    """Payloads of thousands of hosts are read here: not on the event loop."""
    tags_of, metadata_of = _by_host(tags), _by_host(metadata)
    return [
        Host(
            name=str(name),
            last_reported=max(float(at), newest[str(name)].at if name in newest else 0.0),
            tags_by_source={source: list(given) for source, given in tags_of.get(name, {}).items()},
            metadata={kind: _payload(text) for kind, text in metadata_of.get(name, {}).items()},
            values=newest[str(name)].values if name in newest else {},
        )
        for name, at in sorted(seen)
    ]


async def load_host(engine: Engine, name: str, now: float) -> Host | None:
    """One host by name, else by alias, regardless of when it last reported."""
    hosts = await load_hosts(engine, 0, now)
    named = next((host for host in hosts if host.name == name), None)
    return named or next((host for host in hosts if name in host.aliases), None)


async def tags_by_source(engine: Engine, host: str) -> dict[str, list[str]]:
    rows = await engine.rows(_TAGS, {"hosts": [host]})
    return {str(source): [str(tag) for tag in tags] for _, source, tags in rows}


async def is_known(engine: Engine, host: str) -> bool:
    """Whether any telemetry ever named the host."""
    rows = await engine.rows(
        "SELECT (SELECT count() FROM series WHERE host = {host:String})"
        " + (SELECT count() FROM host_metadata WHERE host = {host:String})"
        " + (SELECT count() FROM host_tags WHERE host = {host:String})",
        {"host": host},
    )
    return bool(rows[0][0])


async def all_tags(engine: Engine) -> list[tuple[str, str, list[str]]]:
    """Host, source and tags of every host with tags."""
    rows = await engine.rows(_TAGS, {"hosts": []})
    return [(str(host), str(source), [str(tag) for tag in tags]) for host, source, tags in rows]


@dataclass(slots=True)
class Readings:
    """Latest readings of a host by name, and the time (UNIX seconds) of the latest."""

    at: float = 0.0
    values: dict[str, float] = field(default_factory=dict)


async def readings(engine: Engine, now: float) -> Mapping[str, Readings]:
    """Latest readings of each host within ten minutes; several series (cores) are averaged."""
    metrics = list(_READINGS)
    since = max(int(now) - _READING_SECONDS, 0)
    newest, series = await asyncio.gather(
        engine.rows(_NEWEST, {"metrics": metrics, "since": since}),
        engine.rows(_SERIES, {"metrics": metrics, "since": max(since - 86_400, 0)}),
    )
    host_of = {(metric, number): host for metric, number, host in series}
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    found: dict[str, Readings] = defaultdict(Readings)
    for metric, number, value, at in newest:
        host = host_of.get((metric, number))
        if host is not None:
            values[host, metric].append(float(value))
            found[host].at = max(found[host].at, float(at))
    for (host, metric), several in values.items():
        name, convert = _READINGS[metric]
        found[host].values[name] = round(convert(sum(several) / len(several)), 3)
    return found


def _by_host(rows: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for host, key, value in rows:
        found[host][str(key)] = value
    return found


def _payload(text: str) -> Mapping[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}
