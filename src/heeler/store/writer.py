"""Group commit writer: the rows of many requests become one durable insert a table.

A caller awaits :meth:`Writer.write`; it returns when all of its rows are durable in the engine, so a 202
response after it is a guarantee. Rows wait at most ``delay`` seconds to be grouped. No acknowledged row is
held where a crash could lose it.

A failed insert fails the requests whose rows it contains, and no others. If such a request has a digest, its
remaining rows are held as unresolved and retried with the same deduplication token, so that the same request
sent again neither duplicates its rows nor has to be stored again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self

import pyarrow as pa

from heeler.store.arrivals import Arrivals
from heeler.store.engine import Engine
from heeler.store.group_commit import BeforeInsert, Committer, Request, StoreFailed, plan
from heeler.store.group_commit import DiskFull as DiskFull
from heeler.store.insert_retries import Unresolved, forget, retrieve

if TYPE_CHECKING:
    from heeler.store.wal import WriteAheadLog

log = logging.getLogger("heeler.writer")

REMEMBER_SECONDS = 600


class StoreFull(Exception):
    """The buffer of pending rows is full: the client should retry later (429)."""


class Columns(Protocol):
    """Rows that become an Arrow table only at the commit, all parts at once."""

    @property
    def num_rows(self) -> int: ...

    @classmethod
    def combine(cls, parts: Sequence[Self]) -> pa.Table: ...


class Writer:
    """Collects rows and commits them in groups. Owned by the server's lifespan: :meth:`run` is its task.

    ``order`` lists tables committed before others, so that references (points) are never stored without their
    target (series). ``before`` and ``after`` are callbacks by table, awaited with its parts before and after
    they are inserted. ``logs`` accept requests all of whose rows are for their tables: those are durable once
    logged, and in the engine soon after.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        logs: Sequence[WriteAheadLog] = (),
        delay: float = 0.1,
        max_rows: int = 2_000_000,
        order: tuple[str, ...] = ("series",),
        has_room: Callable[[], bool] = lambda: True,
        before: Mapping[str, BeforeInsert] | None = None,
        after: Mapping[str, BeforeInsert] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.arrivals = Arrivals()
        """Counts of requests that were stored and that were not."""
        self._committer = Committer(engine.insert, engine.run_insert, before or {}, after)
        self._logs = logs
        for one in logs:
            engine.before_reads(one.read_in, one.settle)
        self._delay = delay
        self._max_rows = max_rows
        self._order = order
        self._has_room = has_room
        self._clock = clock
        self._digests: dict[bytes, float] = {}
        self._in_flight: dict[bytes, asyncio.Future[None]] = {}
        self._unresolved = Unresolved(clock, REMEMBER_SECONDS)
        self._batch: list[Request] = []
        self._pending_rows = 0
        self._wake = asyncio.Event()
        self._closing = False
        self.committing = asyncio.Lock()
        """Held during each commit: its holder sees the store between two groups."""

    @property
    def pending_rows(self) -> int:
        """Number of rows not in the engine yet, including those of failed inserts that will be retried."""
        return self._pending_rows + self._unresolved.rows + sum(one.rows for one in self._logs)

    async def write(
        self,
        tables: Mapping[str, pa.Table | Columns],
        digest: bytes | None = None,
        *,
        repeatable: bool = False,
    ) -> bool:
        """Make ``tables`` (name to rows) durable; whether they are new, so that what is counted beside them
        is counted once.

        The same ``digest`` within ten minutes, a restart among them, is a retry: nothing to do. One that is
        on its way is waited for, and shares its outcome. With ``repeatable`` the same body may come twice and
        mean two things (a line of text without a time), so that only a request that received a failure is
        recognized when it is sent again. Without a digest, rows must be such that writing them twice leaves
        one.

        Raises :class:`StoreFull`, :class:`DiskFull`, :class:`~heeler.store.group_commit.StoreFailed` or
        :class:`~heeler.store.group_commit.RowsRejected`.
        """
        rows = sum(table.num_rows for table in tables.values())
        if digest is not None and self._seen(digest):
            return False
        if rows == 0:
            return True
        is_new = digest is None or digest not in self._in_flight
        known = self._known(digest)
        await asyncio.shield(known if known is not None else self._add(tables, rows, digest, repeatable).done)
        return is_new

    def submit(self, tables: Mapping[str, pa.Table | Columns]) -> asyncio.Future[None]:
        """Commit ``tables`` with the next group; the future is its outcome.

        It must not be canceled, and be awaited only under ``asyncio.shield``.

        Raises :class:`StoreFull` or :class:`DiskFull`; the future's exception is one of :meth:`write`.
        """
        return self._add(tables, sum(table.num_rows for table in tables.values()), None, False).done

    def _add(
        self, tables: Mapping[str, pa.Table | Columns], rows: int, digest: bytes | None, repeatable: bool
    ) -> Request:
        if not self._has_room():
            self.arrivals.refused()
            raise DiskFull
        if self._closing or (self.pending_rows and self.pending_rows + rows > self._max_rows):
            self.arrivals.refused()
            raise StoreFull
        request = Request(tables, rows, asyncio.get_running_loop().create_future(), digest, repeatable)
        request.done.add_done_callback(retrieve)
        if digest is not None and not repeatable:
            self._in_flight[digest] = request.done
            request.done.add_done_callback(lambda result: self._settle(digest, result))
        self._pending_rows += rows
        request.done.add_done_callback(lambda done: self._count(tables, done))
        logged = next((one for one in self._logs if one.tables >= tables.keys()), None)
        if logged is not None:
            request.done.add_done_callback(lambda _: self._take_off(rows))
            logged.put(request)
            return request
        self._batch.append(request)
        self._wake.set()
        return request

    def _count(self, tables: Mapping[str, pa.Table | Columns], done: asyncio.Future[None]) -> None:
        if done.cancelled() or isinstance(done.exception(), StoreFailed | DiskFull):
            self.arrivals.refused()
        elif done.exception() is None:
            self.arrivals.stored(tables)

    def _take_off(self, rows: int) -> None:
        self._pending_rows -= rows

    def know(self, digests: Iterable[bytes]) -> None:
        """Mark requests with these digests as stored: a log has them from an earlier process."""
        self._digests.update(dict.fromkeys(digests, self._clock()))

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Context in which the store has all rows acknowledged before, and no group is committed."""
        await self.settle()
        async with self.committing:
            yield

    async def settle(self) -> None:
        """Return when the engine has all rows that the logs acknowledged before the call."""
        for one in self._logs:
            await one.settle()

    def _settle(self, digest: bytes, result: asyncio.Future[None]) -> None:
        # Marked by the commit, not by the request: a disconnected client may send the same body again.
        del self._in_flight[digest]
        if not result.cancelled() and result.exception() is None:
            self._remember(digest)

    def _known(self, digest: bytes | None) -> asyncio.Future[None] | None:
        """Outcome of the request with this digest, if in progress, or failed and being retried."""
        if digest is None:
            return None
        found = self._in_flight.get(digest) or self._unresolved.find(digest)
        if found is not None:
            self._wake.set()
        return found

    def _seen(self, digest: bytes) -> bool:
        forget(self._digests, self._clock() - REMEMBER_SECONDS)
        return digest in self._digests or self._unresolved.take_stored(digest)

    async def run(self) -> None:
        """Commit batches until :meth:`close`; pending ones are committed before it returns."""
        while True:
            await self._sleep()
            batch, self._batch = self._batch, []
            async with self.committing:
                await self._unresolved.retry(self._committer.run, self._remember)
                if batch:
                    await self._commit(batch)
            if self._closing and not self._batch:
                return

    def _remember(self, digest: bytes) -> None:
        self._digests[digest] = self._clock()

    async def _sleep(self) -> None:
        """Sleep until there is something to commit or to retry."""
        due = self._unresolved.next_attempt
        try:
            async with asyncio.timeout(None if due is None else max(due - self._clock(), 0.01)):
                await self._wake.wait()
        except TimeoutError:
            return
        if not self._closing:
            await asyncio.sleep(self._delay)
        self._wake.clear()

    async def _commit(self, batch: list[Request]) -> None:
        try:
            failed, left = await self._committer.run(plan(batch, self._order))
            self._unresolved.add(left)
        except Exception as error:
            log.exception("A group of %d requests was not stored", len(batch))
            failed = {request: StoreFailed(str(error)) for request in batch}
        for request in batch:
            self._pending_rows -= request.rows
            error_of = failed.get(request)
            if error_of is None:
                request.done.set_result(None)
            else:
                request.done.set_exception(error_of)

    def close(self) -> None:
        """Refuse new rows; :meth:`run` commits pending ones and returns."""
        self._closing = True
        self._wake.set()
