"""Backup repository: objects, addressed by the SHA-256 of their content, and one manifest a backup, in a
folder or in a bucket.

Content shared by backups is stored once, so each backup after the first adds only what is new::

    manifests/2026-11-30T02-00-00.json
    objects/4f/4f8a...            a file, named by the SHA-256 of its content
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from heeler.backup.manifest import FORMAT, File, Manifest
from heeler.backup.places import BackupError, BucketPlace, Folder, Place, write_checked
from heeler.store.object_storage import Bucket, ObjectStorageError, S3Access, split_url

__all__ = ["BackupError", "Progress", "Repository", "checked_name", "file_digest", "open_repository"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MANIFESTS, _OBJECTS = "manifests", "objects"

Progress = Callable[[int, int], None]
"""Called with bytes done and total bytes."""
T = TypeVar("T")
R = TypeVar("R")


def open_repository(where: str, access: Callable[[], S3Access]) -> Repository:
    """The repository at a path or at ``s3://bucket/prefix``; ``access`` is asked for the latter alone.

    Raises :class:`BackupError`.
    """
    if "://" not in where:
        return Repository(Folder(Path(where)))
    try:
        bucket, prefix = split_url(where)
        return Repository(BucketPlace(Bucket(access(), bucket, prefix)))
    except (ValueError, ObjectStorageError) as error:
        raise BackupError(str(error)) from error


class Repository:
    """The backups of a place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._known: set[str] | None = None
        self._checking = threading.Lock()

    def __str__(self) -> str:
        return str(self.place)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Exclusive lock for writing. Raises :class:`BackupError` if another process holds it."""
        with _errors(), self.place.locked():
            self._known = None
            yield

    def names(self) -> list[str]:
        """Names of the complete backups, oldest first."""
        return [manifest.name for manifest in self.manifests()]

    def manifests(self) -> list[Manifest]:
        """The complete backups, oldest first."""
        with _errors():
            paths = sorted(path for path in self.place.sizes(_MANIFESTS) if path.endswith(".json"))
            found = self.each(self._read, paths)
        return sorted(found, key=lambda manifest: manifest.created)

    def manifest(self, name: str | None = None) -> Manifest:
        """The backup ``name``, or the latest. Raises :class:`BackupError` if it does not exist."""
        if name is None:
            found = self.manifests()
            if not found:
                raise BackupError(f"There is no complete backup in {self}")
            return found[-1]
        with _errors():
            path = _manifest_path(name)
            if path not in self.place.sizes(_MANIFESTS):
                raise BackupError(f"There is no backup {name!r} in {self}; there are: {self.names()}")
            return self._read(path)

    def _read(self, path: str) -> Manifest:
        try:
            found = msgspec.json.decode(self.place.read(path), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            raise BackupError(f"{path} in {self} is not readable as a backup: {error}") from error
        if found.format > FORMAT:
            raise BackupError(
                f"{path} in {self} was made by a newer version ({found.version}); update Heeler to read it"
            )
        return found

    def publish(self, manifest: Manifest) -> None:
        """Complete a backup: all objects are stored before the manifest is written. Raises
        :class:`BackupError` where the lock was lost meanwhile."""
        with _errors():
            self.place.confirm()
            self.place.write(_manifest_path(manifest.name), msgspec.json.encode(manifest))

    def has(self, sha256s: Iterable[str]) -> bool:
        """Whether all these objects are stored."""
        known = self._objects()
        return all(one in known for one in sha256s)

    def _objects(self) -> set[str]:
        """SHA-256 of all objects: listed once, and kept up to date while we hold the lock."""
        with self._checking:
            if self._known is None:
                with _errors():
                    sizes = self.place.sizes(_OBJECTS)
                self._known = {path.rpartition("/")[2] for path in sizes}
            return self._known

    def add(self, source: Path) -> File:
        """Store the content of ``source``, unless it exists already."""
        digest, size = file_digest(source)
        known = self._objects()
        if digest not in known:
            with _errors():
                self.place.add(object_path(digest), source)
            known.add(digest)
        return File(digest, size)

    def fetch(self, file: File, target: Path) -> None:
        """Write an object to a new file. Raises :class:`BackupError` where it is missing or damaged."""
        with _errors():
            try:
                write_checked(self.place.pieces(object_path(file.sha256), file.size), target, file.sha256)
            except FileNotFoundError:
                raise BackupError(f"The object {file.sha256} is missing in {self}") from None

    def missing(self, manifest: Manifest) -> list[str]:
        """A sentence for each object of a backup that is not there, or has another size: without reading
        them."""
        with _errors():
            sizes = {path.rpartition("/")[2]: size for path, size in self.place.sizes(_OBJECTS).items()}
        return [
            f"object {sha256} is {'missing' if sha256 not in sizes else 'damaged'}"
            for sha256, size in manifest.files.items()
            if sizes.get(sha256) != size
        ]

    def verify(self, manifest: Manifest, progress: Progress = lambda done, total: None) -> list[str]:
        """Read all objects of a backup and compare sizes and checksums; returns a sentence for each error."""
        wanted, count = manifest.files, Counted(sum(manifest.files.values()), progress)

        def check(one: tuple[str, int]) -> str:
            sha256, size = one
            digest, read = hashlib.sha256(), 0
            try:
                for piece in self.place.pieces(object_path(sha256), size):
                    digest.update(piece)
                    read += len(piece)
            except FileNotFoundError:
                return f"object {sha256} is missing"
            finally:
                count.add(size)
            return "" if (digest.hexdigest(), read) == one else f"object {sha256} is damaged"

        with _errors():
            return [wrong for wrong in self.each(check, wanted.items()) if wrong]

    def prune(self, keep: int) -> tuple[list[str], int]:
        """Delete all but the latest ``keep`` backups and unreferenced objects; returns names and freed
        bytes. Raises :class:`BackupError` where the lock was lost meanwhile.
        """
        manifests = self.manifests()
        dropped = manifests[: max(0, len(manifests) - keep)]
        used = {sha256 for manifest in manifests[len(dropped) :] for sha256 in manifest.files}
        with _errors():
            self.place.confirm()
            self.place.delete([_manifest_path(manifest.name) for manifest in dropped])
            unused = {
                path: size
                for path, size in self.place.sizes(_OBJECTS).items()
                if path.rpartition("/")[2] not in used
            }
            self.place.confirm()
            self.place.delete(list(unused))
        self._known = None
        return [manifest.name for manifest in dropped], sum(unused.values())

    def each(self, call: Callable[[T], R], values: Iterable[T]) -> list[R]:
        """The results of ``call`` in the order of ``values``; as many at a time as are worth it."""
        if self.place.threads == 1:
            return [call(value) for value in values]
        with ThreadPoolExecutor(self.place.threads, thread_name_prefix="backup") as pool:
            calls = [pool.submit(call, value) for value in values]
            try:
                return [one.result() for one in calls]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


class Counted:
    """Bytes done, from several threads."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total, self._done, self._progress = total, 0, progress
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        with self._lock:
            self._done += size
            self._progress(min(self._done, self.total), self.total)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ObjectStorageError as error:
        raise BackupError(str(error)) from error


def object_path(sha256: str) -> str:
    """Path of an object in its place."""
    return f"{_OBJECTS}/{sha256[:2]}/{sha256}"


def _manifest_path(name: str) -> str:
    return f"{_MANIFESTS}/{checked_name(name)}.json"


def checked_name(name: str) -> str:
    """Validate ``name`` as a file name. Raises :class:`BackupError`."""
    if not _NAME.fullmatch(name):
        raise BackupError(
            f"Invalid backup name {name!r}. Expected letters, digits, '.', '_' and '-', at most 100"
        )
    return name


def file_digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()
