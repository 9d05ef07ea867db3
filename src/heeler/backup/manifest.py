"""Contents of a backup, as described by ``manifests/<name>.json``. Pure data."""

from __future__ import annotations

import msgspec

#: Version of the folder's layout; newer versions are refused.
FORMAT = 1


class File(msgspec.Struct, frozen=True):
    """A file: SHA-256 of its content, which names the object, and its size in bytes."""

    sha256: str
    size: int


class Part(msgspec.Struct, frozen=True):
    """A part of a table (an immutable folder of the engine): files by relative path."""

    files: dict[str, File]


class Table(msgspec.Struct, frozen=True):
    """A table of the engine at the time of the backup: rows, parts by name, and its CREATE statement if no
    migration creates it.
    """

    rows: int
    parts: dict[str, Part]
    statement: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """A complete backup. It is written last: objects of an interrupted backup are unreferenced.

    ``created``: UNIX seconds; ``migrations``: those of the engine's tables; ``database``: the configuration
    tables, as a SQLite file.
    """

    name: str
    created: float
    version: str
    migrations: list[str]
    tables: dict[str, Table]
    database: File
    format: int = FORMAT

    @property
    def files(self) -> dict[str, int]:
        """Size of every referenced object, by its SHA-256."""
        found = {self.database.sha256: self.database.size}
        for table in self.tables.values():
            for part in table.parts.values():
                found.update({file.sha256: file.size for file in part.files.values()})
        return found

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())
