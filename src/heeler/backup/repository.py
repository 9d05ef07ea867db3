"""Backup repository: a folder of objects, addressed by the SHA-256 of their content, and one manifest a
backup.

Content shared by backups is stored once, so each backup after the first adds only what is new::

    manifests/2026-11-30T02-00-00.json
    objects/4f/4f8a...            a file, named by the SHA-256 of its content
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from heeler.backup.manifest import FORMAT, File, Manifest

_BLOCK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Progress = Callable[[int, int], None]
"""Called with bytes done and total bytes."""


class BackupError(Exception):
    """A backup cannot be created, read or restored; the message gives the reason and what to do."""


class Repository:
    """Backups in ``folder``, which is created if needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for part in (folder, folder / "manifests", folder / "objects"):
                part.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BackupError(f"The folder of backups {folder} cannot be used: {error.strerror}") from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Exclusive lock for writing. Raises :class:`BackupError` if another process holds it."""
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another process writes to {self.folder}; wait for it to end") from None
            yield

    def names(self) -> list[str]:
        """Names of the complete backups, oldest first."""
        return [manifest.name for manifest in self.manifests()]

    def manifests(self) -> list[Manifest]:
        """The complete backups, oldest first."""
        paths = sorted((self.folder / "manifests").glob("*.json"))
        return sorted((self._read(path) for path in paths), key=lambda manifest: manifest.created)

    def manifest(self, name: str | None = None) -> Manifest:
        """The backup ``name``, or the latest. Raises :class:`BackupError` if it does not exist."""
        if name is None:
            found = self.manifests()
            if not found:
                raise BackupError(f"There is no complete backup in {self.folder}")
            return found[-1]
        path = self.folder / "manifests" / f"{checked_name(name)}.json"
        if not path.exists():
            raise BackupError(f"There is no backup {name!r} in {self.folder}; there are: {self.names()}")
        return self._read(path)

    def _read(self, path: Path) -> Manifest:
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except (OSError, msgspec.DecodeError) as error:
            raise BackupError(f"{path} is not readable as a backup: {error}") from error
        if found.format > FORMAT:
            raise BackupError(
                f"{path} was made by a newer version ({found.version}); update Heeler to read it"
            )
        return found

    def publish(self, manifest: Manifest) -> None:
        """Complete a backup: all objects are synced to disk before the manifest is written."""
        path = self.folder / "manifests" / f"{checked_name(manifest.name)}.json"
        self._write(path, msgspec.json.encode(manifest))

    def object(self, sha256: str) -> Path:
        return self.folder / "objects" / sha256[:2] / sha256

    def add(self, source: Path) -> File:
        """Store the content of ``source``, unless it exists already."""
        digest, size = file_digest(source)
        target = self.object(digest)
        if not target.exists():
            target.parent.mkdir(exist_ok=True, mode=0o700)
            copy_durably(source, target)
        return File(digest, size)

    def _write(self, path: Path, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        sync_folder(path.parent)

    def verify(self, manifest: Manifest, progress: Progress = lambda done, total: None) -> list[str]:
        """Read all objects of a backup and compare sizes and checksums; returns a sentence for each error."""
        wanted = manifest.files
        total, done, wrong = sum(wanted.values()), 0, []
        for sha256, size in wanted.items():
            path = self.object(sha256)
            if not path.exists():
                wrong.append(f"object {sha256} is missing")
            elif file_digest(path) != (sha256, size):
                wrong.append(f"object {sha256} is damaged")
            done += size
            progress(done, total)
        return wrong

    def prune(self, keep: int) -> tuple[list[str], int]:
        """Delete all but the latest ``keep`` backups and unreferenced objects; returns names and freed
        bytes.
        """
        manifests = self.manifests()
        dropped = manifests[: max(0, len(manifests) - keep)]
        for manifest in dropped:
            (self.folder / "manifests" / f"{manifest.name}.json").unlink()
        used = {sha256 for manifest in manifests[len(dropped) :] for sha256 in manifest.files}
        freed = 0
        for path in (self.folder / "objects").glob("*/*"):
            if path.name not in used:
                freed += path.stat().st_size
                path.unlink()
        return [manifest.name for manifest in dropped], freed


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


def copy_durably(source: Path, target: Path) -> None:
    """Copy so that ``target`` is either complete and on disk, or absent."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as copy:
        try:
            with source.open("rb") as file:
                while block := file.read(_BLOCK):
                    copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    Path(copy.name).replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
