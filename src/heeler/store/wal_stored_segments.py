"""What the engine has of a write-ahead log: the tokens of its segments and the digests of their requests.

A segment is noted here when its rows are in the engine, before its file is removed: so a request that is sent
again is recognized whether the server was restarted meanwhile or not, and whatever the clock says. Files are
replaced after :data:`REMEMBER_SECONDS` of a running server, measured by a clock that nobody sets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from heeler.store import wal_record_file
from heeler.store.wal_files import DISK, Files
from heeler.store.wal_record_file import RecordWriter

log = logging.getLogger("heeler.writer")

MAGIC = b"HEELERSTO1"
SUFFIX = ".stored"
#: Seconds of a running server for which a request is remembered at least.
REMEMBER_SECONDS = 600
#: Digests that are taken over at a start: the newest ones.
MAX_DIGESTS = 500_000


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One segment that is in the engine."""

    token: str
    digests: list[bytes]


class StoredSegments:
    """The notes of one log, in its folder. Blocks; not for several threads at a time."""

    def __init__(
        self, folder: Path, files: Files = DISK, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._files, self._clock = folder, files, clock
        self._writer: RecordWriter | None = None
        self._since = clock()
        self._next = 0
        self._current: list[Path] = []
        """Files since :attr:`_since` beside the one that is written."""
        self._previous: list[Path] = []

    def load(self) -> list[Entry]:
        """What earlier processes noted, the newest last; one file takes the place of theirs.

        Raises ``OSError`` where they cannot be read.
        """
        found = self._files.find(self._folder, SUFFIX)
        entries: list[Entry] = []
        for path in found:
            entries += self._read(path)
            self._next = int(path.name.removesuffix(SUFFIX)) + 1
        entries = _newest(entries)
        if entries:
            try:
                self._begin(entries)
            except OSError as error:
                log.warning("Files of stored requests in %s stay as they are: %s", self._folder, error)
                self._current = [*found, *self._current]
                return entries
        self._remove(found)
        return entries

    def _read(self, path: Path) -> list[Entry]:
        _, payloads, damaged = wal_record_file.read(self._files.read(path), MAGIC)
        if damaged:
            text = "The last %d bytes of %s are damaged: requests in them are stored twice if sent again"
            log.error(text, damaged, path)
        found: list[Entry] = []
        for payload in payloads:
            found += msgspec.msgpack.decode(payload, type=list[Entry])
        return found

    def note(self, token: str, digests: Sequence[bytes]) -> None:
        """Note a segment, durably. Raises ``OSError``; the next call begins a new file then."""
        entry = Entry(token, list(digests))
        if self._writer is not None and self._clock() - self._since < REMEMBER_SECONDS:
            try:
                self._writer.append([msgspec.msgpack.encode([entry])])
            except OSError:
                self._end_file()
                raise
            return
        rotate = self._clock() - self._since >= REMEMBER_SECONDS
        self._begin([entry])
        if rotate:
            self._since = self._clock()
            self._remove(self._previous)
            self._previous, self._current = self._current, []

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _begin(self, entries: Sequence[Entry]) -> None:
        """Have a new file with ``entries``, which is the one that is written from now on."""
        path = self._folder / f"{self._next:016d}{SUFFIX}"
        self._next += 1
        writer = RecordWriter(path, MAGIC, self._files)
        try:
            writer.append([msgspec.msgpack.encode(entries)])
        except OSError:
            writer.close()
            self._current.append(path)
            raise
        self._end_file()
        self._writer = writer

    def _end_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._current.append(self._writer.path)
            self._writer = None

    def _remove(self, paths: Sequence[Path]) -> None:
        """Remove files; one that stays is read once more at the next start, with no effect."""
        for path in paths:
            try:
                self._files.remove(path)
            except OSError as error:
                log.warning("%s was not removed: %s", path, error)


def _newest(entries: list[Entry]) -> list[Entry]:
    """The last entries of at most :data:`MAX_DIGESTS` digests."""
    count = 0
    for place in range(len(entries) - 1, -1, -1):
        count += max(len(entries[place].digests), 1)
        if count > MAX_DIGESTS:
            return entries[place + 1 :]
    return entries
