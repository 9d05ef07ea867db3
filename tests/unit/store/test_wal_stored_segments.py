"""What is noted of segments is read at the next start, for ten minutes of a running server at least."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from heeler.store import wal_stored_segments
from heeler.store.wal_files import DiskFiles
from heeler.store.wal_stored_segments import StoredSegments


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tokens(folder: Path) -> list[str]:
    notes = StoredSegments(folder)
    found = [entry.token for entry in notes.load()]
    notes.close()
    return found


def test_what_was_noted_is_read_over_many_starts_from_one_file(tmp_path: Path) -> None:
    for place in range(4):
        notes = StoredSegments(tmp_path)
        assert len(notes.load()) == 2 * place
        notes.note(f"{place}a", [b"x"])
        notes.note(f"{place}b", [])
        notes.close()
    assert tokens(tmp_path) == ["0a", "0b", "1a", "1b", "2a", "2b", "3a", "3b"]
    assert len(list(tmp_path.iterdir())) == 1


def test_files_are_replaced_as_the_server_runs(tmp_path: Path) -> None:
    clock = Clock()
    notes = StoredSegments(tmp_path, clock=clock)
    notes.load()
    for minute in range(60):
        clock.now = minute * 60.0
        notes.note(str(minute), [])
        assert len(list(tmp_path.iterdir())) <= 3
    notes.close()
    found = tokens(tmp_path)
    assert found == [str(minute) for minute in range(60 - len(found), 60)]
    assert 10 <= len(found) <= 30


def test_what_a_crash_cuts_off_is_left_out(tmp_path: Path) -> None:
    notes = StoredSegments(tmp_path)
    notes.load()
    for token in "abc":
        notes.note(token, [b"digest"])
    notes.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-3])
    assert tokens(tmp_path) == ["a", "b"]


def test_only_the_newest_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wal_stored_segments, "MAX_DIGESTS", 5)
    notes = StoredSegments(tmp_path)
    notes.load()
    for token in "abcd":
        notes.note(token, [b"1", b"2"])
    notes.close()
    assert tokens(tmp_path) == ["c", "d"]


class Full(DiskFiles):
    full = False

    def write(self, file: int, data: memoryview) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "full")
        return super().write(file, data)


def test_a_full_disk_loses_nothing_that_was_noted(tmp_path: Path) -> None:
    files = Full()
    notes = StoredSegments(tmp_path, files)
    notes.load()
    notes.note("a", [])
    files.full = True
    with pytest.raises(OSError, match="full"):
        notes.note("b", [])
    with pytest.raises(OSError, match="full"):
        notes.note("c", [])
    files.full = False
    notes.note("d", [])
    notes.close()
    files.full = True
    notes = StoredSegments(tmp_path, files)
    assert [entry.token for entry in notes.load()] == ["a", "d"]
    notes.close()
    assert tokens(tmp_path) == ["a", "d"]
