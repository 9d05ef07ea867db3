"""What comes in and what is stored of each service: traffic, spans, bytes, and who sampled.

Traffic is counted by statistics, whatever is sampled; spans and bytes are those that are stored. What agents
dropped is in the metrics ``datadog.trace_agent.*``, what retention filters dropped in
``heeler.intake.spans_not_retained``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.apm.scope import SPANS, STATS, Scope
from heeler.store.engine import Engine

MAX_SERVICES = 1000
#: Newest spans of each service of which the size of one is taken.
MEASURED = 2000
#: What ``_dd.p.dm`` says of who decided to keep a trace.
#: Source: https://docs.datadoghq.com/tracing/trace_pipeline/ingestion_mechanisms/
MECHANISMS: Mapping[str, str] = {
    "0": "default", "1": "agent rate", "2": "agent rate", "3": "tracer rule", "4": "manual", "5": "AppSec",
    "8": "single span", "11": "remote rule", "12": "remote rule",
}  # fmt: skip
_BYTES = (
    "byteSize(service, name, resource, type, env, version, host, language, tags, meta, metrics, links, "
    "events, meta_struct, http_url, http_route, http_method, component, kind, peer_service, error_type) + 60"
)


async def ingestion(engine: Engine, scope: Scope) -> list[dict[str, Any]]:
    """Each service, most bytes first.

    ``requests`` is what was counted, ``stored_requests`` how many of them are stored as spans; ``spans`` and
    ``bytes`` (uncompressed, estimated from the newest spans) are what is stored; ``mechanisms`` counts the
    traces that begin in the service by who decided to keep them.
    """
    counted = await engine.rows(
        f"SELECT service, sum(top_level) FROM apm_stats FINAL WHERE {STATS} GROUP BY service",  # noqa: S608
        scope.parameters(),
    )
    requests = {str(service): int(hits) for service, hits in counted}
    stored = await engine.rows(
        "SELECT service, count(), sum(top_level), countIf(parent_id = 0), "  # noqa: S608
        "sumMap(map(replaceRegexpOne(meta['_dd.p.dm'], '^-', ''), toUInt64(parent_id = 0))) "
        f"FROM apm_spans WHERE {SPANS} GROUP BY service ORDER BY count() DESC LIMIT {MAX_SERVICES}",
        scope.parameters(),
    )
    sizes = await engine.rows(
        f"SELECT service, avg({_BYTES}) FROM (SELECT * FROM apm_spans WHERE {SPANS} "  # noqa: S608
        f"ORDER BY start DESC LIMIT {MEASURED} BY service) GROUP BY service",
        scope.parameters(),
    )
    size_of = {str(service): float(size) for service, size in sizes}
    found = [
        {
            "service": service,
            "requests": requests.pop(service, 0),
            "stored_requests": int(entries),
            "traces": int(traces),
            "spans": int(spans),
            "bytes": round(spans * size_of.get(service, 0.0)),
            "mechanisms": _mechanisms(kinds),
        }
        for service, spans, entries, traces, kinds in stored
    ]
    found += [
        {
            "service": service,
            "requests": hits,
            "stored_requests": 0,
            "traces": 0,
            "spans": 0,
            "bytes": 0,
            "mechanisms": {},
        }
        for service, hits in requests.items()
        if hits
    ]
    return sorted(found, key=lambda one: (-one["bytes"], one["service"]))[:MAX_SERVICES]


def _mechanisms(kinds: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, count in kinds.items():
        name = MECHANISMS.get(str(kind), "other" if kind else "unknown")
        if count:
            found[name] = found.get(name, 0) + int(count)
    return found
