"""Where the files of backups are: a folder, or a bucket of an S3-compatible store."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from heeler.store.object_storage import Bucket, ObjectExists, ObjectMissing, ObjectStorageError

_BLOCK = 1 << 20
_LOCK = "lock"
#: The lock of a bucket: lists are of folders.
_LOCK_OBJECT = "lock/holder"
#: Seconds between renewals of the lock of a bucket, and those after which one is that of a dead process.
RENEW_SECONDS, ABANDONED_SECONDS = 60, 1800


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
    """Objects below a prefix of a bucket.

    The lock is an object that is created only where there is none, and renewed while it is held; one that was
    not renewed for half an hour is that of a process that ended. Stores refuse requests of clocks that are 15
    minutes wrong, so that half an hour is longer than clocks can differ.
    """

    threads = 8

    def __init__(self, bucket: Bucket, *, now: Callable[[], float] = time.time) -> None:
        self._bucket, self._now = bucket, now

    def __str__(self) -> str:
        return str(self._bucket)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        mine = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}".encode()
        self._take_lock(mine)
        done = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(mine, done), name="backup-lock", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            with contextlib.suppress(ObjectStorageError):  # it is abandoned after a while
                self._bucket.delete([_LOCK_OBJECT])

    def _take_lock(self, mine: bytes) -> None:
        for _ in range(2):
            if self._create_lock(mine):
                return
            held = next((one for one in self._bucket.list(_LOCK) if one.key == _LOCK_OBJECT), None)
            if held is not None and self._now() - held.modified < ABANDONED_SECONDS:
                break
            self._bucket.delete([_LOCK_OBJECT])
        raise BackupError(
            f"Another process writes to {self}; wait for it to end. If it was killed, this is possible "
            f"{ABANDONED_SECONDS // 60} minutes after that, or once the object {_LOCK_OBJECT!r} is deleted"
        )

    def _create_lock(self, mine: bytes) -> bool:
        """Whether the lock is ours now."""
        try:
            self._bucket.put(_LOCK_OBJECT, mine, create=True)
        except ObjectExists:
            return False
        except ObjectStorageError as error:
            if "NotImplemented" not in str(error):
                raise
            # A store without conditional writes: two that begin within the same moment are not kept apart.
            if any(one.key == _LOCK_OBJECT for one in self._bucket.list(_LOCK)):
                return False
            self._bucket.put(_LOCK_OBJECT, mine)
        return True

    def _renew(self, mine: bytes, done: threading.Event) -> None:
        while not done.wait(RENEW_SECONDS):
            with contextlib.suppress(ObjectStorageError):  # tried again before it is abandoned
                self._bucket.put(_LOCK_OBJECT, mine)

    def sizes(self, folder: str) -> dict[str, int]:
        return {one.key: one.size for one in self._bucket.list(folder)}

    def read(self, path: str) -> bytes:
        return self._bucket.get(path)

    def write(self, path: str, content: bytes) -> None:
        self._bucket.put(path, content)

    def add(self, path: str, source: Path) -> None:
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
    sync_folder(target.parent)


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


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
