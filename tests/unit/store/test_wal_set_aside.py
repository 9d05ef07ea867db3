from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from heeler.store import wal_set_aside
from heeler.store.wal_files import DiskFiles
from heeler.store.wal_set_aside import put_aside, set_damaged_aside


def kept(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((folder / "rejected").iterdir())]


def test_a_damaged_segment_never_replaces_an_earlier_one(tmp_path: Path) -> None:
    segment = tmp_path / "0000000000000001.wal"
    for content in (b"one", b"two", b"one"):
        set_damaged_aside(segment, content, 1)
    assert sorted(kept(tmp_path)) == [b"one", b"two"]


def test_rows_are_set_aside_whole_and_for_the_owner_only(tmp_path: Path) -> None:
    rows = pa.table({"name": ["\N{SNOWMAN}", None], "tags": [["a"], []]})
    put_aside(tmp_path, rows, "token-logs")
    put_aside(tmp_path, rows.slice(0, 0), "token-spans")
    folder = tmp_path / "rejected"
    assert folder.stat().st_mode & 0o077 == 0
    for name, wanted in (("logs", rows), ("spans", rows.slice(0, 0))):
        path = folder / f"token-{name}.arrow"
        assert path.stat().st_mode & 0o077 == 0
        with pa.ipc.open_file(path) as reader:
            assert reader.read_all().equals(wanted)


def test_what_is_set_aside_is_synchronized_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronized: list[object] = []

    class Files(DiskFiles):
        def synchronize(self, file: int) -> None:
            synchronized.append("content")

        def synchronize_folder(self, folder: Path) -> None:
            synchronized.append(folder)

    monkeypatch.setattr(wal_set_aside, "DISK", Files())
    set_damaged_aside(tmp_path / "a.wal", b"x", 1)
    assert synchronized == [tmp_path, "content", tmp_path / "rejected"]


def test_a_copy_that_cannot_be_written_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(DiskFiles):
        def write(self, file: int, data: memoryview) -> int:
            if len(data) > 1:
                return super().write(file, data[:1])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(wal_set_aside, "DISK", Full())
    with pytest.raises(OSError, match="No space"):
        put_aside(tmp_path, pa.table({"a": [1]}), "t")
    assert kept(tmp_path) == []
    monkeypatch.undo()
    put_aside(tmp_path, pa.table({"a": [1]}), "t")
    assert len(kept(tmp_path)) == 1
