"""Write-ahead log of the engine: rows are acknowledged once they are in a file, and inserted in large groups.

The rows of all waiting requests become one record of the open segment (:mod:`.wal_segments`), which is synced
once for all. A segment is closed after 0.9 seconds, ten thousand rows, or when a reader requires it. Its rows
are one insert a table, with the segment's token. When the engine has stored them, that is recorded
(:mod:`.wal_stored_segments`) and the file is removed. Segments left by a crash are inserted at the next start
with the same tokens: exactly once, whatever part had been stored already. A request that is sent again is
recognized by the digests of segments and of these records, whatever the clock says.

After a failed write, its segment is closed and truncated to what was acknowledged; nothing more is
acknowledged until that truncation is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from heeler.store import wal_segments
from heeler.store.group_commit import DiskFull, Request, RowsRejected, StoreFailed, combined, named_error
from heeler.store.self_metrics import telemetry
from heeler.store.wal_files import DISK, Files
from heeler.store.wal_segments import Record, SegmentWriter
from heeler.store.wal_set_aside import put_aside, set_damaged_aside
from heeler.store.wal_stored_segments import StoredSegments

log = logging.getLogger("heeler.writer")

#: Maximum rows of a segment, and seconds until it is closed.
GROUP_ROWS, GROUP_SECONDS = 10_000, 0.9
#: Minimum seconds between two segments closed for readers.
READ_SECONDS = 0.1
#: Maximum seconds that a read waits for the engine to have all rows acknowledged before.
SETTLE_SECONDS = 10.0
#: Segments whose files stay as it could not be noted that the engine has them: many fewer than the tokens
#: that a table remembers, as a file that stays for longer would be inserted a second time at the next start.
MAX_UNNOTED = 200
#: Pauses between attempts of an insert, in seconds; the last one repeats.
RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

#: The logs of a server by name, with the tables of each: a table that the engine rejects rows of does not
#: block the other log.
LOGGED = {
    "logs": ("log_events", "error_events"),
    "spans": ("apm_spans", "running_spans", "error_events"),
}
#: Tables that the engine fills from inserts into others: their readers read those.
DERIVED = {"error_events": ("error_issues",), "apm_spans": ("trace_index",)}

T = TypeVar("T")
InsertRows = Callable[[str, pa.Table, str], Awaitable[None]]


@dataclass(slots=True)
class _Group:
    """Records of one segment. ``stored``: tables whose rows the engine has."""

    number: int
    path: Path
    token: str
    since: float
    records: list[Record] = field(default_factory=list)
    rows: int = 0
    attempts: int = 0
    stored: set[str] = field(default_factory=set)

    def add(self, record: Record) -> None:
        self.records.append(record)
        self.rows += record.rows


class WriteAheadLog:
    """Write-ahead log of some tables, in its own folder. :meth:`run` is its task, after :meth:`recover`.

    ``insert`` appends rows to a table durably, once for each token.
    """

    def __init__(
        self,
        folder: Path,
        insert: InsertRows,
        tables: Iterable[str],
        *,
        files: Files = DISK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tables = frozenset(tables)
        self._folder, self._insert, self._clock, self._files = folder, insert, clock, files
        self._notes = StoredSegments(folder, files, clock=clock)
        self._unsure: list[tuple[Path, int]] = []
        """Segments that may hold more than was acknowledged, and how many bytes of them are good."""
        self._unnoted: deque[_Group] = deque()
        """Segments of which the engine has the rows, while that could not be noted."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write-ahead")
        self._waiting: list[Request] = []
        self._open: tuple[_Group, SegmentWriter] | None = None
        self._closed: deque[_Group] = deque()
        self._next = 0
        self._stored = -1
        self._wanted = False
        self._last_close = -READ_SECONDS
        self._writing = asyncio.Lock()
        self._arrived, self._due, self._progress = asyncio.Event(), asyncio.Event(), asyncio.Condition()
        self._closing = False

    @property
    def read_in(self) -> frozenset[str]:
        """Tables whose readers must :meth:`settle`."""
        return self.tables.union(*(DERIVED.get(table, ()) for table in self.tables))

    @property
    def rows(self) -> int:
        """Rows that are acknowledged and not in the engine yet."""
        return sum(group.rows for group in self._closed) + (self._open[0].rows if self._open else 0)

    async def recover(self) -> list[bytes]:
        """Find what an earlier process left, to be inserted first; the digests of its requests, and of those
        that were inserted before."""
        return await self._in_thread(self._recover)

    def _recover(self) -> list[bytes]:
        entries = self._notes.load()
        digests = [digest for entry in entries for digest in entry.digests]
        stored = {entry.token for entry in entries}
        for path in wal_segments.paths(self._folder, self._files):
            token, records, damaged = wal_segments.read(path, self._files)
            self._next = wal_segments.number_of(path) + 1
            if damaged:
                set_damaged_aside(path, self._files.read(path), damaged)
            if not records or token in stored:
                with contextlib.suppress(OSError):  # it is found at the next start, with no effect
                    self._files.remove(path)
                continue
            group = _Group(wal_segments.number_of(path), path, token, self._clock())
            for record in records:
                group.add(record)
                digests += record.digests
            self._closed.append(group)
        self._stored = self._next - 1 - len(self._closed)
        if self._closed:
            log.warning("%d rows that were not in the store at the last end are inserted now", self.rows)
            self._stored = self._closed[0].number - 1
        return digests

    def put(self, request: Request) -> None:
        """Queue the rows of ``request``; its future resolves when they are on disk, or with the error."""
        self._waiting.append(request)
        self._arrived.set()

    async def run(self) -> None:
        """Write and insert until :meth:`close`; remaining rows are inserted before it returns, or stay on
        disk."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_all())
            tasks.create_task(self._insert_all())
        await self._in_thread(self._notes.close)
        self._thread.shutdown()

    def close(self) -> None:
        """End :meth:`run` once everything is written; nothing may be put afterwards."""
        self._closing = True
        self._arrived.set()

    async def settle(self) -> None:
        """Return when the engine has what was acknowledged before the call, or after
        :data:`SETTLE_SECONDS`."""
        last = self._open[0].number if self._open else self._closed[-1].number if self._closed else -1
        if last <= self._stored:
            return
        self._wanted = True
        self._due.set()
        try:
            async with asyncio.timeout(SETTLE_SECONDS), self._progress:
                await self._progress.wait_for(lambda: self._stored >= last)
        except TimeoutError:
            telemetry.count("heeler.store.reads_before_insert")
            log.warning("A query does not see %d rows that the store has not taken yet", self.rows)

    async def _write_all(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            waiting, self._waiting = self._waiting, []
            if waiting:
                async with self._writing:
                    await self._write(waiting)
            if self._closing and not self._waiting:
                self._wanted = True
                self._due.set()
                return

    async def _write(self, waiting: Sequence[Request]) -> None:
        try:
            record, group = await self._in_thread(self._append, waiting)
        except Exception as error:
            log.exception("%d requests were not logged", len(waiting))
            telemetry.count("heeler.store.log_failures")
            self._give_up_segment()
            for request in waiting:
                request.done.set_exception(_named(error))
            return
        group.add(record)
        self._due.set()
        for request in waiting:
            request.done.set_result(None)

    def _append(self, waiting: Sequence[Request]) -> tuple[Record, _Group]:
        self._cut_unsure()
        parts: dict[str, list[pa.Table]] = {}
        for request in waiting:
            for table, rows in request.tables.items():
                if rows.num_rows:
                    parts.setdefault(table, []).append(rows)
        digests = [one.digest for one in waiting if one.digest is not None and not one.repeatable]
        record = Record(
            {table: combined(of_table) for table, of_table in parts.items()},
            digests,
            {table: [rows.num_rows for rows in of_table] for table, of_table in parts.items()},
        )
        group, writer = self._open or self._begin()
        try:
            writer.add(record)
        except OSError:
            writer.close()
            self._unsure.append((writer.path, writer.size if group.records else 0))
            with contextlib.suppress(OSError):  # tried again before the next write
                self._cut_unsure()
            raise
        self._open = group, writer
        return record, group

    def _cut_unsure(self) -> None:
        """Have segments hold what was acknowledged, and no more. Raises ``OSError``."""
        while self._unsure:
            path, size = self._unsure[0]
            if size:
                with contextlib.suppress(FileNotFoundError):  # its rows are in the engine
                    self._files.truncate(path, size)
            else:
                self._files.remove(path)
                self._files.synchronize_folder(path.parent)
            self._unsure.pop(0)

    def _give_up_segment(self) -> None:
        """Close the open segment if a write of it failed; the rows of it that were acknowledged go in."""
        if self._open is not None and self._open[1].broken:
            self._closed.append(self._open[0])
            self._open = None
            self._due.set()

    def _begin(self) -> tuple[_Group, SegmentWriter]:
        path = wal_segments.path_of(self._folder, self._next)
        self._next += 1
        writer = SegmentWriter(path, self._files)
        return _Group(wal_segments.number_of(path), path, writer.token, self._clock()), writer

    async def _insert_all(self) -> None:
        while True:
            await self._close_segment()
            if not self._closed:
                if self._closing and not self._waiting and self._open is None:
                    return
                await self._sleep()
                continue
            group = self._closed[0]
            if await self._store(group):
                self._closed.popleft()
                await self._in_thread(self._finish, group)
                async with self._progress:
                    self._stored = group.number
                    self._progress.notify_all()
            elif self._closing:
                log.error("%d rows stay in %s until the next start", self.rows, self._folder)
                return
            else:
                await asyncio.sleep(RETRY_SECONDS[min(group.attempts, len(RETRY_SECONDS)) - 1])

    def _finish(self, group: _Group) -> None:
        """Note that the engine has the rows of a segment, then remove its file. Where that fails, it is tried
        again with the next ones: until it is noted, the file is what makes a retry known after a restart."""
        group.records = [Record({}, [digest for one in group.records for digest in one.digests])]
        self._unnoted.append(group)
        while self._unnoted:
            first = self._unnoted[0]
            try:
                self._notes.note(first.token, first.records[0].digests)
                self._files.remove(first.path)
            except OSError as error:
                log.error("%s is in the store, which could not be noted: %s", first.path, error)
                telemetry.count("heeler.store.log_failures")
                if len(self._unnoted) <= MAX_UNNOTED:
                    return
                with contextlib.suppress(OSError):
                    self._files.remove(first.path)
            self._unnoted.popleft()

    async def _sleep(self) -> None:
        self._due.clear()
        if self._open is None:
            await self._due.wait()
            return
        until = self._open[0].since + GROUP_SECONDS
        if self._wanted:
            until = min(until, self._last_close + READ_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(until - self._clock(), 0)):
                await self._due.wait()

    async def _close_segment(self) -> None:
        """Close the open segment where it is time to."""
        opened, now = self._open, self._clock()
        if opened is None:
            self._wanted = False
            return
        group, writer = opened
        wanted = self._wanted and (now - self._last_close >= READ_SECONDS or self._closing)
        if group.rows < GROUP_ROWS and now - group.since < GROUP_SECONDS and not wanted:
            return
        async with self._writing:
            if self._open is not opened:  # a write of it failed meanwhile, and it is closed already
                return
            self._open, self._wanted, self._last_close = None, self._closing, now
            self._closed.append(group)
            await self._in_thread(writer.close)

    async def _store(self, group: _Group) -> bool:
        """Insert the rows of a segment by table; returns whether the engine has all of them."""
        names = dict.fromkeys(name for record in group.records for name in record.tables)
        for table in names:
            if table in group.stored:
                continue
            try:
                rows = await self._in_thread(
                    combined, [one.tables[table] for one in group.records if table in one.tables]
                )
                await self._insert(table, rows, group.token)
            except Exception as error:
                known = named_error(error)
                if not isinstance(known, RowsRejected):
                    log.exception("%d rows for %s were not inserted; they stay in the log", group.rows, table)
                    continue
                if not await self._store_apart(group, table):
                    continue
            group.stored.add(table)
        group.attempts += 1
        return group.stored >= set(names)

    async def _store_apart(self, group: _Group, table: str) -> bool:
        """Insert the records of a segment one by one, and those that the engine cannot store request by
        request; what is still refused is put aside, and concerns nobody else."""
        waiting = deque(
            (f"{group.token}-{place}", record.tables[table], record.of_requests(table))
            for place, record in enumerate(group.records)
            if table in record.tables
        )
        while waiting:
            token, rows, parts = waiting.popleft()
            try:
                await self._insert(table, rows, token)
            except Exception as error:
                if not isinstance(named_error(error), RowsRejected):
                    log.exception("Rows for %s were not inserted; they stay in the log", table)
                    return False
                if len(parts) > 1:
                    waiting.extend((f"{token}-{place}", part, [part]) for place, part in enumerate(parts))
                    continue
                try:
                    await self._in_thread(put_aside, self._folder, rows, f"{token}-{table}")
                except OSError:
                    log.exception("Rows for %s could not be put aside; they stay in the log", table)
                    return False
                log.error("%d rows for %s cannot be stored: %s", rows.num_rows, table, error)
                telemetry.count("heeler.store.rejected_rows", rows.num_rows, (f"table:{table}",))
        return True

    async def _in_thread(self, call: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *args)


def _named(error: Exception) -> Exception:
    """Convert a failed write to the log to the error for the client."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    if isinstance(error, RowsRejected):
        return error
    named = StoreFailed(str(error) or type(error).__name__)
    named.__cause__ = error
    return named
