"""What a log holds and the engine cannot take, in a folder of its own, so that it can be rescued by hand."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pyarrow as pa

from heeler.store.self_metrics import telemetry
from heeler.store.wal_files import DISK

log = logging.getLogger("heeler.writer")

_MAX_NAMES = 1000


def set_damaged_aside(path: Path, content: bytes, size: int) -> None:
    """Copy a segment of which the last ``size`` bytes cannot be read. Raises ``OSError``."""
    copy = _written(path.parent, path.name, content)
    telemetry.count("heeler.store.damaged_log_bytes", size)
    log.error("The last %d bytes of %s are damaged, and rows in them are lost; see %s", size, path, copy)


def put_aside(folder: Path, rows: pa.Table, name: str) -> None:
    """Write rows that the engine refuses. Raises ``OSError``."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    _written(folder, f"{name}.arrow", sink.getvalue())


def _written(folder: Path, name: str, content: Any) -> Path:
    """A new file among what was set aside, on disk on return: what it was copied from may be removed then.

    The numbers of segments begin again after a start that finds none, so that ``name`` may be taken: a copy
    with the same content is kept, one with another is not overwritten.
    """
    made = folder / "rejected"
    made.mkdir(mode=0o700, exist_ok=True)
    DISK.synchronize_folder(folder)
    for place in range(_MAX_NAMES):
        path = made / (f"{place}-{name}" if place else name)
        if not path.exists():
            break
        if path.read_bytes() == content:
            return path
    else:
        raise FileExistsError(
            f"there are {_MAX_NAMES} files {name} in {made}; remove those that were rescued"
        )
    part = made / f"{name}.part"
    part.unlink(missing_ok=True)
    file = DISK.create(part)
    try:
        rest = memoryview(content)
        while rest.nbytes:
            rest = rest[DISK.write(file, rest) :]
        DISK.synchronize(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        DISK.close(file)
    part.rename(path)
    DISK.synchronize_folder(made)
    return path
