"""Pictures on disk stay within bounds and cannot be reached by other names."""

from pathlib import Path

import pytest

from heeler.snapshots.files import SnapshotFiles


def test_a_saved_picture_loads_by_its_name(tmp_path: Path) -> None:
    files = SnapshotFiles(tmp_path / "snapshots")
    name = files.save(b"png", 1_700_000_000)
    assert name.startswith("2023-11-14/")
    assert files.load(name) == b"png"
    assert files.has(name)


@pytest.mark.parametrize("name", ["../secret", "2023-11-14/../../secret", "2023-11-14/" + "g" * 40, ""])
def test_other_names_reach_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"no")
    files = SnapshotFiles(tmp_path / "snapshots")
    assert files.load(name) is None
    assert not files.has(name)


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    files = SnapshotFiles(tmp_path, max_count=3)
    names = [files.save(b"png", 1_700_000_000 + 3600 * at) for at in range(5)]
    assert [files.has(name) for name in names] == [False, False, True, True, True]


def test_old_pictures_go_with_their_days(tmp_path: Path) -> None:
    files = SnapshotFiles(tmp_path, max_age=86_400)
    old = files.save(b"png", 1_700_000_000)
    files.save(b"png", 1_700_000_000 + 3 * 86_400)
    assert not files.has(old)
    assert [day.name for day in tmp_path.iterdir()] == ["2023-11-17"]
