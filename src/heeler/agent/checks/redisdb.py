"""``redis.*``: metrics of a Redis server, from the ``INFO`` command."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import redis
from datadog_checks.base import AgentCheck
from redis.backoff import NoBackoff
from redis.retry import Retry

_GAUGES = {
    "active_defrag_running": "redis.active_defrag.running",
    "aof_last_rewrite_time_sec": "redis.aof.last_rewrite_time",
    "aof_rewrite_in_progress": "redis.aof.rewrite",
    "aof_current_size": "redis.aof.size",
    "aof_buffer_length": "redis.aof.buffer_length",
    "blocked_clients": "redis.clients.blocked",
    "client_recent_max_input_buffer": "redis.clients.recent_max_input_buffer",
    "client_recent_max_output_buffer": "redis.clients.recent_max_output_buffer",
    "connected_clients": "redis.net.clients",
    "connected_slaves": "redis.net.slaves",
    "maxclients": "redis.net.maxclients",
    "rejected_connections": "redis.net.rejected",
    "instantaneous_input_kbps": "redis.net.instantaneous_input",
    "instantaneous_output_kbps": "redis.net.instantaneous_output",
    "instantaneous_ops_per_sec": "redis.net.instantaneous_ops_per_sec",
    "evicted_keys": "redis.keys.evicted",
    "expired_keys": "redis.keys.expired",
    "latest_fork_usec": "redis.perf.latest_fork_usec",
    "rdb_bgsave_in_progress": "redis.rdb.bgsave",
    "rdb_changes_since_last_save": "redis.rdb.changes_since_last",
    "rdb_last_bgsave_time_sec": "redis.rdb.last_bgsave_time",
    "mem_fragmentation_ratio": "redis.mem.fragmentation_ratio",
    "used_memory": "redis.mem.used",
    "used_memory_lua": "redis.mem.lua",
    "used_memory_overhead": "redis.mem.overhead",
    "used_memory_peak": "redis.mem.peak",
    "used_memory_rss": "redis.mem.rss",
    "used_memory_startup": "redis.mem.startup",
    "maxmemory": "redis.mem.maxmemory",
    "pubsub_channels": "redis.pubsub.channels",
    "pubsub_patterns": "redis.pubsub.patterns",
    "master_last_io_seconds_ago": "redis.replication.last_io_seconds_ago",
    "master_repl_offset": "redis.replication.master_repl_offset",
    "master_sync_in_progress": "redis.replication.sync",
    "master_sync_left_bytes": "redis.replication.sync_left_bytes",
    "repl_backlog_histlen": "redis.replication.backlog_histlen",
    "slave_repl_offset": "redis.replication.slave_repl_offset",
    "io_threads_active": "redis.server.io_threads_active",
}
_RATES = {
    "keyspace_hits": "redis.stats.keyspace_hits",
    "keyspace_misses": "redis.stats.keyspace_misses",
    "total_commands_processed": "redis.net.commands",
    "total_connections_received": "redis.net.connections",
    "used_cpu_sys": "redis.cpu.sys",
    "used_cpu_sys_children": "redis.cpu.sys_children",
    "used_cpu_sys_main_thread": "redis.cpu.sys_main_thread",
    "used_cpu_user": "redis.cpu.user",
    "used_cpu_user_children": "redis.cpu.user_children",
    "used_cpu_user_main_thread": "redis.cpu.user_main_thread",
}


class RedisCheck(AgentCheck):
    """Options as in Datadog's integration: ``host``, ``port``, ``unix_socket_path``, ``username``,
    ``password``, ``keys``...
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        self._tags = list(self.instance.get("tags") or [])
        self._client: Any = None

    def check(self, instance: dict[str, Any]) -> None:
        place = self._place()
        started = time.perf_counter()
        try:
            info = self._connect().info("all")
        except (redis.RedisError, OSError) as error:
            self.cancel()
            self.service_check("redis.can_connect", self.CRITICAL, tags=place, message=str(error)[:500])
            where = ", ".join(place[-2:])
            raise ConnectionError(
                f"Redis ({where}) cannot be queried: {error}; check host, port, password"
            ) from error
        latency = (time.perf_counter() - started) * 1000
        self.service_check("redis.can_connect", self.OK, tags=place)
        if info.get("redis_version"):
            self.set_metadata("version", str(info["redis_version"]))
        tags = [*place, f"redis_role:{info.get('role', 'master')}"]
        self.gauge("redis.info.latency_ms", latency, tags=tags)
        self._submit(info, tags)
        self._keyspace(info, tags)
        if instance.get("command_stats"):
            self._commands(info, tags)
        keys = instance.get("keys") or []
        self._lengths([keys] if isinstance(keys, str) else [str(key) for key in keys], tags)

    def cancel(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _place(self) -> list[str]:
        path = self.instance.get("unix_socket_path")
        if path:
            return [*self._tags, f"redis_host:{path}", "redis_port:unix_socket"]
        host, port = self.instance.get("host", "localhost"), self.instance.get("port", 6379)
        return [*self._tags, f"redis_host:{host}", f"redis_port:{port}"]

    def _connect(self) -> Any:
        if self._client is None:
            option = self.instance.get
            timeout = float(option("socket_timeout") or 5)
            common = {
                "db": int(option("db") or 0),
                "username": option("username"),
                "password": option("password"),
                "socket_timeout": timeout,
                "socket_connect_timeout": timeout,
                "retry": Retry(NoBackoff(), 0),
            }
            if option("unix_socket_path"):
                self._client = redis.Redis(unix_socket_path=option("unix_socket_path"), **common)
            else:
                tls = {"ssl": True, "ssl_ca_certs": option("ssl_ca_certs")} if option("ssl") else {}
                host, port = option("host", "localhost"), int(option("port", 6379))
                self._client = redis.Redis(host=host, port=port, **common, **tls)
        return self._client

    def _submit(self, info: Mapping[str, Any], tags: list[str]) -> None:
        for key, name in _GAUGES.items():
            if isinstance(info.get(key), (int, float)):
                self.gauge(name, info[key], tags=tags)
        for key, name in _RATES.items():
            if isinstance(info.get(key), (int, float)):
                self.rate(name, info[key], tags=tags)

    def _keyspace(self, info: Mapping[str, Any], tags: list[str]) -> None:
        for database, numbers in info.items():
            if not (database.startswith("db") and database[2:].isdigit() and isinstance(numbers, dict)):
                continue
            keys, expires = numbers.get("keys", 0), numbers.get("expires", 0)
            named = [*tags, f"redis_db:{database}"]
            self.gauge("redis.keys", keys, tags=named)
            self.gauge("redis.expires", expires, tags=named)
            self.gauge("redis.persist", keys - expires, tags=named)
            self.gauge("redis.expires.percent", 100 * expires / keys if keys else 0, tags=named)
            self.gauge("redis.persist.percent", 100 * (keys - expires) / keys if keys else 0, tags=named)

    def _commands(self, info: Mapping[str, Any], tags: list[str]) -> None:
        for key, numbers in info.items():
            if key.startswith("cmdstat_") and isinstance(numbers, dict):
                named = [*tags, f"command:{key.removeprefix('cmdstat_')}"]
                self.rate("redis.command.calls", numbers["calls"], tags=named)
                self.gauge("redis.command.usec_per_call", numbers["usec_per_call"], tags=named)

    def _lengths(self, keys: list[str], tags: list[str]) -> None:
        client = self._connect()
        measures = {b"list": client.llen, b"set": client.scard, b"zset": client.zcard, b"hash": client.hlen}
        for key in keys:
            try:
                kind = client.type(key)
                length = measures[kind](key) if kind in measures else int(kind == b"string")
            except redis.ResponseError as error:  # not allowed, or of another type meanwhile
                self.warning("The length of the Redis key %s cannot be read: %s", key, error)
                continue
            named = [*tags, f"key:{key}", f"key_type:{kind.decode()}"]
            self.gauge("redis.key.length", length, tags=named)
