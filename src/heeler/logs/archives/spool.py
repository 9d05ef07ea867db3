"""Logs that wait for their archive, on disk: a folder for each archive, with files of compressed lines.

What :meth:`Spool.put` acknowledges survives the process. A file is closed after a while or at a size, written
to the bucket under a name that follows from its own, and removed then: after a crash between the two, the
same object is written again. Each server has its own spool.
"""

from __future__ import annotations

import errno
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import zstandard

from heeler.store import wal_record_file
from heeler.store.group_commit import DiskFull, StoreFailed
from heeler.store.self_metrics import telemetry
from heeler.store.wal_files import DISK, Files
from heeler.store.wal_record_file import RecordWriter

log = logging.getLogger("heeler.logs")

MAGIC = b"HEELERARC1"
SUFFIX = ".spool"
#: Bytes of a file after which it is closed; lines are compressed to about a tenth.
MAX_FILE_BYTES = 32 * 2**20
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Spooled:
    """A closed file. ``created``: UNIX milliseconds; with ``token`` it names the object."""

    archive: str
    path: Path
    created: int
    token: str
    size: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Lines of an archive that had no room. ``last``: UNIX milliseconds of the last of them."""

    size: int
    last: int


@dataclass(slots=True)
class _Open:
    writer: RecordWriter
    since: float


class Spool:
    """The spool of one server. :meth:`put` may be called from any thread; files are touched by one thread.

    ``limit``: bytes of all files; ``clock``: monotonic seconds, ``now``: UNIX seconds. Where the whole is
    full, an archive may hold ``limit`` divided by the number of archives with files all the same, so that one
    whose files cannot be written stops no other; together they hold less than twice ``limit``.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        *,
        files: Files = DISK,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._limit, self._files, self._clock, self._now = folder, limit, files, clock, now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log-archives")
        self._waiting: deque[tuple[Mapping[str, bytes], Future[None]]] = deque()
        self._open: dict[str, _Open] = {}
        self._closed: dict[Path, Spooled] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._dropped: dict[str, Dropped] = {}
        self._lock = threading.Lock()
        self._found = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._total

    def put(self, lines: Mapping[str, bytes]) -> Future[None]:
        """Append lines by archive. The future is done when they are on disk; else it has
        :class:`~heeler.store.group_commit.DiskFull` or :class:`~heeler.store.group_commit.StoreFailed`.
        """
        done: Future[None] = Future()
        self._waiting.append((lines, done))
        self._thread.submit(self._write)
        return done

    def closed(
        self, seconds: float, sooner: Mapping[str, float] | None = None
    ) -> Future[dict[str, list[Spooled]]]:
        """Close the files that are older than ``seconds`` (or fewer, by archive, in ``sooner``); then all
        closed files by archive, the oldest first."""
        return self._thread.submit(self._close_due, seconds, dict(sooner or {}))

    def lines(self, file: Spooled) -> Iterator[bytes]:
        """The content of a closed file, in pieces of whole lines."""
        payloads = wal_record_file.read(self._files.read(file.path), MAGIC)
        if payloads.damaged:
            text = "The last %d bytes of %s are damaged, and logs in them are lost"
            log.error(text, payloads.damaged, file.path)
            telemetry.count("heeler.logs.archive.damaged_bytes", payloads.damaged)
        for record in payloads.records:
            yield zstandard.ZstdDecompressor().decompress(record)

    def remove(self, file: Spooled) -> Future[None]:
        """Remove a closed file, durably."""
        return self._thread.submit(self._remove, file)

    def dropped(self) -> dict[str, Dropped]:
        """What had no room, by archive, until :meth:`forget_dropped`."""
        with self._lock:
            return dict(self._dropped)

    def forget_dropped(self, archive: str, before: int | None = None) -> None:
        """Forget what had no room; with ``before`` (UNIX milliseconds) only where all of it was earlier."""
        with self._lock:
            found = self._dropped.get(archive)
            if found is not None and (before is None or found.last < before):
                del self._dropped[archive]

    def _write(self) -> None:
        """Write everything that waits: one record and one synchronization for each archive."""
        requests: list[tuple[Mapping[str, bytes], Future[None]]] = []
        while self._waiting:
            requests.append(self._waiting.popleft())
        if not requests:
            return
        parts: dict[str, list[bytes]] = {}
        for lines, _ in requests:
            for archive, content in lines.items():
                parts.setdefault(archive, []).append(content)
        try:
            self._find()
            for archive, contents in parts.items():
                self._append(archive, b"".join(contents))
        except Exception as error:
            log.exception("Logs for archives were not written to %s", self._folder)
            for _, done in requests:
                done.set_exception(_named(error))
            return
        for _, done in requests:
            done.set_result(None)

    def _append(self, archive: str, content: bytes) -> None:
        if not self._has_room(archive):
            telemetry.count("heeler.logs.archive.dropped_bytes", len(content), (f"archive:{archive}",))
            with self._lock:
                before = self._dropped.get(archive)
                size = len(content) + (before.size if before is not None else 0)
                self._dropped[archive] = Dropped(size, int(self._now() * 1000))
            return
        opened = self._open.get(archive)
        if opened is None:
            opened = self._begin(archive)
        before_size = opened.writer.size
        try:
            opened.writer.append([zstandard.ZstdCompressor(_LEVEL).compress(content)])
        except OSError:
            self._close(archive)
            raise
        self._count(archive, opened.writer.size - before_size)
        if opened.writer.size >= MAX_FILE_BYTES:
            self._close(archive)

    def _has_room(self, archive: str) -> bool:
        if self._total < self._limit:
            return True
        holders = len(self._sizes.keys() | {archive})
        return self._total < 2 * self._limit and self._sizes.get(archive, 0) * holders < self._limit

    def _count(self, archive: str, size: int) -> None:
        """Add to the bytes that an archive holds. Only in the thread of the files."""
        self._total += size
        holds = self._sizes.get(archive, 0) + size
        if holds > 0:
            self._sizes[archive] = holds
        else:
            self._sizes.pop(archive, None)

    def _begin(self, archive: str) -> _Open:
        folder = self._folder / archive
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self._files.synchronize_folder(self._folder)
        path = folder / f"{int(self._now() * 1000):013d}-{secrets.token_hex(6)}{SUFFIX}"
        opened = _Open(RecordWriter(path, MAGIC, self._files), self._clock())
        self._open[archive] = opened
        self._count(archive, opened.writer.size)
        return opened

    def _close(self, archive: str) -> None:
        opened = self._open.pop(archive)
        opened.writer.close()
        if opened.writer.size > len(MAGIC):
            file = _spooled(archive, opened.writer.path, opened.writer.size)
            self._closed[file.path] = file
        else:
            self._count(archive, -opened.writer.size)

    def _close_due(self, seconds: float, sooner: Mapping[str, float]) -> dict[str, list[Spooled]]:
        self._find()
        for archive, opened in list(self._open.items()):
            if self._clock() - opened.since >= min(seconds, sooner.get(archive, seconds)):
                self._close(archive)
        found: dict[str, list[Spooled]] = {}
        for file in sorted(self._closed.values(), key=lambda one: (one.created, one.token)):
            found.setdefault(file.archive, []).append(file)
        return found

    def _find(self) -> None:
        """Find the files of earlier processes, once."""
        if self._found:
            return
        if not self._folder.exists():
            self._folder.mkdir(mode=0o700, parents=True)
            self._files.synchronize_folder(self._folder.parent)
        for folder in self._folder.iterdir():
            if folder.is_dir():
                for part in folder.glob("*.part"):
                    part.unlink()
                for path in self._files.find(folder, SUFFIX):
                    file = self._closed[path] = _spooled(folder.name, path, path.stat().st_size)
                    self._count(file.archive, file.size)
        self._found = True

    def _remove(self, file: Spooled) -> None:
        self._files.remove(file.path)
        if self._closed.pop(file.path, None) is not None:
            self._count(file.archive, -file.size)
        with suppress(OSError):  # it is written once more, under the same name, if it is there after a crash
            self._files.synchronize_folder(file.path.parent)


def _spooled(archive: str, path: Path, size: int) -> Spooled:
    created, _, token = path.name.removesuffix(SUFFIX).partition("-")
    return Spooled(archive, path, int(created), token, size)


def _named(error: Exception) -> Exception:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    named = StoreFailed(str(error) or type(error).__name__)
    named.__cause__ = error
    return named
