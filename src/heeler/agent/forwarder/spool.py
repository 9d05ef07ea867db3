"""On-disk spool of payloads for an unreachable server: one file each, oldest first, bounded in bytes.

Each file is the MessagePack array of a ``Transaction``, named by an increasing number. A file gets its final
name once it is complete, so an agent that was killed finds only whole payloads after its restart.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from pathlib import Path

import msgspec

from heeler.agent.forwarder.transaction import Transaction

log = logging.getLogger(__name__)


class Spool:
    """A queue of transactions in a folder; not thread-safe."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self.dropped = 0
        """Number of transactions dropped for newer ones, or that could not be written or read."""
        self._sizes: deque[tuple[Path, int]] = deque()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for torn in folder.glob("*.tmp"):
            torn.unlink(missing_ok=True)
        for file in sorted(folder.glob("*.payload")):
            self._sizes.append((file, file.stat().st_size))
        self._next = int(self._sizes[-1][0].stem) + 1 if self._sizes else 1
        self.size = sum(size for _, size in self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, transaction: Transaction) -> bool:
        """Append, dropping the oldest if there is no room; returns whether it is on disk."""
        data = msgspec.msgpack.encode(transaction)
        if len(data) > self.limit:
            self._lost("it is larger than forwarder_storage_max_size_in_bytes")
            return False
        while self.size + len(data) > self.limit:
            self._drop_oldest("forwarder_storage_max_size_in_bytes is reached")
        return self._write(data, durable=False)

    def offer(self, transaction: Transaction) -> bool:
        """Append and sync to disk if there is room; nothing is dropped for it."""
        data = msgspec.msgpack.encode(transaction)
        return self.size + len(data) <= self.limit and self._write(data, durable=True)

    @property
    def head(self) -> Path | None:
        """The file of the oldest transaction."""
        return self._sizes[0][0] if self._sizes else None

    def peek(self) -> Transaction | None:
        """The oldest transaction, without removing it; unreadable files are dropped."""
        while self._sizes:
            try:
                return msgspec.msgpack.decode(self._sizes[0][0].read_bytes(), type=Transaction)
            except (OSError, msgspec.MsgspecError) as error:
                self._drop_oldest(f"{self._sizes[0][0].name} cannot be read: {error}")
        return None

    def pop(self) -> None:
        """Remove the transaction returned by ``peek``."""
        file, size = self._sizes.popleft()
        self.size -= size
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            log.error("%s cannot be removed and is sent again at the next start: %s", file, error.strerror)

    def _write(self, data: bytes, *, durable: bool) -> bool:
        file = self.folder / f"{self._next:016d}.payload"
        partial = file.with_suffix(".tmp")
        self._next += 1
        try:
            with partial.open("wb") as target:
                target.write(data)
                if durable:
                    target.flush()
                    os.fsync(target.fileno())
            partial.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            if not durable:
                self._lost(f"it cannot be written: {error.strerror}")
            return False
        self._sizes.append((file, len(data)))
        self.size += len(data)
        return True

    def _drop_oldest(self, reason: str) -> None:
        self.pop()
        self._lost(reason)

    def _lost(self, reason: str) -> None:
        if not self.dropped:
            log.error(
                "A payload in %s is dropped: %s; further ones are counted in `heeler agent status`",
                self.folder,
                reason,
            )
        self.dropped += 1
