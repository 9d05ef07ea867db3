"""Detection of active sources, by a few grouped queries over the last week of data."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from heeler.integrations.catalog import KNOWN_FAMILIES, SOURCES, Source
from heeler.store.engine import Engine

State = Literal["sending", "failing", "quiet", "none"]

WINDOW_SECONDS = 7 * 86_400
FRESH_SECONDS = 900
SERIES_FRESH_SECONDS = 4_500
"""A reporting series is written again within the hour."""
_MOST_GROUPS = 5_000

_FAMILIES = """
SELECT splitByChar('.', toString(metric))[1] AS family, toString(source), toUnixTimestamp(max(last_seen)),
    uniqExact(host)
FROM series WHERE last_seen >= toDateTime({since:UInt32}) GROUP BY family, source LIMIT {most:UInt32}
"""
_LANGUAGES = """
SELECT toString(language), toUnixTimestamp(max(start)), uniqExact(service) FROM apm_spans
WHERE start >= toDateTime({day:UInt32}) GROUP BY language LIMIT {most:UInt32}
"""
_LOGS = """
SELECT toString(source), toUnixTimestamp(max(time)), uniqExact(service) FROM log_events
WHERE time >= toDateTime({day:UInt32}) GROUP BY source LIMIT {most:UInt32}
"""
_CHECKS = """
SELECT check, countIf(status = 2) FROM (
    SELECT toString(check) AS check, host, tags, argMax(status, time) AS status FROM check_runs
    WHERE time >= toDateTime({recent:UInt32}) GROUP BY check, host, tags
) GROUP BY check LIMIT {most:UInt32}
"""


@dataclass(slots=True)
class Signals:
    """By name: time last seen (UNIX seconds) and number of hosts or services."""

    families: dict[str, tuple[int, int]] = field(default_factory=dict)
    metric_sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    languages: dict[str, tuple[int, int]] = field(default_factory=dict)
    logs: dict[str, tuple[int, int]] = field(default_factory=dict)
    critical: dict[str, int] = field(default_factory=dict)
    """Number of current critical runs of each service check."""


@dataclass(frozen=True, slots=True)
class Found:
    """A detected source. ``detail`` summarizes the data: ``12 hosts``, ``3 services``."""

    source: Source
    state: State
    last_seen: int
    detail: str


async def read_signals(engine: Engine, now: float) -> Signals:
    """Query the signals by which sources are detected."""
    parameters = {
        "since": max(0, int(now) - WINDOW_SECONDS),
        "day": max(0, int(now) - 86_400),
        "recent": max(0, int(now) - FRESH_SECONDS),
        "most": _MOST_GROUPS,
    }
    families, languages, logs, checks = await asyncio.gather(
        *(engine.rows(sql, parameters) for sql in (_FAMILIES, _LANGUAGES, _LOGS, _CHECKS))
    )
    found = Signals()
    for family, source, seen, hosts in families:
        _latest(found.families, str(family).lower(), int(seen), int(hosts))
        _latest(found.metric_sources, str(source).lower(), int(seen), int(hosts))
    for language, seen, services in languages:
        _latest(found.languages, str(language).lower(), int(seen), int(services))
    for source, seen, services in logs:
        _latest(found.logs, str(source).lower(), int(seen), int(services))
    found.critical = {str(check): int(count) for check, count in checks if count}
    return found


def _latest(found: dict[str, tuple[int, int]], name: str, seen: int, count: int) -> None:
    before = found.get(name, (0, 0))
    found[name] = max(before[0], seen), max(before[1], count)


def detect(signals: Signals, now: float) -> list[Found]:
    """Determine the state of every source."""
    return [_state(source, signals, now) for source in SOURCES]


def _state(source: Source, signals: Signals, now: float) -> Found:
    metrics = [signals.families.get(one) for one in source.families]
    metrics += [signals.metric_sources.get(one) for one in source.metric_sources]
    if source.id == "dogstatsd":
        metrics += [seen for family, seen in signals.families.items() if family not in KNOWN_FAMILIES]
    spans = [signals.languages.get(one) for one in source.languages]
    logs = list(signals.logs.values()) if source.log_sources == ("*",) else []
    logs += [signals.logs.get(one) for one in source.log_sources]  # type: ignore[misc]
    last = [
        (max((one[0] for one in kind if one), default=0), max((one[1] for one in kind if one), default=0))
        for kind in (metrics, spans, logs)
    ]
    failing = sum(signals.critical.get(check, 0) for check in source.checks)
    fresh = any(
        seen and now - seen <= limit
        for (seen, _), limit in zip(last, (SERIES_FRESH_SECONDS, FRESH_SECONDS, FRESH_SECONDS), strict=True)
    )
    seen = max(one[0] for one in last)
    state: State = "failing" if failing else "sending" if fresh else "quiet" if seen else "none"
    parts = [f"{failing} failing {'check' if failing == 1 else 'checks'}"] if failing else []
    for (_, count), words in zip(last, ("host", "service", "service with logs"), strict=True):
        if count:
            noun, _, rest = words.partition(" ")
            parts.append(f"{count} {noun if count == 1 else noun + 's'} {rest}".rstrip())
    return Found(source, state, seen, ", ".join(parts))
