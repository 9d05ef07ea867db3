"""The files of the write-ahead log: whatever of one is left, its whole records are read, and nothing else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa
import pytest

from heeler.store import wal_segments
from heeler.store.wal_files import DISK
from heeler.store.wal_segments import Record, SegmentWriter


def record(*numbers: int) -> Record:
    table = pa.table({"n": pa.array(numbers, pa.uint64()), "note": [str(n) * 20 for n in numbers]})
    return Record({"one": table, "two": table.select(["n"])}, [b"digest%d" % numbers[0]])


def written(folder: Path, *records: Record) -> tuple[Path, list[int]]:
    """A segment, and its size after each record."""
    writer = SegmentWriter(wal_segments.path_of(folder, 7))
    sizes = [writer.path.stat().st_size]
    for one in records:
        writer.add(one)
        sizes.append(writer.path.stat().st_size)
    writer.close()
    return writer.path, sizes


def numbers(found: list[Record]) -> list[list[int]]:
    return [one.tables["one"]["n"].to_pylist() for one in found]


def test_what_was_appended_is_read(tmp_path: Path) -> None:
    path, _ = written(tmp_path, record(1, 2), record(3))
    token, found, damaged = wal_segments.read(path)
    assert damaged == 0
    assert len(token) == wal_segments.TOKEN_BYTES
    assert [one.tables for one in found] == [record(1, 2).tables, record(3).tables]
    assert [one.digests for one in found] == [[b"digest1"], [b"digest3"]]
    assert wal_segments.paths(tmp_path) == [path]
    assert wal_segments.number_of(path) == 7


def test_each_place_where_a_crash_can_cut_it(tmp_path: Path) -> None:
    """Cut off, zeros instead of the end, or garbage: the whole records are there, the torn one is not."""
    path, sizes = written(tmp_path, record(1, 2), record(3), record(4))
    content = path.read_bytes()
    for size in range(0, len(content), 3):
        for rest in (b"", bytes(len(content) - size), b"\xa5" * 9):
            left = content[:size] + rest
            path.write_bytes(left)
            whole = sum(left.startswith(content[:end]) for end in sizes[1:])
            assert numbers(wal_segments.read(path)[1]) == [[1, 2], [3], [4]][:whole], size


def test_a_changed_byte_ends_what_is_read(tmp_path: Path) -> None:
    path, sizes = written(tmp_path, record(1), record(2), record(3))
    content = bytearray(path.read_bytes())
    for at in range(sizes[1], sizes[2], 5):
        content[at] ^= 0x41
        path.write_bytes(content)
        assert numbers(wal_segments.read(path)[1])[:1] == [[1]]
        assert [2] not in numbers(wal_segments.read(path)[1])
        if at >= sizes[1] + 8:
            assert wal_segments.read(path)[2] == len(content) - sizes[1]
        content[at] ^= 0x41


def test_zeros_behind_the_last_record_are_no_damage(tmp_path: Path) -> None:
    path, _ = written(tmp_path, record(1))
    path.write_bytes(path.read_bytes() + bytes(500))
    assert wal_segments.read(path)[2] == 0
    assert numbers(wal_segments.read(path)[1]) == [[1]]


@pytest.mark.parametrize("whole", [0, 1, 3])
def test_after_a_write_that_fails_the_file_is_good_up_to_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    writer = SegmentWriter(wal_segments.path_of(tmp_path, 1))
    writer.add(record(1))
    real, calls = os.write, 0

    def failing(file: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls > whole:
            raise OSError(errno.ENOSPC, "full")
        return real(file, data)

    monkeypatch.setattr(os, "write", failing)
    with pytest.raises(OSError, match="full"):
        writer.add(record(2))
    monkeypatch.setattr(os, "write", real)
    with pytest.raises(OSError, match="failed before"):
        writer.add(record(3))
    writer.close()
    DISK.truncate(writer.path, writer.size)
    assert numbers(wal_segments.read(writer.path)[1]) == [[1]]
    assert writer.path.stat().st_size == writer.size


def test_after_a_synchronization_that_fails_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next synchronization would succeed although the pages of this one are dropped."""
    writer = SegmentWriter(wal_segments.path_of(tmp_path, 1))
    writer.add(record(1))
    good = writer.size

    def failing(file: int) -> None:
        raise OSError(errno.EIO, "disk")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        with pytest.raises(OSError, match="disk"):
            writer.add(record(2))
    assert (writer.broken, writer.size) == (True, good)
    with pytest.raises(OSError, match="failed before"):
        writer.add(record(2))
    writer.close()
