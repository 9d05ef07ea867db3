"""Versions of a service: when each ran, how it did, and which errors it brought."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from heeler.apm.scope import STATS, Scope
from heeler.apm.services import BINS, numbers_of
from heeler.errors.search import readable_errors
from heeler.query.search.field_sql import Parameters
from heeler.store.engine import Engine

MAX_VERSIONS = 100
MAX_RESOURCES = 200
BUCKET_SECONDS = 10
_ERRORS_TIME = (
    "service = {service:String} AND time >= toDateTime64({start:Int64}, 3) "
    "AND time < toDateTime64({end:Int64}, 3) AND ({env:String} = '' OR env = {env:String})"
)


async def versions(engine: Engine, service: str, scope: Scope) -> list[dict[str, Any]]:
    """Each version of a service in the window with its numbers and the types of its errors, the newest first.

    Rates are of the time in which the version ran. ``new_errors`` are types that no version that began before
    it had. The scope's own version is disregarded: all are listed.
    """
    scope = replace(scope, version="")
    rows = await engine.rows(
        "SELECT version, min(time), max(time), sum(hits), sum(errors), sum(duration), "  # noqa: S608
        f"{BINS} FROM apm_stats FINAL WHERE {STATS} AND service = {{service:String}} AND top_level > 0 "
        f"AND version != '' GROUP BY version ORDER BY min(time) DESC, version DESC LIMIT {MAX_VERSIONS}",
        scope.parameters(service=service),
    )
    counts = await _error_counts(engine, service, scope)
    found: list[dict[str, Any]] = []
    known: set[str] = set()
    for version, first, last, hits, errors, duration, bins in reversed(rows):
        own = set(counts.get(str(version), {}))
        seconds = last.timestamp() - first.timestamp() + BUCKET_SECONDS
        found.append(
            {
                "version": version,
                "first_seen": first.timestamp(),
                "last_seen": last.timestamp(),
                "error_types": sorted(own),
                "new_errors": sorted(own - known) if found else [],
                **numbers_of(hits, errors, duration, bins, seconds),
            }
        )
        known |= own
    return found[::-1]


async def _error_counts(engine: Engine, service: str, scope: Scope) -> dict[str, dict[str, int]]:
    """Errors of each version by type."""
    to = Parameters()
    readable = readable_errors(to) or "1"
    rows = await engine.rows(
        f"SELECT version, toString(type), count() FROM error_events WHERE {_ERRORS_TIME} "  # noqa: S608
        f"AND {readable} GROUP BY version, type ORDER BY count() DESC LIMIT 10000",
        {**scope.parameters(service=service), **to.values},
    )
    found: dict[str, dict[str, int]] = {}
    for version, kind, count in rows:
        found.setdefault(str(version), {})[str(kind)] = int(count)
    return found


async def compare(engine: Engine, service: str, scope: Scope, before: str, after: str) -> dict[str, Any]:
    """Two versions of a service beside each other: as a whole, by resource, and by type and message of error.

    ``before`` and ``after`` of each row are what :func:`~heeler.apm.services.numbers_of` gives, or None where
    a version had no such request. Resources whose latency or error rate grew most come first.
    """
    whole = {one["version"]: one for one in await versions(engine, service, scope)}
    return {
        "before": whole.get(before),
        "after": whole.get(after),
        "resources": await _resources(engine, service, scope, (before, after), whole),
        "errors": await _errors(engine, service, scope, (before, after)),
    }


async def _resources(
    engine: Engine, service: str, scope: Scope, pair: tuple[str, str], whole: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    rows = await engine.rows(
        f"SELECT version, name, resource, sum(hits), sum(errors), sum(duration), {BINS} "  # noqa: S608
        f"FROM apm_stats FINAL WHERE {STATS} AND service = {{service:String}} "
        "AND top_level > 0 AND version IN ({before:String}, {after:String}) "
        "GROUP BY version, name, resource ORDER BY sum(duration) DESC LIMIT 2000",
        replace(scope, version="").parameters(service=service, before=pair[0], after=pair[1]),
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for version, name, resource, hits, errors, duration, bins in rows:
        one = found.setdefault(
            (name, resource), {"operation": name, "resource": resource, "before": None, "after": None}
        )
        ran = whole.get(version)
        seconds = ran["last_seen"] - ran["first_seen"] + BUCKET_SECONDS if ran else scope.seconds
        side = "before" if version == pair[0] else "after"
        one[side] = numbers_of(hits, errors, duration, bins, seconds)
    return sorted(found.values(), key=_worsening, reverse=True)[:MAX_RESOURCES]


def _worsening(row: dict[str, Any]) -> float:
    """How much worse a resource became: seconds of p95, and a second for each error of a request."""
    before, after = row["before"], row["after"]
    if after is None:
        return float("-inf")
    if before is None:
        return float(after["error_rate"])
    return float(after["p95"] - before["p95"] + after["error_rate"] - before["error_rate"])


async def _errors(engine: Engine, service: str, scope: Scope, pair: tuple[str, str]) -> list[dict[str, Any]]:
    """Issues of either version; those that only the later one has come first."""
    to = Parameters()
    readable = readable_errors(to) or "1"
    rows = await engine.rows(
        "SELECT issue, any(toString(type)), any(message), countIf(version = {before:String}), "  # noqa: S608
        f"countIf(version = {{after:String}}) FROM error_events WHERE {_ERRORS_TIME} "
        "AND version IN ({before:String}, {after:String}) "
        f"AND {readable} GROUP BY issue ORDER BY count() DESC LIMIT 200",
        {**scope.parameters(service=service, before=pair[0], after=pair[1]), **to.values},
    )
    found = [
        {
            "issue": str(issue),
            "type": kind,
            "message": message[:500],
            "before": int(before),
            "after": int(after),
            "new": before == 0 and after > 0,
        }
        for issue, kind, message, before, after in rows
    ]
    return sorted(found, key=lambda one: (not one["new"], -one["after"]))
