"""Segment files of a store: the points of recent hours beside the engine, read before it.

A file holds what the engine had of an hour at one version of its rollup (`rollup_hours`). It is read only
while that is the version of the hour's last mark, and no point of the hour was written since: a mark is
durable before the points that it announces are inserted, so this holds after a crash too, in whichever order
file and mark were written. Whatever is wrong with a file, the engine answers, and the file is made again.

Files of 48 hours at most are kept, within bounds of bytes and of open files. Blocks: for threads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary, ref

from heeler.query.metrics.packed_rows import Ids, Segment
from heeler.query.metrics.segment_file import SegmentFile, SegmentFileError
from heeler.query.metrics.segment_io import NewFile, opened
from heeler.store.engine import Engine, EngineError
from heeler.store.self_metrics import telemetry
from heeler.store.wal_files import DISK
from heeler.store.write_tracker import HOUR

log = logging.getLogger("heeler.segments")

#: Hours whose files are kept, and files that are open at a time.
KEPT_HOURS, MOST_OPEN = 48, 64
_SUFFIX = ".segments"
_NAME = re.compile(rf"(\d{{1,10}})-(\d{{1,20}}){re.escape(_SUFFIX)}")
_MARKS = (
    "SELECT toUInt32(hour), version, clean FROM rollup_hours FINAL WHERE hour >= toDateTime({start:UInt32})"
)
_DAYS = "SELECT arrayJoin({hours:Array(UInt32)}) AS hour, toString(toDate(toDateTime(hour)))"
_STORED = (
    "SELECT partition, sum(rows) FROM system.parts "
    "WHERE active AND database = currentDatabase() AND table = 'points' GROUP BY partition"
)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    mark: int
    size: int
    since: int
    """Last write of points that the file may contain, as numbered by this process."""


class SegmentFiles:
    """The segment files of an embedded engine, in ``folder``. Thread-safe.

    ``most_bytes``: of all files together; the oldest hours go first. Register it before anything changes the
    store: statements that may change points delete the files.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        *,
        most_bytes: int,
        kept_hours: int = KEPT_HOURS,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not engine.embedded:
            raise ValueError("Others may write to this store: it has no segment files")
        self._engine = engine
        self._folder = folder
        self._most_bytes = most_bytes
        self._kept_hours = min(kept_hours, KEPT_HOURS)
        self._now = now
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}
        self._open: OrderedDict[Path, SegmentFile] = OrderedDict()
        self._generation, self._changing = 0, 0
        self._no_room = 0
        """Up to this hour there is no room for files."""
        engine.around_statements(self._around_statement)
        engine.before_close(self.close)
        with _registry_lock:
            _of_engine[engine] = ref(self)

    @property
    def size(self) -> int:
        """Bytes of all files. Never waits: a gauge reads it on the event loop."""
        return sum(entry.size for entry in list(self._entries.values()))

    @property
    def hours(self) -> list[int]:
        """Hours that can be read out of files now, ascending: their begin, UNIX seconds."""
        with self._lock:
            return sorted(hour for hour in self._entries if self._usable(hour) is not None)

    def covers(self, start: int, stop: int) -> bool:
        """Whether all hours from ``start`` to ``stop`` (UNIX seconds, exclusive) have valid files."""
        with self._lock:
            return all(self._usable(hour) for hour in range(start // HOUR * HOUR, stop, HOUR))

    def load(self) -> None:
        """Find the files of earlier processes. Deletes what is not valid any more, or never was complete."""
        start = self.oldest()
        generation = self._generation
        marks = self._engine.rows_sync(_MARKS, {"start": start})
        self._engine.changes.note_marks(
            (int(hour), int(version), int(clean)) for hour, version, clean in marks
        )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.scandir(self._folder) as listed:
            found = [(Path(item.path), item.stat().st_size) for item in listed if item.is_file()]
        for path, size in found:
            name = _NAME.fullmatch(path.name)
            hour, mark = (int(name[1]), int(name[2])) if name else (0, 0)
            valid = name is not None and hour >= start and self._engine.changes.mark(hour) == (mark, 1)
            with self._lock:  # not what a statement deletes
                valid = valid and not self._changing and self._generation == generation
                if valid:
                    self._entries.setdefault(hour, _Entry(path, mark, size, 0))
            if not valid and (name or path.suffix == ".tmp"):
                path.unlink(missing_ok=True)
        self._compare_with_store()

    def _compare_with_store(self) -> None:
        """Delete the files of days of which the engine has less than they do: it was changed otherwise."""
        hours = list(self._entries)
        days = {int(hour): str(day) for hour, day in self._engine.rows_sync(_DAYS, {"hours": hours})}
        stored = {str(day): int(rows) for day, rows in self._engine.rows_sync(_STORED)}
        held: Counter[str] = Counter()
        for hour in hours:
            held[days[hour]] += self._rows_of(hour)
        for day in [day for day, rows in held.items() if rows > stored.get(day, 0)]:
            log.warning(
                "Segment files of %s have %d points where the store has %d: they are made again",
                day, held[day], stored.get(day, 0),
            )  # fmt: skip
            for hour in hours:
                if days[hour] == day:
                    self._delete(hour)

    def _rows_of(self, hour: int) -> int:
        entry = self._entries.get(hour)
        if entry is None:  # deleted meanwhile
            return 0
        try:
            return self._opened(entry).header.rows
        except (SegmentFileError, OSError) as error:
            self._set_aside(hour, entry, error)
            return 0

    def segment(self, metric: str, hour: int, wanted: Ids | None) -> Segment | None:
        """Points of ``metric`` in ``hour`` of the series ``wanted`` (ascending; None for all). None if the
        engine is to be asked.
        """
        with self._lock:
            entry = self._usable(hour)
        if entry is None:
            return None
        try:
            return self._opened(entry).segment(metric, wanted)
        except (SegmentFileError, OSError) as error:
            self._set_aside(hour, entry, error)
            return None

    def _usable(self, hour: int) -> _Entry | None:
        """The file of ``hour`` if it has all that was written. With the lock."""
        entry, changes = self._entries.get(hour), self._engine.changes
        if entry is None or self._changing or hour < self.oldest():
            return None
        if changes.mark(hour) != (entry.mark, 1) or changes.last_write(hour, hour + HOUR) > entry.since:
            return None
        return entry

    def oldest(self) -> int:
        """Begin of the first hour of which a file may be kept, UNIX seconds."""
        return (int(self._now()) // HOUR - self._kept_hours) * HOUR

    def _opened(self, entry: _Entry) -> SegmentFile:
        with self._lock:
            found = self._open.get(entry.path)
            if found is not None:
                self._open.move_to_end(entry.path)
                return found
        found = opened(entry.path)
        with self._lock:
            if entry in self._entries.values():  # not deleted meanwhile
                self._open[entry.path] = found
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)  # closed when its last reader is done
        return found

    def _set_aside(self, hour: int, entry: _Entry, error: Exception) -> None:
        """Delete a file that cannot be read."""
        with self._lock:
            if self._entries.get(hour) is not entry:
                return
        log.warning("Segment file %s is not used, and is made again: %s", entry.path, error)
        telemetry.count("heeler.segment_files.damaged")
        self._delete(hour)

    def _delete(self, hour: int) -> None:
        with self._lock:
            entry = self._entries.pop(hour, None)
            if entry is not None:
                self._open.pop(entry.path, None)
        if entry is not None:
            with contextlib.suppress(OSError):
                entry.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _around_statement(self, sql: str) -> Iterator[None]:
        """Delete the files before a statement that may change points, and use none until it is done.

        Raises ``EngineError`` where they cannot be deleted: read at the next start, they would be wrong.
        """
        if not may_change_points(sql):
            yield
            return
        with self._lock:
            self._changing += 1
            self._generation += 1
            self._entries.clear()
            self._open.clear()
        try:
            self._delete_all()
            yield
        finally:
            with self._lock:
                self._changing -= 1
                self._generation += 1

    def _delete_all(self) -> None:
        try:
            found = [path for path in self._folder.iterdir() if path.suffix == _SUFFIX]
            for path in found:
                path.unlink(missing_ok=True)
            if found:
                DISK.synchronize_folder(self._folder)
        except (FileNotFoundError, NotADirectoryError):
            return  # no file was made yet
        except OSError as error:
            raise EngineError(f"Points are not changed while segment files remain: {error}") from error

    def wanted(self) -> list[int]:
        """Hours that are rolled up, have no valid file and may have one, the latest first."""
        last = (int(self._now()) // HOUR - 1) * HOUR
        with self._lock:
            return [
                hour
                for hour in range(last, max(self.oldest(), self._no_room + HOUR) - 1, -HOUR)
                if self._engine.changes.mark(hour)[1] and self._usable(hour) is None
            ]

    def begin(self, hour: int) -> NewFile:
        """A file to be made of what the engine has of ``hour`` from now on. Raises ``OSError``."""
        with self._lock:
            changes = self._engine.changes
            writes = changes.writes  # before the mark: what is written later makes the file invalid
            mark, generation = changes.mark(hour)[0], self._generation
        return NewFile(hour, mark, writes, generation, self._folder)

    def publish(self, new: NewFile) -> bool:
        """Use ``new``, which is complete and on disk. False if points were written meanwhile or there is no
        room for it: it is deleted then.
        """
        path = self._folder / f"{new.hour}-{new.mark}{_SUFFIX}"
        size = new.path.stat().st_size
        with self._lock:
            fits = self._is_valid(new) and size <= self._most_bytes
        if fits:  # else no other file is deleted for it
            self._make_room(new.hour, size)
        with self._lock:
            before = self._entries.get(new.hour)
            valid = self._is_valid(new)
            if valid and self._held_beside(new.hour) + size > self._most_bytes:
                self._no_room, valid = max(self._no_room, new.hour), False
            if valid:
                new.path.replace(path)
                self._open.pop(path, None)
                self._entries[new.hour] = _Entry(path, new.mark, size, new.since)
        if not valid:
            new.discard()
            return False
        if before is not None and before.path != path:
            with self._lock:
                self._open.pop(before.path, None)
            before.path.unlink(missing_ok=True)
        DISK.synchronize_folder(self._folder)
        return True

    def _is_valid(self, new: NewFile) -> bool:
        """Whether ``new`` has all that was written. With the lock."""
        changes = self._engine.changes
        return (
            not self._changing
            and self._generation == new.generation
            and changes.mark(new.hour) == (new.mark, 1)
            and changes.last_write(new.hour, new.hour + HOUR) <= new.since
        )

    def _held_beside(self, hour: int) -> int:
        """Bytes of the files of other hours. With the lock."""
        return sum(entry.size for other, entry in self._entries.items() if other != hour)

    def _make_room(self, hour: int, size: int) -> None:
        """Delete files of hours before ``hour`` until there is room for ``size`` bytes, the oldest first."""
        for other in sorted(self._entries):
            with self._lock:
                enough = self._held_beside(hour) + size <= self._most_bytes
                if not enough and other < hour:
                    self._no_room = max(self._no_room, other)
            if enough or other >= hour:
                return
            self._delete(other)

    def close(self) -> None:
        """Close all files. They are opened again when they are read."""
        with self._lock:
            self._open.clear()

    def prune(self) -> None:
        """Delete the files of hours that are over."""
        for hour in [hour for hour in list(self._entries) if hour < self.oldest()]:
            self._delete(hour)


def may_change_points(sql: str) -> bool:
    """Whether a statement may change or delete rows of `points` other than by inserting some."""
    verb = sql.lstrip()[:6].upper()
    if verb in ("INSERT", "SELECT") or not re.search(r"\bpoints\b", sql):
        return False
    return not re.search(r"\bFREEZE\b|^\s*CREATE TABLE IF NOT EXISTS\b", sql)


#: The engine has its files among what encloses its statements, so that they live as long as it does.
_of_engine: WeakKeyDictionary[Engine, ref[SegmentFiles]] = WeakKeyDictionary()
_registry_lock = threading.Lock()


def segment_files_of(engine: Engine) -> SegmentFiles | None:
    """The segment files of an engine; None if it has none."""
    with _registry_lock:
        found = _of_engine.get(engine)
    return None if found is None else found()


def open_files(engine: Engine, folder: Path, most_bytes: int, retention_days: int) -> None:
    """Give ``engine`` segment files in ``folder``, for :func:`segment_files_of`; call it before any statement
    changes the store. Where there are to be none, those of earlier are deleted.
    """
    if not engine.embedded or not most_bytes:
        shutil.rmtree(folder, ignore_errors=True)
        return
    files = SegmentFiles(engine, folder, most_bytes=most_bytes, kept_hours=24 * retention_days)
    telemetry.gauge("heeler.segment_files.bytes", lambda: files.size)
