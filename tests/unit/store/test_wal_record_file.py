from __future__ import annotations

import errno
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heeler.store.wal_files import DiskFiles
from heeler.store.wal_record_file import RecordWriter, read

MAGIC = b"MAGIC1\n"
payloads = st.lists(st.lists(st.binary(max_size=40), max_size=4).filter(any), max_size=6)
anywhere = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Files(DiskFiles):
    """A disk that writes ``step`` bytes at a time, and fails with ``error`` after ``room`` bytes."""

    def __init__(self, step: int = 1 << 20, room: int = 1 << 30, error: BaseException | None = None) -> None:
        self.step, self.room, self.error = step, room, error

    def write(self, file: int, data: memoryview) -> int:
        size = min(self.step, self.room, len(data))
        if not size and self.error is not None:
            raise self.error
        written = os.write(file, data[:size])
        self.room -= written
        return written


def written(path: Path, records: list[list[bytes]], files: Files | None = None) -> RecordWriter:
    path.unlink(missing_ok=True)
    writer = RecordWriter(path, MAGIC, files or Files())
    for record in records:
        writer.append(record)
    writer.close()
    return writer


@anywhere
@given(payloads, st.integers(1, 50))
def test_what_was_appended_is_read_whatever_the_disk_writes_at_a_time(
    tmp_path: Path, records: list[list[bytes]], step: int
) -> None:
    writer = written(tmp_path / "a", records, Files(step))
    content = writer.path.read_bytes()
    assert writer.size == len(content)
    found = read(content, MAGIC)
    assert [bytes(one) for one in found.records] == [b"".join(pieces) for pieces in records]
    assert found.damaged == 0


@anywhere
@given(payloads, st.data())
def test_a_file_cut_anywhere_keeps_its_whole_records(
    tmp_path: Path, records: list[list[bytes]], data: st.DataObject
) -> None:
    content = written(tmp_path / "a", records).path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    whole, at = [], len(MAGIC)
    for pieces in records:
        at += 8 + sum(map(len, pieces))
        if at <= cut:
            whole.append(b"".join(pieces))
    padding = bytes(data.draw(st.sampled_from([0, 1, 8, 4096]))) if cut >= len(MAGIC) else b""
    cut_within = cut not in (len(MAGIC), *_ends(records))
    found = read(content[:cut] + (b"" if cut_within else padding), MAGIC)
    assert [bytes(one) for one in found.records] == whole
    assert found.damaged == 0


def _ends(records: list[list[bytes]]) -> list[int]:
    ends, at = [], len(MAGIC)
    for pieces in records:
        at += 8 + sum(map(len, pieces))
        ends.append(at)
    return ends


@anywhere
@given(payloads.filter(bool), st.data())
def test_a_flipped_bit_of_a_payload_is_damage_and_what_is_before_it_is_read(
    tmp_path: Path, records: list[list[bytes]], data: st.DataObject
) -> None:
    content = bytearray(written(tmp_path / "a", records).path.read_bytes())
    which = data.draw(st.integers(0, len(records) - 1))
    end = _ends(records)[which]
    size = sum(map(len, records[which]))
    content[data.draw(st.integers(end - size, end - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = read(bytes(content), MAGIC)
    assert [bytes(one) for one in found.records] == [b"".join(pieces) for pieces in records[:which]]
    assert found.damaged == len(content) - (end - size - 8)


@given(st.binary(max_size=200), st.integers(0, 20))
def test_any_content_is_read_without_an_error(content: bytes, head: int) -> None:
    for text in (content, MAGIC + content):
        found = read(text, MAGIC, head)
        assert found.damaged <= len(text)
        for record in found.records:
            assert struct.pack("<II", len(record), zlib.crc32(record)) in text


@pytest.mark.parametrize("payload", [[], [b""], [b"", np.empty(0)]])
def test_an_empty_record_is_refused_since_it_could_not_be_read(tmp_path: Path, payload: list[Any]) -> None:
    writer = RecordWriter(tmp_path / "a", MAGIC)
    with pytest.raises(ValueError, match="0 bytes"):
        writer.append(payload)
    writer.append([b"after"])
    writer.close()
    assert [bytes(one) for one in read(writer.path.read_bytes(), MAGIC).records] == [b"after"]


def test_pieces_may_be_any_buffers_also_empty_ones(tmp_path: Path) -> None:
    writer = RecordWriter(tmp_path / "a", MAGIC)
    numbers = np.arange(4.0).reshape(2, 2)
    writer.append([b"a", np.empty((0, 3)), numbers, b""])
    writer.close()
    assert bytes(read(writer.path.read_bytes(), MAGIC).records[0]) == b"a" + numbers.tobytes()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), MemoryError(), KeyboardInterrupt(), None], ids=repr
)
def test_after_a_failed_write_the_file_is_good_up_to_its_size_and_not_written_again(
    tmp_path: Path, error: BaseException | None
) -> None:
    files = Files(step=7, room=len(MAGIC) + 8 + 5 + 11, error=error)
    writer = RecordWriter(tmp_path / "a", MAGIC, files)
    writer.append([b"first"])
    with pytest.raises(type(error) if error is not None else OSError):
        writer.append([b"second record"])
    files.room = 1000
    with pytest.raises(OSError, match="not written again"):
        writer.append([b"third"])
    writer.close()
    assert writer.broken
    content = writer.path.read_bytes()
    assert [bytes(one) for one in read(content[: writer.size], MAGIC).records] == [b"first"]
    assert [bytes(one) for one in read(content, MAGIC).records] == [b"first"]


def test_a_file_that_cannot_be_begun_is_removed(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"):
        RecordWriter(tmp_path / "a", MAGIC, Files(room=3, error=OSError(errno.ENOSPC, "full")))
    assert not list(tmp_path.iterdir())


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        RecordWriter(tmp_path / "a", MAGIC)
    assert (tmp_path / "a").read_bytes() == b"kept"
