"""Follows one file: through appends, rotation by renaming, and truncation."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from heeler.agent.logs.lines import STARTS_WITH_TIME, Joiner, LineSplitter, process
from heeler.agent.logs.sources import LogSource

_READ_BYTES = 256 * 1024
MOST_PER_ROUND = 4 * 2**20
_PATIENCE_ROUNDS = 2


@dataclass(frozen=True)
class Line:
    """A message and the offset in its file after which the next one begins."""

    message: str
    source: LogSource
    path: Path
    identity: str
    offset: int


class Tailer:
    """``offset`` is where to begin; only complete lines move it, so that nothing is lost by a restart."""

    def __init__(self, path: Path, source: LogSource, offset: int, most_bytes: int) -> None:
        self.path = path
        self.source = source
        self.offset = offset
        self._file: BinaryIO = path.open("rb")
        self._file.seek(offset)
        stat = os.fstat(self._file.fileno())
        self.identity = f"{stat.st_dev}:{stat.st_ino}"
        encoding = source.encoding
        self._splitter = LineSplitter(encoding, most_bytes)
        auto = STARTS_WITH_TIME if source.auto_multi_line else None
        self._joiner = Joiner(source.multi_line or auto)
        self._quiet_rounds = 0

    def read(self) -> list[Line]:
        """Messages that were added since the last call; a message of several lines after a pause."""
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._begin_again()
        found: list[tuple[str, int]] = []
        read = 0
        while read < MOST_PER_ROUND and (data := self._file.read(_READ_BYTES)):
            read += len(data)
            for text, size in self._splitter.feed(data):
                found += self._joiner.feed(text, size)
        self._quiet_rounds = 0 if read else self._quiet_rounds + 1
        if self._joiner.waits and self._quiet_rounds >= _PATIENCE_ROUNDS:
            found += self._joiner.flush()
        return [line for text, size in found if (line := self._line(text, size))]

    def finish(self) -> list[Line]:
        """What is left when the file was rotated away, its last line without an end included."""
        lines = self.read()
        rest = [(text, size) for text, size in self._joiner.flush()]
        tail = self._splitter.waiting
        if tail:
            rest.append((tail.decode(self.source.encoding, "replace"), len(tail)))
        return [*lines, *(line for text, size in rest if (line := self._line(text, size)))]

    @property
    def rotated(self) -> bool:
        """Whether another file stands under this name now, or none."""
        try:
            stat = self.path.stat()
        except OSError:
            return True
        return f"{stat.st_dev}:{stat.st_ino}" != self.identity

    def close(self) -> None:
        self._file.close()

    def _line(self, text: str, size: int) -> Line | None:
        self.offset += size
        message = process(text, self.source.rules) if text.strip() else None
        if message is None:
            return None
        return Line(message, self.source, self.path, self.identity, self.offset)

    def _begin_again(self) -> None:
        """The file was emptied in place (``copytruncate``)."""
        self._file.seek(0)
        self.offset = 0
        self._splitter.waiting = b""
        self._joiner.flush()
