"""How far each file was read, ``run/registry.json``: kept over restarts, by the file's identity."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

log = logging.getLogger("heeler.agent.logs")

KEEP_SECONDS = 23 * 3600.0


class Registry:
    """Offsets by identity (device and inode), with the path as it was."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[str, dict[str, float | str]] = {}
        self._changed = False
        try:
            document = json.loads(file.read_text())
            self._entries = dict(document["Registry"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read (%s): files are read as new ones", file, error)

    def offset(self, identity: str) -> int | None:
        """Where to go on; None for a file that was never read."""
        entry = self._entries.get(identity)
        return int(entry["Offset"]) if entry else None

    def set(self, identity: str, path: Path, offset: int) -> None:
        self._entries[identity] = {"Path": str(path), "Offset": offset, "LastUpdated": time.time()}
        self._changed = True

    def save(self) -> None:
        """Write the file in one step; entries that nobody touched for a day are dropped."""
        if not self._changed:
            return
        oldest = time.time() - KEEP_SECONDS
        self._entries = {
            key: one for key, one in self._entries.items() if float(one.get("LastUpdated", 0)) > oldest
        }
        temporary = self._file.with_suffix(".tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps({"Version": 2, "Registry": self._entries}))
            temporary.replace(self._file)
            self._changed = False
        except OSError as error:
            log.error("%s cannot be written (%s): after a restart, logs may be sent again", self._file, error)
