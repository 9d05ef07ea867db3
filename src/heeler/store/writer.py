"""Group commit: many requests' rows become one durable insert a table.

A caller awaits :meth:`Writer.write`; it returns when every row it gave is durably in the engine, so an answer
of 202 after it is a promise. Rows wait at most ``delay`` seconds for company. Nothing waits in a place that a
crash can lose after the promise was made.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import pyarrow as pa

from heeler.store.engine import Engine

log = logging.getLogger("heeler.writer")

REMEMBER_SECONDS = 600


class StoreFull(Exception):
    """The buffer of rows that wait for the engine is full: the client should come again (429)."""


class DiskFull(Exception):
    """Free disk space is below the floor: nothing is written until there is room (507)."""


class StoreFailed(Exception):
    """The engine did not take the rows; they can be sent again (503). The message is the engine's."""


class Columns(Protocol):
    """Rows that become an Arrow table only at the commit, all parts at once."""

    @property
    def num_rows(self) -> int: ...

    @classmethod
    def combine(cls, parts: Sequence[Self]) -> pa.Table: ...


@dataclass
class _Batch:
    tables: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0
    done: asyncio.Future[None] | None = None


class Writer:
    """Collects rows and commits them as a group. Owned by the server's lifespan: :meth:`run` is its task.

    ``order`` names tables that go before others in each commit, so that what refers (points) never stands
    without what it refers to (series). ``before`` hears of the tables of a group before the group is
    inserted.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        delay: float = 0.1,
        max_rows: int = 2_000_000,
        order: tuple[str, ...] = ("series",),
        has_room: Callable[[], bool] = lambda: True,
        before: Callable[[Mapping[str, Sequence[Any]]], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._delay = delay
        self._max_rows = max_rows
        self._order = order
        self._has_room = has_room
        self._before = before
        self._clock = clock
        self._digests: dict[bytes, float] = {}
        self._in_flight: dict[bytes, asyncio.Future[None]] = {}
        self._batch = _Batch()
        self._pending_rows = 0
        self._wake = asyncio.Event()
        self._closing = False
        self.committing = asyncio.Lock()
        """Held during each commit: who holds it sees the store between two groups."""

    @property
    def pending_rows(self) -> int:
        return self._pending_rows

    async def write(self, tables: Mapping[str, pa.Table | Columns], digest: bytes | None = None) -> None:
        """Make ``tables`` (name to rows) durable.

        A ``digest`` of the request seen within ten minutes is a retry: nothing to do. One that is on its
        way is
        waited for, and shares its fate.

        Raises :class:`StoreFull`, :class:`DiskFull` or :class:`StoreFailed`.
        """
        rows = sum(table.num_rows for table in tables.values())
        if rows == 0 or (digest is not None and self._seen(digest)):
            return
        if digest is not None and digest in self._in_flight:
            await asyncio.shield(self._in_flight[digest])
            return
        done = self._add(tables, rows)
        if digest is None:
            await asyncio.shield(done)
        else:
            await self._write_once(digest, done)

    def submit(self, tables: Mapping[str, pa.Table | Columns]) -> asyncio.Future[None]:
        """Have ``tables`` committed with the next group, whose outcome the future is.

        Many callers share it: it must not be cancelled, and be awaited only under ``asyncio.shield``.

        Raises :class:`StoreFull` or :class:`DiskFull`; the future's exception is :class:`StoreFailed`.
        """
        return self._add(tables, sum(table.num_rows for table in tables.values()))

    def _add(self, tables: Mapping[str, pa.Table | Columns], rows: int) -> asyncio.Future[None]:
        if not self._has_room():
            raise DiskFull
        if self._closing or (self._pending_rows and self._pending_rows + rows > self._max_rows):
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
        return batch.done

    async def _write_once(self, digest: bytes, done: asyncio.Future[None]) -> None:
        self._in_flight[digest] = done
        done.add_done_callback(lambda result: self._settle(digest, result))
        await asyncio.shield(done)

    def _settle(self, digest: bytes, result: asyncio.Future[None]) -> None:
        # By the commit and not by the request: a client that hung up may still come again with the same body.
        del self._in_flight[digest]
        if not result.cancelled() and result.exception() is None:
            self._digests[digest] = self._clock()

    def _seen(self, digest: bytes) -> bool:
        oldest = self._clock() - REMEMBER_SECONDS
        for key in list(self._digests):  # in the order of time
            if self._digests[key] >= oldest:
                break
            del self._digests[key]
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
        try:
            async with self.committing:
                if self._before is not None:
                    await self._before(batch.tables)
                await self._insert_all(batch.tables)
        except Exception as error:
            names = ", ".join(sorted(batch.tables))
            log.exception("A group of %d rows for %s was not stored", batch.rows, names)
            done.set_exception(StoreFailed(str(error)))
            done.exception()  # seen here, even when every client has gone
        else:
            done.set_result(None)
        finally:
            self._pending_rows -= batch.rows

    async def _insert_all(self, tables: Mapping[str, list[Any]]) -> None:
        """What goes first in its order, then the rest at once: each insert waits for the disk.

        Raises the first error, when no insert is under way any more.
        """
        for name in self._order:
            if name in tables:
                await self._insert(name, tables[name])
        rest = [self._insert(name, parts) for name, parts in tables.items() if name not in self._order]
        for outcome in await asyncio.gather(*rest, return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def _insert(self, name: str, parts: list[Any]) -> None:
        await self._engine.insert(name, await asyncio.to_thread(_combine, parts))

    def close(self) -> None:
        """Refuse new rows; :meth:`run` commits what waits and returns."""
        self._closing = True
        self._wake.set()


def _combine(parts: list[Any]) -> pa.Table:
    if isinstance(parts[0], pa.Table):
        return pa.concat_tables(parts).combine_chunks()
    return type(parts[0]).combine(parts)
