"""Reads one open file through appends and truncation; renames do not affect it."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from heeler.agent.logs.container_lines import ContainerJoiner, ContainerLine
from heeler.agent.logs.fingerprint import LENGTH, Fingerprint
from heeler.agent.logs.lines import STARTS_WITH_TIME, Joiner, LineSplitter
from heeler.agent.logs.message import Message
from heeler.agent.logs.rules import apply_rules
from heeler.agent.logs.sources import LogSource

_READ_BYTES = 256 * 1024
MOST_PER_ROUND = 4 * 2**20
_PATIENCE_ROUNDS = 2


@dataclass
class Counts:
    """Read counters of a source, shared by all its tailers."""

    bytes: int = 0
    messages: int = 0
    excluded: int = 0


class Tailer:
    """Reads one file from ``offset``; only complete messages advance it, so that a restart loses nothing.

    ``path`` is the name that the file has, or had before it was rotated.
    """

    def __init__(self, path: Path, file: Path, source: LogSource, offset: int, counts: Counts) -> None:
        self.path = path
        self.file = file
        self.source = source
        self.offset = offset
        self.counts = counts
        self.rotated_at: float | None = None
        self.quiet_since = 0.0
        self.more = False
        """Whether the last round ended before the end of the file."""
        self._file = self._open(file)
        stat = os.fstat(self._file.fileno())
        self.identity = f"{stat.st_dev}:{stat.st_ino}"
        self.origin = self.identity
        """Identifies in messages the content that the file has until it is truncated."""
        self.fingerprint = Fingerprint.of(self.head)
        self._file.seek(offset)
        self._tags = (f"filename:{path.name}", f"dirname:{path.parent}")
        self._quiet_rounds = 0
        self._checked_ns = 0
        """Modification time when the first bytes were last compared."""
        self._begin()

    def go_to(self, offset: int) -> None:
        """Read from ``offset``; to be called before anything was read."""
        self.offset = offset
        self._file.seek(offset)

    def _begin(self) -> None:
        """Reset the state of line and message assembly."""
        source = self.source
        self._splitter = LineSplitter(source.encoding, source.max_bytes)
        auto = STARTS_WITH_TIME if source.auto_multi_line and source.multi_line is None else None
        self._joiner = Joiner(source.multi_line or auto, auto=auto is not None)
        self._container = ContainerJoiner() if source.type in ("docker", "containerd") else None
        self._partial_bytes = 0
        """Bytes of a container's long line whose last part is missing."""

    def _open(self, file: Path) -> IO[bytes]:
        return file.open("rb")

    def read(self, now: float) -> list[Message]:
        """Messages added since the last call; a multi-line message is returned after a pause."""
        found: list[tuple[str, int]] = []
        read = 0
        while read < MOST_PER_ROUND and (data := self._file.read(_READ_BYTES)):
            read += len(data)
            for text, size in self._splitter.feed(data):
                found += self._joiner.feed(text, size)
        self.more = read >= MOST_PER_ROUND
        self.counts.bytes += read
        if read:
            self.quiet_since, self._quiet_rounds = now, 0
            if self.fingerprint.length < LENGTH:
                self._take_fingerprint()
        else:
            self._quiet_rounds += 1
            if self._joiner.waits and self._quiet_rounds >= _PATIENCE_ROUNDS:
                found += self._joiner.flush()
        return self._messages(found)

    def finish(self) -> list[Message]:
        """Return the buffered data at the end of the file, including a last line without a line end."""
        rest = self._joiner.flush()
        tail = self._splitter.flush()
        found = self._messages([*rest, *([tail] if tail else [])])
        for line in self._container.flush() if self._container is not None else ():
            found += self._accepted(line, 0)
        return found

    @property
    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    @property
    def head(self) -> bytes:
        """The first bytes of the file."""
        return os.pread(self._file.fileno(), LENGTH, 0)

    @property
    def truncated(self) -> bool:
        """Whether the file was truncated in place, though it may have grown beyond its old length since."""
        stat, read = os.fstat(self._file.fileno()), self._file.tell()
        if stat.st_size < read:
            return True
        if stat.st_size == read and stat.st_mtime_ns == self._checked_ns:
            return False
        self._checked_ns = stat.st_mtime_ns
        return not self.fingerprint.fits(self.head)

    def begin_again(self, origin: str) -> None:
        """Restart from the beginning of the file, after truncation; an incomplete message is discarded.

        ``origin`` identifies the new content.
        """
        self._begin()
        self.origin = origin
        self._file.seek(0)
        self.offset = 0
        self._take_fingerprint()

    def close(self) -> None:
        self._file.close()

    def _take_fingerprint(self) -> None:
        self.fingerprint = Fingerprint.of(self.head)

    def _messages(self, found: list[tuple[str, int]]) -> list[Message]:
        return [one for text, size in found for one in self._message(text, size)]

    def _message(self, text: str, size: int) -> list[Message]:
        line = ContainerLine(text, "info", 0) if self._container is None else self._container.feed(text)
        if line is None:
            self._partial_bytes += size
            return []
        return self._accepted(line, size)

    def _accepted(self, line: ContainerLine, size: int) -> list[Message]:
        """The message of a line of ``size`` bytes, unless it is empty or excluded by a rule."""
        self.offset += self._partial_bytes + size
        self._partial_bytes = 0
        message = apply_rules(line.text, self.source.rules) if line.text.strip() else None
        if message is None:
            self.counts.excluded += 1 if line.text.strip() else 0
            return []
        self.counts.messages += 1
        return [
            Message(
                message,
                self.source,
                self._tags,
                self.origin,
                str(self.path),
                self.offset,
                status=line.status,
                timestamp=line.timestamp,
            )
        ]


class ArchiveTailer(Tailer):
    """A rotated file that was compressed (``.gz``) before it could be read: read once, to its end."""

    def _open(self, file: Path) -> IO[bytes]:
        opened = cast("IO[bytes]", gzip.open(file, "rb"))  # noqa: SIM115
        self._head = opened.read(LENGTH)
        return opened

    @property
    def head(self) -> bytes:
        """The first bytes of the content, as of the file before it was compressed."""
        return self._head

    @property
    def truncated(self) -> bool:
        return False
