"""Service check monitors: latest status of each group, and the monitor's verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from heeler.api.services import Services
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import ALERT, KEEP, OK, UNKNOWN, WARN, Reading
from heeler.monitors.queries.parser import CheckQuery

#: Seconds without a report after which a group is no longer evaluated.
FORGET_AFTER = 86_400
#: Seconds without a report after which a source is excluded from percentages.
STALE_AFTER = 300
#: Statuses by increasing severity: OK, unknown, warning, critical.
_SEVERITY = {0: 0, 3: 1, 1: 2, 2: 3}


async def read_check(
    services: Services, query: CheckQuery, options: Mapping[str, Any], now: float
) -> Readings:
    """Verdict of the last statuses of each group with a status within the no-data timeframe."""
    rows = await services.engine.rows(
        "SELECT host, status, tags, toUnixTimestamp(time) FROM check_runs FINAL WHERE check = {check:String} "
        "AND time > toDateTime({since:UInt32}) AND time <= toDateTime({until:UInt32}) "
        "ORDER BY time DESC LIMIT 100000",
        {"check": query.check, "since": int(now - FORGET_AFTER), "until": int(now)},
    )
    groups: dict[str, list[int]] = {}
    latest: dict[str, int] = {}
    sources: set[tuple[str, tuple[str, ...]]] = set()
    for host, status, tags, time in rows:
        all_tags = {*tags, f"host:{host}"}
        if not _is_chosen(query, str(host), all_tags):
            continue
        name = _group_name(query.by, all_tags)
        if query.percent:
            # Only the latest status of each distinct tag set counts, while it is not stale.
            source = str(host), tuple(tags)
            if source in sources or now - int(time) > STALE_AFTER:
                continue
            sources.add(source)
        groups.setdefault(name, []).append(int(status))
        latest.setdefault(name, int(time))
    thresholds = options.get("thresholds") or {}
    silent_after = 60 * (options.get("no_data_timeframe") or FORGET_AFTER / 60)
    if query.percent:
        return {name: percent_reading(statuses, thresholds) for name, statuses in groups.items()}
    return {
        name: Reading(None, status=check_verdict(statuses, thresholds), age=max(now - latest[name], 0))
        for name, statuses in groups.items()
        if now - latest[name] < silent_after
    }


def _is_chosen(query: CheckQuery, host: str, tags: set[str]) -> bool:
    """Whether a run matches all of ``over`` and none of ``exclude``; both list hosts or tags."""
    names = {host, *tags}
    return all(tag in names for tag in query.over) and not any(tag in names for tag in query.exclude)


def percent_reading(statuses: list[int], thresholds: Mapping[str, float]) -> Reading:
    """Share of critical statuses against ``critical``, of warnings against ``warning``; exceeding it is
    bad.
    """
    critical = 100 * statuses.count(2) / len(statuses)
    warning = 100 * statuses.count(1) / len(statuses)
    if "critical" in thresholds and critical > thresholds["critical"]:
        return Reading(critical, status=ALERT)
    if "warning" in thresholds and warning > thresholds["warning"]:
        return Reading(warning, status=WARN)
    return Reading(critical, status=OK)


def _group_name(by: tuple[str, ...], tags: set[str]) -> str:
    if by == ("*",):
        name = ",".join(sorted(tags))
        return name if len(name) <= 900 else f"{name[:860]},#{sha256(name.encode()).hexdigest()[:32]}"
    parts = [min((tag for tag in tags if tag.startswith(f"{key}:")), default=f"{key}:N/A") for key in by]
    return ",".join(parts) or "*"


def check_verdict(statuses: list[int], thresholds: Mapping[str, float]) -> str:
    """``statuses`` newest first: 0 OK, 1 warning, 2 critical, 3 unknown. ``KEEP``: too few to decide."""
    unknown = int(thresholds.get("unknown", 0))
    if unknown and len(statuses) >= unknown and all(status == 3 for status in statuses[:unknown]):
        return UNKNOWN
    critical, warning = int(thresholds.get("critical", 1)), int(thresholds.get("warning", 1))
    if len(statuses) >= critical and all(status == 2 for status in statuses[:critical]):
        return ALERT
    if len(statuses) >= warning and all(status in (1, 2) for status in statuses[:warning]):
        return WARN
    recovered = int(thresholds.get("ok", 1))
    return OK if len(statuses) >= recovered and all(status == 0 for status in statuses[:recovered]) else KEEP


@dataclass(frozen=True, slots=True)
class LatestRun:
    """Latest run of a check from one host with one set of tags; ``time`` in UNIX seconds."""

    host: str
    tags: tuple[str, ...]
    status: int
    message: str
    time: int


@dataclass(frozen=True, slots=True)
class GroupStatus:
    group: str
    status: int
    message: str
    time: int


async def latest_runs(services: Services, check: str, now: float) -> list[LatestRun]:
    rows = await services.engine.rows(
        "SELECT host, tags, argMax(status, time) AS s, argMax(message, time) AS m, "
        "toUnixTimestamp(max(time)) AS t FROM check_runs "
        "WHERE check = {check:String} AND time > toDateTime({since:UInt32}) GROUP BY host, tags "
        "ORDER BY host, tags LIMIT 100000",
        {"check": check, "since": int(now - FORGET_AFTER)},
    )
    return [
        LatestRun(host, tuple(tags), int(status), message, int(time))
        for host, tags, status, message, time in rows
    ]


def group_statuses(
    runs: Iterable[LatestRun], group_by: Sequence[str], tags: Sequence[str]
) -> list[GroupStatus]:
    """Most severe of the latest runs of each group; without ``group_by`` each host is a group."""
    found: dict[str, LatestRun] = {}
    for run in runs:
        all_tags = {*run.tags, f"host:{run.host}"}
        if not all(tag in all_tags for tag in tags):
            continue
        name = _group_name(tuple(group_by) or ("host",), all_tags)
        known = found.get(name)
        if known is None or (_SEVERITY.get(run.status, 1), run.time) > (
            _SEVERITY.get(known.status, 1),
            known.time,
        ):
            found[name] = run
    return [GroupStatus(name, run.status, run.message, run.time) for name, run in sorted(found.items())]
