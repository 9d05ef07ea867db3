"""Where the files of backups are: a folder, or a bucket of an S3-compatible store."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from heeler.backup.bucket_lock import ABANDONED_SECONDS, LOCK_OBJECT, BucketLock, LockHeld, LockLost
from heeler.store.object_storage import Bucket, ObjectMissing
from heeler.store.wal_files import DISK

_BLOCK = 1 << 20
_LOCK = "lock"


class BackupError(Exception):
    """A backup cannot be created, read or restored; the message gives the reason and what to do."""


class Place(Protocol):
    """Files by relative path (``objects/4f/4f8a...``), written whole or not at all. Calls block; all but
    :meth:`locked` may come from several threads. Raises :class:`BackupError`, ``OSError``, or
    :class:`~heeler.store.object_storage.ObjectStorageError`.
    """

    @property
    def threads(self) -> int:
        """How many files are worth being moved at a time."""

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Exclusive lock for writing."""

    def confirm(self) -> None:
        """Before what must not meet another process: raises :class:`BackupError` where the lock was lost."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Size of every file below a folder, by path."""

    def read(self, path: str) -> bytes: ...

    def write(self, path: str, content: bytes) -> None: ...

    def add(self, path: str, source: Path) -> None:
        """Copy a file here."""

    def pieces(self, path: str, size: int) -> Iterator[bytes]:
        """Content of a file."""

    def delete(self, paths: Sequence[str]) -> None: ...


class Folder:
    """Files in a folder, which is created if needed."""

    threads = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for part in (folder, folder / "manifests", folder / "objects"):
                part.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BackupError(f"The folder of backups {folder} cannot be used: {error.strerror}") from error

    def __str__(self) -> str:
        return str(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with (self.folder / _LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another process writes to {self.folder}; wait for it to end") from None
            yield

    def confirm(self) -> None:
        """The lock of a file is held until its process ends."""

    def sizes(self, folder: str) -> dict[str, int]:
        return {
            path.relative_to(self.folder).as_posix(): path.stat().st_size
            for path in (self.folder / folder).rglob("*")
            if path.is_file()
        }

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        with _whole(self.folder / path) as file:
            file.write(content)

    def add(self, path: str, source: Path) -> None:
        with source.open("rb") as file, _whole(self.folder / path) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)

    def pieces(self, path: str, size: int) -> Iterator[bytes]:
        with (self.folder / path).open("rb") as file:
            while block := file.read(_BLOCK):
                yield block

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            (self.folder / path).unlink()


class BucketPlace:
    """Objects below a prefix of a bucket, locked by an object (:class:`BucketLock`)."""

    threads = 8

    def __init__(self, bucket: Bucket, *, now: Callable[[], float] = time.time) -> None:
        self._bucket, self._now = bucket, now
        self._lock: BucketLock | None = None

    def __str__(self) -> str:
        return str(self._bucket)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        lock = BucketLock(self._bucket, now=self._now)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(lock.held())
            except LockHeld:
                raise BackupError(
                    f"Another process writes to {self}; wait for it to end. If it was killed, this is "
                    f"possible {ABANDONED_SECONDS // 60} minutes after that, or once the object "
                    f"{LOCK_OBJECT!r} is deleted"
                ) from None
            self._lock = lock
            stack.callback(setattr, self, "_lock", None)
            yield

    def confirm(self) -> None:
        if self._lock is not None:
            try:
                self._lock.renew()
            except LockLost:
                raise self._lost() from None

    def _lost(self) -> BackupError:
        return BackupError(
            f"The lock of {self} was lost: this process did not renew it for {ABANDONED_SECONDS // 60} "
            "minutes and another one took it, or it was deleted. The backups that are complete are as they "
            "were; run the command again"
        )

    def sizes(self, folder: str) -> dict[str, int]:
        return {one.key: one.size for one in self._bucket.list(folder)}

    def read(self, path: str) -> bytes:
        return self._bucket.get(path)

    def write(self, path: str, content: bytes) -> None:
        self._bucket.put(path, content)

    def add(self, path: str, source: Path) -> None:
        if self._lock is not None and self._lock.is_lost:
            raise self._lost()
        self._bucket.put_file(path, source)

    def pieces(self, path: str, size: int) -> Iterator[bytes]:
        try:
            yield from self._bucket.pieces(path, size)
        except ObjectMissing as error:
            raise FileNotFoundError(path) from error

    def delete(self, paths: Sequence[str]) -> None:
        self._bucket.delete(paths)


@contextlib.contextmanager
def _whole(target: Path) -> Iterator[tempfile._TemporaryFileWrapper[bytes]]:
    """A file that becomes ``target`` when it is complete and on disk."""
    if not target.parent.exists():
        target.parent.mkdir(exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as copy:
        try:
            yield copy
            copy.flush()
            os.fsync(copy.fileno())
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    Path(copy.name).replace(target)
    DISK.synchronize_folder(target.parent)


def write_checked(pieces: Iterator[bytes], target: Path, sha256: str) -> None:
    """Write content to a new file, on disk on return. Raises :class:`BackupError` where its SHA-256 is
    another.
    """
    digest = hashlib.sha256()
    with _whole(target) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        if digest.hexdigest() != sha256:
            raise BackupError(f"The object {sha256} is damaged")
