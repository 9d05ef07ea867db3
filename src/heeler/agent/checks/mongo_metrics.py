"""Metric definitions of MongoDB: which fields of ``serverStatus`` and ``dbStats`` are reported, and as
what type (names are those of Datadog's integration)."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    GAUGE = "gauge"
    RATE = "rate"


def _all(kind: Kind, prefix: str, names: str) -> dict[str, Kind]:
    return {f"{prefix}{name}": kind for name in names.split()}


SERVER: dict[str, Kind] = {
    **_all(Kind.RATE, "asserts.", "msg regular rollovers user warning"),
    **_all(Kind.GAUGE, "connections.", "available current active totalCreated awaitingTopologyChanges"),
    **_all(Kind.GAUGE, "extra_info.", "heap_usage_bytes"),
    **_all(Kind.RATE, "extra_info.", "page_faults"),
    **_all(Kind.GAUGE, "globalLock.activeClients.", "readers total writers"),
    **_all(Kind.GAUGE, "globalLock.currentQueue.", "readers total writers"),
    **_all(Kind.GAUGE, "globalLock.", "totalTime"),
    **_all(Kind.GAUGE, "mem.", "bits mapped mappedWithJournal resident virtual"),
    **_all(Kind.RATE, "network.", "bytesIn bytesOut numRequests"),
    **_all(Kind.RATE, "opcounters.", "command delete getmore insert query update"),
    **_all(Kind.RATE, "opcountersRepl.", "command delete getmore insert query update"),
    **_all(Kind.RATE, "opLatencies.reads.", "latency"),
    **_all(Kind.RATE, "opLatencies.writes.", "latency"),
    **_all(Kind.RATE, "opLatencies.commands.", "latency"),
    **_all(Kind.GAUGE, "metrics.cursor.open.", "total noTimeout pinned"),
    **_all(Kind.RATE, "metrics.cursor.", "timedOut"),
    **_all(Kind.RATE, "metrics.document.", "deleted inserted returned updated"),
    **_all(Kind.RATE, "metrics.getLastError.wtime.", "num totalMillis"),
    **_all(Kind.RATE, "metrics.getLastError.", "wtimeouts"),
    **_all(Kind.RATE, "metrics.operation.", "fastmod idhack scanAndOrder writeConflicts"),
    **_all(Kind.RATE, "metrics.queryExecutor.", "scanned scannedObjects"),
    **_all(Kind.RATE, "metrics.record.", "moves"),
    **_all(Kind.RATE, "metrics.ttl.", "deletedDocuments passes"),
    **_all(Kind.GAUGE, "transactions.", "currentActive currentInactive currentOpen currentPrepared"),
    **_all(Kind.RATE, "transactions.", "totalAborted totalCommitted totalStarted"),
    **_all(Kind.GAUGE, "", "uptime"),
    "wiredTiger.cache.bytes currently in the cache": Kind.GAUGE,
    "wiredTiger.cache.maximum bytes configured": Kind.GAUGE,
    "wiredTiger.cache.tracked dirty bytes in the cache": Kind.GAUGE,
    "wiredTiger.cache.bytes read into cache": Kind.GAUGE,
    "wiredTiger.cache.bytes written from cache": Kind.GAUGE,
    "wiredTiger.cache.modified pages evicted": Kind.GAUGE,
    "wiredTiger.cache.unmodified pages evicted": Kind.GAUGE,
    "wiredTiger.cache.pages read into cache": Kind.GAUGE,
    "wiredTiger.cache.pages written from cache": Kind.GAUGE,
    **_all(Kind.GAUGE, "wiredTiger.concurrentTransactions.read.", "available out totalTickets"),
    **_all(Kind.GAUGE, "wiredTiger.concurrentTransactions.write.", "available out totalTickets"),
}
DATABASE: dict[str, Kind] = _all(
    Kind.GAUGE,
    "",
    "avgObjSize collections dataSize fileSize indexes indexSize numExtents objects storageSize views",
)
_COMMANDS = "aggregate count createIndexes delete distinct find findAndModify insert update"
OPTIONAL: dict[str, dict[str, Kind]] = {
    "metrics.commands": {
        f"metrics.commands.{command}.{what}": Kind.RATE
        for command in _COMMANDS.split()
        for what in ("failed", "total")
    },
    "tcmalloc": {
        **_all(Kind.GAUGE, "tcmalloc.generic.", "current_allocated_bytes heap_size"),
        **_all(Kind.GAUGE, "tcmalloc.tcmalloc.", "pageheap_free_bytes max_total_thread_cache_bytes"),
    },
}
