"""Payloads that wait on disk for a server that is away: one file each, oldest first, bounded in bytes.

A file is the MessagePack array of a ``Transaction``; its name is a growing number. Files are written
before the next attempt is made, so a killed agent sends them after its restart.
"""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path

import msgspec

from heeler.agent.forwarder.transaction import Transaction

log = logging.getLogger(__name__)


class Spool:
    """A queue of transactions in a folder; not safe for several threads at once."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self.dropped = 0
        """Transactions that made room for newer ones, or could not be written or read."""
        self._sizes: deque[tuple[Path, int]] = deque()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in sorted(folder.glob("*.payload")):
            self._sizes.append((file, file.stat().st_size))
        self._next = int(self._sizes[-1][0].stem) + 1 if self._sizes else 1
        self.size = sum(size for _, size in self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, transaction: Transaction) -> None:
        data = msgspec.msgpack.encode(transaction)
        if len(data) > self.limit:
            self.dropped += 1
            return
        while self.size + len(data) > self.limit:
            self._drop_oldest()
        file = self.folder / f"{self._next:016d}.payload"
        self._next += 1
        try:
            file.write_bytes(data)
        except OSError as error:
            self.dropped += 1
            file.unlink(missing_ok=True)
            log.error("A payload is lost: %s cannot be written: %s", self.folder, error.strerror)
            return
        self._sizes.append((file, len(data)))
        self.size += len(data)

    def peek(self) -> Transaction | None:
        """The oldest transaction, left in place; files that cannot be read are dropped."""
        while self._sizes:
            try:
                return msgspec.msgpack.decode(self._sizes[0][0].read_bytes(), type=Transaction)
            except (OSError, msgspec.MsgspecError) as error:
                log.error("A payload is lost: %s: %s", self._sizes[0][0], error)
                self._drop_oldest()
        return None

    def pop(self) -> None:
        """Take away what ``peek`` showed."""
        file, size = self._sizes.popleft()
        self.size -= size
        file.unlink(missing_ok=True)

    def _drop_oldest(self) -> None:
        self.pop()
        self.dropped += 1
