"""Group commit: many requests' rows become one durable insert a table.

A caller awaits :meth:`Writer.write`; it returns when every row it gave is durably in the engine, so an answer
of 202 after it is a promise. Rows wait at most ``delay`` seconds for company. Nothing waits in a place that a
crash can lose after the promise was made.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from heeler.store.engine import Engine


class StoreFull(Exception):
    """The buffer of rows that wait for the engine is full: the client should come again (429)."""


class DiskFull(Exception):
    """Free disk space is below the floor: nothing is written until there is room (507)."""


@dataclass
class _Batch:
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    rows: int = 0
    done: asyncio.Future[None] | None = None


class Writer:
    """Collects rows and commits them as a group. Owned by the server's lifespan: :meth:`run` is its task.

    ``order`` names tables that go before others in each commit, so that what refers (points) never stands
    without what it refers to (series).
    """

    def __init__(
        self,
        engine: Engine,
        *,
        delay: float = 0.1,
        max_rows: int = 2_000_000,
        order: tuple[str, ...] = ("series",),
        has_room: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._delay = delay
        self._max_rows = max_rows
        self._order = order
        self._has_room = has_room
        self._clock = clock
        self._digests: dict[bytes, float] = {}
        self._batch = _Batch()
        self._pending_rows = 0
        self._wake = asyncio.Event()
        self._closing = False

    async def write(self, tables: Mapping[str, pa.Table], digest: bytes | None = None) -> None:
        """Make ``tables`` (name to rows) durable.

        A ``digest`` seen within ten minutes is a retry: nothing to do.

        Raises :class:`StoreFull`, :class:`DiskFull`, or the engine's error.
        """
        rows = sum(table.num_rows for table in tables.values())
        if rows == 0 or (digest is not None and self._seen(digest)):
            return
        if not self._has_room():
            raise DiskFull
        if self._pending_rows + rows > self._max_rows or self._closing:
            raise StoreFull
        batch = self._batch
        if batch.done is None:
            batch.done = asyncio.get_running_loop().create_future()
        for name, table in tables.items():
            if table.num_rows:
                batch.tables.setdefault(name, []).append(table)
        batch.rows += rows
        self._pending_rows += rows
        self._wake.set()
        await asyncio.shield(batch.done)
        if digest is not None:
            self._digests[digest] = self._clock()

    def _seen(self, digest: bytes) -> bool:
        now = self._clock()
        for old in [key for key, at in self._digests.items() if now - at > 600]:
            del self._digests[old]
        return digest in self._digests

    async def run(self) -> None:
        """Commit batches until :meth:`close`; the last ones are committed before it returns."""
        while True:
            await self._wake.wait()
            if not self._closing:
                await asyncio.sleep(self._delay)
            self._wake.clear()
            batch, self._batch = self._batch, _Batch()
            if batch.done is not None:
                await self._commit(batch, batch.done)
            if self._closing and self._batch.done is None:
                return

    async def _commit(self, batch: _Batch, done: asyncio.Future[None]) -> None:
        names = sorted(batch.tables, key=lambda name: (name not in self._order, name))
        try:
            for name in names:
                await self._engine.insert(name, pa.concat_tables(batch.tables[name]).combine_chunks())
        except Exception as error:  # noqa: BLE001 - every waiting request must hear of it
            done.set_exception(error)
            done.exception()
        else:
            done.set_result(None)
        finally:
            self._pending_rows -= batch.rows

    def close(self) -> None:
        """Refuse new rows; :meth:`run` commits what waits and returns."""
        self._closing = True
        self._wake.set()
