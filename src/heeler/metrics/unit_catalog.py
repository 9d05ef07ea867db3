"""Units of the metrics of the agent and its integrations, which the protocol does not transmit.

Units are those of Datadog's documentation of each metric; ``*`` is a wildcard for the rest of a name.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("system.cpu.num_cores", ""),
    ("system.cpu.*", "percent"),
    ("system.core.*", "percent"),
    ("system.mem.pct_usable", "fraction"),
    ("system.swap.pct_free", "fraction"),
    ("system.swap.swap_*", ""),
    ("system.mem.*", "mebibyte"),
    ("system.swap.*", "mebibyte"),
    ("system.disk.in_use", "fraction"),
    ("system.disk.utilized", "percent"),
    ("system.disk.*_time_pct", "percent"),
    ("system.disk.free", "kibibyte"),
    ("system.disk.total", "kibibyte"),
    ("system.disk.used", "kibibyte"),
    ("system.fs.inodes.in_use", "fraction"),
    ("system.fs.inodes.*", "inode"),
    ("system.io.rkb_s", "kibibyte/second"),
    ("system.io.wkb_s", "kibibyte/second"),
    ("system.io.util", "percent"),
    ("system.io.*await", "millisecond"),
    ("system.net.bytes_*", "byte/second"),
    ("system.net.packets_*.count", "packet/second"),
    ("system.uptime", "second"),
    ("mongodb.network.bytes*ps", "byte/second"),
    ("mongodb.network.numrequestsps", "request/second"),
    ("mongodb.mem.*", "mebibyte"),
    ("mongodb.connections.*", "connection"),
    ("mongodb.uptime", "second"),
    ("mongodb.stats.*size", "byte"),
    ("postgresql.database_size", "byte"),
    ("postgresql.table_size", "byte"),
    ("postgresql.index_size", "byte"),
    ("postgresql.connections", "connection"),
    ("postgresql.percent_usage_connections", "fraction"),
    ("redis.mem.fragmentation_ratio", ""),
    ("redis.mem.*", "byte"),
    ("redis.info.latency_ms", "millisecond"),
    ("network.http.response_time", "second"),
)


@lru_cache(maxsize=4096)
def known_unit(metric: str) -> str:
    """Unit such as ``byte`` or ``byte/second``; empty if unknown. The first matching pattern decides."""
    return next((unit for pattern, unit in _PATTERNS if fnmatchcase(metric, pattern)), "")
