"""What a log holds and the engine cannot take, in a folder of its own, so that it can be rescued by hand."""

from __future__ import annotations

import logging
from pathlib import Path

import pyarrow as pa

from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.writer")


def set_damaged_aside(path: Path, content: bytes, size: int) -> None:
    """Copy a segment of which the last ``size`` bytes cannot be read. Raises ``OSError``."""
    copy = _folder(path.parent) / path.name
    copy.write_bytes(content)
    telemetry.count("heeler.store.damaged_log_bytes", size)
    log.error("The last %d bytes of %s are damaged, and rows in them are lost; see %s", size, path, copy)


def put_aside(folder: Path, rows: pa.Table, name: str) -> None:
    """Write rows that the engine refuses. Raises ``OSError``."""
    with (
        pa.OSFile(str(_folder(folder) / f"{name}.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, rows.schema) as writer,
    ):
        writer.write_table(rows)


def _folder(folder: Path) -> Path:
    made = folder / "rejected"
    made.mkdir(mode=0o700, exist_ok=True)
    return made
