"""Interface of the telemetry engine: embedded chDB, a ClickHouse server, or a cluster of them.

Every call runs in a thread of a bounded pool, because the engine releases the GIL while it works. Each thread
uses one of as many clients, all opened at the start: opening several at once, or one while others work, can
block for seconds. chDB shares one engine per process among clients of the same path. A canceled await does
not stop the engine, so each query has its own time, memory and row limits.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from heeler.store import partial_answers
from heeler.store.cluster import for_cluster, local
from heeler.store.connections import EMBEDDED_OPTIONS as EMBEDDED_OPTIONS
from heeler.store.connections import Connections, Hosts
from heeler.store.engine_errors import SHARD_LOST, named
from heeler.store.engine_errors import EngineBusy as EngineBusy
from heeler.store.engine_errors import EngineError as EngineError
from heeler.store.engine_errors import EngineMemoryLimit as EngineMemoryLimit
from heeler.store.engine_errors import EngineTimeout as EngineTimeout
from heeler.store.engine_errors import EngineUnavailable as EngineUnavailable
from heeler.store.engine_errors import first_line as first_line
from heeler.store.fair_slots import FairSlots, NoSlot, caller
from heeler.store.write_tracker import Changes
from heeler.store_address import StoreAddress

T = TypeVar("T")

#: Limits of one query, integers: a runaway dashboard must not exhaust the machine.
QUERY_LIMITS: Mapping[str, Any] = {
    "max_execution_time": 30,
    "max_memory_usage": 4 * 2**30,
    "max_threads": 2,
    # Behind inserts and the event loop, where the process may set priorities; else the engine ignores it.
    "os_thread_priority": 10,
}
#: Arrow strings instead of bytes; uncompressed, as the embedded engine passes memory.
_ARROW: Mapping[str, Any] = {
    "output_format_arrow_string_as_string": 1,
    "output_format_arrow_compression_method": "none",
}


#: Seconds that an insert, and any other statement that is no query, may take at a server.
INSERT_SECONDS, STATEMENT_SECONDS = 60, 1800
#: Calls that wait for a thread to read, at most.
MAX_WAITING = 200


class Engine:
    """An open telemetry engine.

    ``dsn`` is ``chdb:///absolute/path`` or ``clickhouse://user:password@host:port/database`` (see
    :mod:`heeler.store_address`). Use as an async context manager or call :meth:`close` on every way out: an
    embedded engine still open when the interpreter exits ends in a segmentation fault.
    """

    def __init__(self, dsn: str, *, workers: int = 6, writers: int = 2) -> None:
        self.address = StoreAddress.parse(dsn)
        self.embedded = self.address.path is not None
        self.cluster = self.address.cluster
        """The name of the cluster that the store is; empty for one server, or none."""
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="engine")
        # Inserts have separate threads and clients: queries that occupy the others for half a minute do not
        # delay them.
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="engine-insert")
        self._slots = FairSlots(workers, MAX_WAITING)
        self._before_close: list[Callable[[], None]] = []
        self._around: list[Callable[[str], AbstractContextManager[None]]] = []
        self._unsettled: list[tuple[tuple[str, ...], Callable[[], Awaitable[None]]]] = []
        self.changes = Changes()
        """Writes through this engine; these are all writes if it is embedded."""
        if self.embedded:
            self.path.mkdir(parents=True, exist_ok=True)
        # Opened here, so that a bad DSN fails at start with its own message.
        hosts = Hosts(self.address.hosts)
        self._readers = Connections(self.address, workers, hosts)
        self._inserters = Connections(self.address, writers, hosts)

    @property
    def parts(self) -> str:
        """What lists the parts of the store once, to stand behind ``FROM``."""
        return f"cluster(`{self.cluster}`, system.parts)" if self.cluster else "system.parts"

    def stored_as(self, table: str) -> str:
        """The table that has the parts of ``table``."""
        return local(table) if self.cluster else table

    @property
    def path(self) -> Path:
        """Directory of the embedded engine."""
        if self.address.path is None:
            raise TypeError(f"{self.address} has no folder")
        return self.address.path

    async def fetch(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
    ) -> pa.Table:
        """Result of ``sql`` as an Arrow table. ``{name:Type}`` placeholders are bound to ``parameters``."""
        await self._settle(sql)
        return await self.run(self.fetch_sync, sql, parameters, settings)

    async def rows(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
    ) -> Sequence[Sequence[Any]]:
        """Result of ``sql`` as rows of Python values."""
        await self._settle(sql)
        return await self.run(self.rows_sync, sql, parameters, settings)

    def before_reads(self, tables: Iterable[str], settle: Callable[[], Awaitable[None]]) -> None:
        """Have ``settle`` awaited before each query of one of ``tables``, some of whose rows are not in the
        engine yet.
        """
        self._unsettled.append((tuple(tables), settle))

    async def _settle(self, sql: str) -> None:
        for tables, settle in self._unsettled:
            if any(table in sql for table in tables):
                await settle()

    async def insert(self, table: str, rows: pa.Table, token: str = "") -> None:
        """Append ``rows``; on return they are durable (tables are created with ``fsync_after_insert``).

        The same rows with the same ``token`` are stored once (see :mod:`heeler.store.deduplication`).
        """
        await self.run_insert(self.insert_sync, table, rows, token)

    async def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        await self.run(self.execute_sync, sql, parameters)

    def fetch_sync(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> pa.Table:
        values = dict(parameters or {})

        def call(client: Client, chosen: Mapping[str, Any]) -> pa.Table:
            return client.query_arrow(_with_settings(sql, {**chosen, **_ARROW}), parameters=values)

        return self._read(call, self._limits(settings))

    def rows_sync(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        values = dict(parameters or {})

        def call(client: Client, chosen: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
            rows: Sequence[Sequence[Any]]
            rows = client.query(sql, parameters=values, settings=dict(chosen)).result_rows
            return rows

        return self._read(call, self._limits(settings))

    def _read(self, call: Callable[[Client, Mapping[str, Any]], T], chosen: Mapping[str, Any]) -> T:
        """``call`` with a client and settings; where a shard is lost and the caller allows it, without it."""
        try:
            with _named_errors():
                return self._readers.run(lambda client: call(client, chosen), chosen["max_execution_time"])
        except EngineUnavailable as error:
            if not self.cluster or error.code not in SHARD_LOST or not partial_answers.allowed():
                raise
        partial_answers.note()
        less = {**chosen, "skip_unavailable_shards": 1}
        with _named_errors():
            return self._readers.run(lambda client: call(client, less), chosen["max_execution_time"])

    def _limits(self, settings: Mapping[str, Any] | None) -> dict[str, Any]:
        """The limits of a query, and its own settings. A server has threads and priorities of its own."""
        chosen = {**QUERY_LIMITS, **(settings or {})}
        if not self.embedded:
            del chosen["max_threads"], chosen["os_thread_priority"]
        return chosen

    def insert_sync(self, table: str, rows: pa.Table, token: str = "") -> None:
        # Always a token: without one, equal rows of two inserts would be mistaken for a retry.
        settings = {"insert_deduplication_token": token or secrets.token_hex(12)}
        try:
            with _named_errors():
                self._inserters.run(
                    lambda client: client.insert_arrow(table, rows, settings=settings), INSERT_SECONDS
                )
        except BaseException:
            self.changes.note_command()  # some of them may be stored
            raise
        self.changes.note(table, rows)

    def execute_sync(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        values, statements = dict(parameters or {}), [sql]
        if self.cluster:
            statements = for_cluster(sql, self.cluster, self.address.database)
        with ExitStack() as around:
            for enter in self._around:
                around.enter_context(enter(sql))
            try:
                for one in statements:
                    with _named_errors():
                        self._readers.run(partial(_command, one, values), STATEMENT_SECONDS)
            finally:
                if not sql.lstrip().startswith("INSERT"):  # a dropped or altered table takes effect at once
                    self.changes.note_command()

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """Run ``call(*args)``, which uses the engine and may block, in a thread of the pool.

        Callers share the threads fairly (:mod:`heeler.store.fair_slots`). Raises :class:`EngineBusy` if
        :data:`MAX_WAITING` calls are waiting for one.
        """
        try:
            return await self._slots.run(self._pool, caller.get(), partial(call, *args))
        except NoSlot:
            raise EngineBusy(
                f"{MAX_WAITING} statements are waiting for the store: try again in some seconds"
            ) from None

    def around_statements(self, enter: Callable[[str], AbstractContextManager[None]]) -> None:
        """Have each statement that is no query executed within ``enter(sql)``."""
        self._around.append(enter)

    def before_close(self, call: Callable[[], None]) -> None:
        """Register ``call``, which ends users of the engine before it is closed."""
        self._before_close.append(call)

    async def run_insert(self, call: Callable[..., T], *args: Any) -> T:
        """Like :meth:`run`, in a thread reserved for inserts."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, call, *args)

    def close(self) -> None:
        """Wait for running statements, then close every client. Idempotent."""
        while self._before_close:
            self._before_close.pop()()
        self._writers.shutdown(wait=True)
        self._pool.shutdown(wait=True)
        self._readers.close()
        self._inserters.close()

    async def __aenter__(self) -> Engine:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _with_settings(sql: str, settings: Mapping[str, Any]) -> str:
    """``sql`` with its settings in itself: given beside it, the driver sends each as two statements more."""
    return f"{sql}\nSETTINGS {', '.join(f'{name} = {_literal(value)}' for name, value in settings.items())}"


def _literal(value: Any) -> str:
    """SQL literal of a setting's value: a quoted word, or an integer."""
    if isinstance(value, str):
        if not value.isidentifier():
            raise ValueError(f"{value!r} is no value of a setting")
        return f"'{value}'"
    return str(int(value))


def _command(sql: str, parameters: Mapping[str, Any], client: Client) -> None:
    client.command(sql, parameters=dict(parameters))


class _named_errors:
    """Convert the driver's exceptions to :class:`EngineError` with the engine's first line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ClickHouseError):
            raise named(error) from error
