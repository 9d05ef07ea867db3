"""Permissions of the data folder: accessible only to the user who runs the server."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from heeler.settings import Settings

log = logging.getLogger("heeler.server")

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class DataFolderError(Exception):
    """The data folder cannot be made private; the message gives the reason and what to do."""


def secure(settings: Settings) -> None:
    """Create the data folder (0700) and restrict it and its contents (folders 0700, files 0600).

    Files that this process creates later are restricted as well (umask 077). Raises :class:`DataFolderError`
    when another user owns the folder, since that user could open it again.
    """
    if os.name != "posix":  # Windows has no modes: a folder below the user's profile is private there
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return
    os.umask(0o077)
    folder = settings.data_dir
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
        if owner not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise DataFolderError(
                f"The data folder {folder} belongs to another user (id {owner}). "
                "Run the server as that user, or choose another folder with --data or HEELER_DATA."
            )
        for path in _exposed([folder, *folder.iterdir(), *_database_files(settings)]):
            _close(path)
    except PermissionError as error:
        raise DataFolderError(
            f"{error.filename or folder} cannot be made private: {error.strerror}. "
            f"As its owner: chmod -R go-rwx {folder}"
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise DataFolderError(
            f"{error.filename or folder} is a file. The data folder {folder} must be a folder: choose "
            "another with --data or HEELER_DATA."
        ) from error
    except OSError as error:
        raise DataFolderError(
            f"The data folder {folder} cannot be written to: {error.strerror}. "
            "Make it writable for the server, make room, or choose another with --data or HEELER_DATA."
        ) from error
    if not os.access(folder, os.W_OK):
        raise DataFolderError(
            f"The data folder {folder} is read-only. Make it writable for the server, or choose another "
            "with --data or HEELER_DATA."
        )


def _exposed(paths: list[Path]) -> Iterator[Path]:
    """Those of ``paths`` that other users can read, write or enter."""
    for path in paths:
        if path.exists() and not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield path


def _close(path: Path) -> None:
    before = stat.S_IMODE(path.stat().st_mode)
    path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
    after = stat.S_IMODE(path.stat().st_mode)
    if after & 0o077:  # some file systems have no modes
        log.warning(
            "%s is open to other users (%o) and its file system does not allow closing it", path, after
        )
    else:
        log.info("%s was open to other users (%o); it is %o now", path, before, after)


def _database_files(settings: Settings) -> list[Path]:
    """SQLite's files, if outside the data folder."""
    scheme, _, rest = settings.database_url.partition("://")
    if not scheme.startswith("sqlite"):
        return []
    path = rest.partition("?")[0].removeprefix("/")
    return [Path(path + suffix) for suffix in ("", "-wal", "-shm")]
