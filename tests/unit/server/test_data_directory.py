from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.server.data_directory import secure
from heeler.settings import Settings


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_what_is_made_in_it_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    secure(Settings.from_env({}, data_dir=folder))
    (folder / "later").write_text("secret")
    (folder / "below").mkdir()
    assert (mode(folder), mode(folder / "later"), mode(folder / "below")) == (0o700, 0o600, 0o700)


def test_an_open_folder_is_closed_with_its_database(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "db.sqlite"
    folder.mkdir(mode=0o755)
    (folder / "store").mkdir(mode=0o755)
    (folder / "heeler.sqlite").touch(0o644)
    elsewhere.touch(0o644)
    secure(Settings.from_env({"HEELER_DATABASE": f"sqlite:///{elsewhere}"}, data_dir=folder))
    assert (mode(folder), mode(folder / "store")) == (0o700, 0o700)
    assert (mode(folder / "heeler.sqlite"), mode(elsewhere)) == (0o600, 0o600)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    secure(Settings.from_env({}, data_dir=folder))
    assert mode(outside) == 0o644
