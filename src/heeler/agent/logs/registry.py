"""Read and delivered offsets of each source, persisted in ``run/registry.json`` over restarts.

A file is identified by device and inode, and by a fingerprint of its first bytes, so that a new file that
reuses an inode is not mistaken for the old one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger("heeler.agent.logs")

KEEP_SECONDS = 23 * 3600.0


@dataclass(frozen=True)
class Entry:
    """Position in a source: ``offset`` in a file, ``cursor`` in a journal; ``updated`` is epoch seconds."""

    path: str
    offset: int = 0
    cursor: str = ""
    updated: float = 0.0
    fingerprint: str = ""
    rotated: bool = False
    """Whether the file is a known earlier generation that need not be read."""


class Registry:
    """Entries by identity; single-threaded."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[str, Entry] = {}
        self._changed = False
        try:
            document = json.loads(file.read_text())
            self._entries = {key: _entry(value) for key, value in document["Registry"].items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s cannot be read (%s): files are read as new ones", file, error)

    def get(self, identity: str) -> Entry | None:
        """The entry of a source; None if it was never read."""
        return self._entries.get(identity)

    def of_path(self, path: str) -> dict[str, Entry]:
        """All entries of files that had this path, by identity."""
        return {identity: entry for identity, entry in self._entries.items() if entry.path == path}

    def set(
        self,
        identity: str,
        path: str,
        offset: int = 0,
        *,
        cursor: str = "",
        fingerprint: str | None = None,
        rotated: bool | None = None,
    ) -> None:
        """Replace an entry; its fingerprint and ``rotated`` are retained if not given."""
        known = self._entries.get(identity)
        if fingerprint is None:
            fingerprint = known.fingerprint if known else ""
        rotated = (known.rotated if known else False) if rotated is None else rotated
        self._entries[identity] = Entry(path, offset, cursor, time.time(), fingerprint, rotated)
        self._changed = True

    def save(self, live: Collection[str] = ()) -> None:
        """Write the file atomically; entries that are not ``live`` and older than a day are dropped."""
        if not self._changed:
            return
        oldest = time.time() - KEEP_SECONDS
        self._entries = {
            key: entry for key, entry in self._entries.items() if entry.updated > oldest or key in live
        }
        temporary = self._file.with_suffix(".tmp")
        document = {"Version": 2, "Registry": {key: _as_json(one) for key, one in self._entries.items()}}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(document))
            temporary.replace(self._file)
            self._changed = False
        except OSError as error:
            log.error("%s cannot be written (%s): after a restart, logs may be sent again", self._file, error)


def _entry(value: dict[str, Any]) -> Entry:
    return Entry(
        str(value["Path"]),
        int(value.get("Offset", 0)),
        str(value.get("Cursor", "")),
        float(value.get("LastUpdated", 0)),
        str(value.get("Fingerprint", "")),
        bool(value.get("Rotated", False)),
    )


def _as_json(entry: Entry) -> dict[str, Any]:
    return {
        "Path": entry.path,
        "Offset": entry.offset,
        "Cursor": entry.cursor,
        "LastUpdated": entry.updated,
        "Fingerprint": entry.fingerprint,
        "Rotated": entry.rotated,
    }
