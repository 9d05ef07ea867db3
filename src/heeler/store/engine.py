"""Interface of the telemetry engine: embedded chDB or a ClickHouse server.

Every call runs in a thread of a bounded pool, because the engine releases the GIL while it works. Each thread
uses one of as many clients, all opened at the start: opening several at once, or one while others work, can
block for seconds. chDB shares one engine per process among clients of the same path. A canceled await does
not stop the engine, so each query has its own time, memory and row limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import re
import secrets
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlparse

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from heeler.store.write_tracker import Changes

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


#: Bounds of the embedded engine's caches and threads.
EMBEDDED_OPTIONS = {"config-file": str(Path(__file__).with_name("embedded.xml"))}


#: Maximum number of calls that run or wait for a reader thread.
MAX_WAITING = 200


class EngineError(RuntimeError):
    """The engine rejected or failed a statement; the message is the first line of the engine's."""

    @property
    def code(self) -> int:
        """Error code of the engine; 0 if unknown."""
        found = _CODE.search(str(self))
        return int(found[1]) if found else 0


class EngineTimeout(EngineError):
    """A statement exceeded its time limit (504)."""


class EngineBusy(EngineError):
    """Too many statements are waiting (503)."""


class EngineMemoryLimit(EngineError):
    """A statement exceeded its memory limit (400)."""


_CODE = re.compile(r"\bCode: (\d{1,5})\b")
#: TIMEOUT_EXCEEDED, TOO_SLOW, SOCKET_TIMEOUT.
_TIMEOUTS = frozenset((159, 160, 209))
_MEMORY_LIMIT_EXCEEDED = 241


class Engine:
    """An open telemetry engine.

    ``dsn`` is ``chdb:///absolute/path`` or ``clickhouse://user:password@host:port/database``. Use as an async
    context manager or always call :meth:`close`: an embedded engine still open when the interpreter exits
    causes a segmentation fault.
    """

    def __init__(self, dsn: str, *, workers: int = 6, writers: int = 2) -> None:
        self.dsn = dsn
        self.embedded = urlparse(dsn).scheme == "chdb"
        self._clients: list[Client] = []
        self._idle: queue.LifoQueue[Client] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="engine")
        # Inserts have separate threads and clients: queries that occupy the others for half a minute do not
        # delay them.
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="engine-insert")
        self._insert_clients: queue.LifoQueue[Client] = queue.LifoQueue()
        self._waiting = 0
        self._before_close: list[Callable[[], None]] = []
        self._unsettled: list[tuple[tuple[str, ...], Callable[[], Awaitable[None]]]] = []
        self.changes = Changes()
        """Writes through this engine; these are all writes if it is embedded."""
        if self.embedded:
            self.path.mkdir(parents=True, exist_ok=True)
        # Opened here, so that an invalid DSN fails at start with its own message.
        for idle in [self._idle] * workers + [self._insert_clients] * writers:
            self._clients.append(self._connect())
            idle.put(self._clients[-1])

    @property
    def path(self) -> Path:
        """Directory of the embedded engine."""
        return Path(urlparse(self.dsn).path)

    def _connect(self) -> Client:
        try:
            if self.embedded:
                return clickhouse_connect.create_client(dsn=self.dsn, chdb_options=EMBEDDED_OPTIONS)
            return clickhouse_connect.create_client(dsn=self.dsn, autogenerate_session_id=False)
        except ClickHouseError as error:
            raise EngineError(f"Cannot open the store {self.dsn}: {first_line(error)}") from error

    @contextlib.contextmanager
    def _client(self, idle: queue.LifoQueue[Client] | None = None) -> Iterator[Client]:
        idle = idle or self._idle
        client = idle.get()
        try:
            yield client
        finally:
            idle.put(client)

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
        with _named_errors(), self._client() as client:
            return client.query_arrow(_limited(sql, settings), parameters=dict(parameters or {}))

    def rows_sync(
        self, sql: str, parameters: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Any]]:
        with _named_errors(), self._client() as client:
            result = client.query(
                sql, parameters=dict(parameters or {}), settings={**QUERY_LIMITS, **(settings or {})}
            )
            rows: Sequence[Sequence[Any]] = result.result_rows
        return rows

    def insert_sync(self, table: str, rows: pa.Table, token: str = "") -> None:
        # Always a token: without one, equal rows of two inserts would be mistaken for a retry.
        settings = {"insert_deduplication_token": token or secrets.token_hex(12)}
        try:
            with _named_errors(), self._client(self._insert_clients) as client:
                client.insert_arrow(table, rows, settings=settings)
        except BaseException:
            self.changes.note_command()  # some of them may be stored
            raise
        self.changes.note(table, rows)

    def execute_sync(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        try:
            with _named_errors(), self._client() as client:
                client.command(sql, parameters=dict(parameters or {}))
        finally:
            if not sql.lstrip().startswith("INSERT"):  # a dropped or altered table takes effect at once
                self.changes.note_command()

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        """Run ``call(*args)``, which uses the engine and may block, in a thread of the pool.

        Raises :class:`EngineBusy` if :data:`MAX_WAITING` calls are waiting for one.
        """
        if self._waiting >= MAX_WAITING:
            raise EngineBusy(f"{MAX_WAITING} statements are waiting for the store: try again in some seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, *args)
        finally:
            self._waiting -= 1

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
        with self._lock:
            clients, self._clients = self._clients, []
        for client in clients:
            client.close()

    async def __aenter__(self) -> Engine:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)


def _limited(sql: str, settings: Mapping[str, Any] | None) -> str:
    """``sql`` with its settings inline: passed separately, the driver sends two more statements for each."""
    chosen = {**QUERY_LIMITS, **_ARROW, **(settings or {})}
    return f"{sql}\nSETTINGS {', '.join(f'{name} = {_literal(value)}' for name, value in chosen.items())}"


def _literal(value: Any) -> str:
    """SQL literal of a setting's value: a quoted word, or an integer."""
    if isinstance(value, str):
        if not value.isidentifier():
            raise ValueError(f"{value!r} is no value of a setting")
        return f"'{value}'"
    return str(int(value))


class _named_errors:
    """Convert the driver's exceptions to :class:`EngineError` with the engine's first line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ClickHouseError):
            named = EngineError(first_line(error))
            if named.code in _TIMEOUTS:
                named = EngineTimeout(str(named))
            elif named.code == _MEMORY_LIMIT_EXCEEDED:
                named = EngineMemoryLimit(str(named))
            raise named from error


def first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:1000] or type(error).__name__
