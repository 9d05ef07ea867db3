"""``postgresql.*``: metrics of a PostgreSQL server from its statistics views; requires the role
``pg_monitor``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from datadog_checks.base import AgentCheck
from datadog_checks.base.utils.db import QueryManager
from psycopg.rows import dict_row, tuple_row

_DATABASE_RATES = {
    "xact_commit": "commits",
    "xact_rollback": "rollbacks",
    "blks_read": "disk_read",
    "blks_hit": "buffer_hit",
    "tup_returned": "rows_returned",
    "tup_fetched": "rows_fetched",
    "tup_inserted": "rows_inserted",
    "tup_updated": "rows_updated",
    "tup_deleted": "rows_deleted",
    "deadlocks": "deadlocks",
    "temp_bytes": "temp_bytes",
    "temp_files": "temp_files",
}
_BACKGROUND = {
    "checkpoints_timed": "checkpoints_timed",
    "checkpoints_req": "checkpoints_requested",
    "buffers_checkpoint": "buffers_checkpoint",
    "buffers_clean": "buffers_clean",
    "maxwritten_clean": "maxwritten_clean",
    "buffers_backend": "buffers_backend",
    "buffers_backend_fsync": "buffers_backend_fsync",
    "buffers_alloc": "buffers_alloc",
    "checkpoint_write_time": "write_time",
    "checkpoint_sync_time": "sync_time",
}
_RELATION_RATES = {
    "seq_scan": "seq_scans",
    "seq_tup_read": "seq_rows_read",
    "idx_scan": "index_rel_scans",
    "idx_tup_fetch": "index_rel_rows_fetched",
    "n_tup_ins": "rows_inserted",
    "n_tup_upd": "rows_updated",
    "n_tup_del": "rows_deleted",
    "n_tup_hot_upd": "rows_hot_updated",
}
_RELATION_GAUGES = {"n_live_tup": "live_rows", "n_dead_tup": "dead_rows"}


class PostgresCheck(AgentCheck):
    """Options as in Datadog's integration: ``host``, ``port``, ``username``, ``password``, ``dbname``,
    ``relations``...
    """

    def __init__(self, name: str, init_config: dict[str, Any], instances: list[dict[str, Any]]) -> None:
        super().__init__(name, init_config, instances)
        option = self.instance.get
        self._host, self._port = str(option("host", "localhost")), int(option("port", 5432))
        self._database = str(option("dbname", "postgres"))
        self._tags = [*(option("tags") or []), f"port:{self._port}"]
        self._connection: psycopg.Connection[dict[str, Any]] | None = None
        self._custom = QueryManager(
            self, self._execute, queries=[], tags=[*self._tags, f"db:{self._database}"]
        )
        self.check_initializations.append(self._custom.compile_queries)

    def check(self, instance: dict[str, Any]) -> None:
        place = [*self._tags, f"host:{self._host}", f"db:{self._database}"]
        try:
            connection = self._connect()
            self._server(connection)
            self._databases()
            self._background()
            self._locks()
            if instance.get("relations"):
                self._relations(instance["relations"])
            self._custom.execute()
        except psycopg.OperationalError as error:
            self.cancel()
            message = str(error).strip()
            self.service_check("postgres.can_connect", self.CRITICAL, tags=place, message=message[:500])
            where = f"{self._host}:{self._port}, database {self._database}"
            raise ConnectionError(f"PostgreSQL at {where}, cannot be queried: {message}") from error
        self.service_check("postgres.can_connect", self.OK, tags=place)

    def cancel(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        if self._connection is None or self._connection.closed:
            option = self.instance.get
            timeout = int(option("query_timeout", 5000))
            self._connection = psycopg.connect(
                host=self._host,
                port=self._port,
                user=str(option("username", "datadog")),
                password=option("password"),
                dbname=self._database,
                sslmode=str(option("ssl", "prefer"))
                .lower()
                .replace("false", "disable")
                .replace("true", "require"),
                application_name=str(option("application_name", "datadog-agent")),
                connect_timeout=5,
                autocommit=True,
                options=f"-c statement_timeout={timeout}",
                row_factory=dict_row,
            )
        return self._connection

    def _rows(self, query: str, parameters: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        with self._connect().cursor() as cursor:
            rows: list[dict[str, Any]] = cursor.execute(query.encode(), parameters).fetchall()
        return rows

    def _execute(self, query: str) -> Iterable[tuple[Any, ...]]:
        with self._connect().cursor(row_factory=tuple_row) as cursor:
            return list(cursor.execute(query.encode()).fetchall())

    def _server(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        number = connection.info.server_version
        self.set_metadata("version", f"{number // 10000}.{number % 10000}.0")
        facts = self._rows(
            "SELECT current_setting('max_connections')::int AS most, (SELECT count(*) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend') AS used, extract(epoch FROM now() - "
            "pg_postmaster_start_time()) AS uptime"
        )[0]
        self.gauge("postgresql.max_connections", facts["most"], tags=self._tags)
        self.gauge("postgresql.percent_usage_connections", facts["used"] / facts["most"], tags=self._tags)
        self.gauge("postgresql.uptime", float(facts["uptime"]), tags=self._tags)
        tables = self._rows("SELECT count(*) AS tables FROM pg_stat_user_tables")[0]["tables"]
        self.gauge("postgresql.table.count", tables, tags=[*self._tags, f"db:{self._database}"])

    def _databases(self) -> None:
        # NULL for a database that was dropped in the meantime, or whose size the user may not read.
        size = (
            "CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') OR has_database_privilege(datid, 'CONNECT') "
            "THEN pg_database_size(datid) END"
            if self.instance.get("collect_database_size_metrics", True)
            else "NULL"
        )
        ignored = self.instance.get("ignore_databases") or ["template0", "template1"]
        rows = self._rows(
            f"SELECT *, {size} AS size FROM pg_stat_database "  # noqa: S608 - one of two constants
            "WHERE datname IS NOT NULL AND NOT datname = ANY(%s)",
            (ignored,),
        )
        self.gauge("postgresql.db.count", len(rows), tags=self._tags)
        for row in rows:
            tags = [*self._tags, f"db:{row['datname']}"]
            self.gauge("postgresql.connections", row["numbackends"], tags=tags)
            if row["size"] is not None:
                self.gauge("postgresql.database_size", row["size"], tags=tags)
            for column, name in _DATABASE_RATES.items():
                self.rate(f"postgresql.{name}", row[column], tags=tags)
            self.monotonic_count("postgresql.deadlocks.count", row["deadlocks"], tags=tags)

    def _background(self) -> None:
        row = self._rows("SELECT * FROM pg_stat_bgwriter")[0]
        for column, name in _BACKGROUND.items():
            if column in row:
                self.monotonic_count(f"postgresql.bgwriter.{name}", row[column], tags=self._tags)

    def _locks(self) -> None:
        rows = self._rows(
            "SELECT mode, locktype, datname, granted, count(*) AS locks FROM pg_locks "
            "JOIN pg_database ON pg_locks.database = pg_database.oid GROUP BY 1, 2, 3, 4"
        )
        for row in rows:
            tags = [
                *self._tags,
                f"lock_mode:{row['mode']}",
                f"lock_type:{row['locktype']}",
                f"db:{row['datname']}",
                f"granted:{row['granted']}",
            ]
            self.gauge("postgresql.locks", row["locks"], tags=tags)

    def _relations(self, wanted: list[Any]) -> None:
        names = [item if isinstance(item, str) else item.get("relation_name", "") for item in wanted]
        patterns = [
            item["relation_regex"] for item in wanted if isinstance(item, dict) and "relation_regex" in item
        ]
        rows = self._rows(
            "SELECT * FROM pg_stat_user_tables WHERE relname = ANY(%s) OR relname ~ ANY(%s)",
            (names, patterns),
        )
        for row in rows:
            tags = [
                *self._tags,
                f"db:{self._database}",
                f"table:{row['relname']}",
                f"schema:{row['schemaname']}",
            ]
            for column, name in _RELATION_RATES.items():
                if row[column] is not None:
                    self.rate(f"postgresql.{name}", row[column], tags=tags)
            for column, name in _RELATION_GAUGES.items():
                self.gauge(f"postgresql.{name}", row[column], tags=tags)
