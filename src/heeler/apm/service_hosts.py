"""Where a service runs, and the values by which its page can be filtered."""

from __future__ import annotations

from typing import Any

from heeler.apm.scope import STATS, Scope
from heeler.apm.services import BINS, numbers_of
from heeler.store.engine import Engine

MAX_HOSTS = 500
MAX_TAGS = 500
MAX_VERSIONS = 100
_RESERVED = ("env", "service", "version")


async def hosts(engine: Engine, service: str, scope: Scope) -> list[dict[str, Any]]:
    """The hosts that a service ran on with the requests, errors and latency there, busiest first."""
    rows = await engine.rows(
        "SELECT host, groupUniqArray(10)(toString(version)), max(time), sum(hits) AS h, "  # noqa: S608
        f"sum(errors), sum(duration), {BINS} FROM apm_stats FINAL "
        f"WHERE {STATS} AND service = {{service:String}} AND top_level > 0 "
        f"GROUP BY host ORDER BY h DESC LIMIT {MAX_HOSTS}",
        scope.parameters(service=service),
    )
    return [
        {
            "host": host,
            "versions": sorted(filter(None, versions)),
            "last_seen": last.timestamp(),
            **numbers_of(hits, errors, duration, bins, scope.seconds),
        }
        for host, versions, last, hits, errors, duration, bins in rows
    ]


async def filters(engine: Engine, service: str, scope: Scope) -> dict[str, list[str]]:
    """Versions and second primary tags (``key:value``) to choose from: of the service in the window.

    Tags are those of its hosts, the hosts themselves, and what its calls name.
    """
    wide = Scope(scope.start, scope.end, scope.env)
    parameters = wide.parameters(service=service)
    rows = await engine.rows(
        f"SELECT groupUniqArray({MAX_VERSIONS})(toString(version)), "  # noqa: S608
        f"groupUniqArray({MAX_HOSTS})(toString(host)), groupUniqArrayArray({MAX_TAGS})(peer_tags) "
        f"FROM apm_stats WHERE {STATS} AND service = {{service:String}}",
        parameters,
    )
    versions, names, peers = rows[0]
    tags = await engine.rows(
        "SELECT DISTINCT arrayJoin(tags) AS tag FROM host_tags FINAL "  # noqa: S608
        f"WHERE host IN {{hosts:Array(String)}} ORDER BY tag LIMIT {MAX_TAGS}",
        {"hosts": list(names)},
    )
    found = {f"host:{name}" for name in names if name} | {str(tag) for tag in peers}
    found |= {str(row[0]) for row in tags if ":" in str(row[0])}
    return {
        "versions": sorted(filter(None, versions), reverse=True),
        "tags": sorted(tag for tag in found if tag.partition(":")[0] not in _RESERVED)[:MAX_TAGS],
    }
