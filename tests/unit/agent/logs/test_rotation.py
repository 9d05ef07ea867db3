"""Which files are earlier generations of a log file."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from heeler.agent.logs.fingerprint import Fingerprint
from heeler.agent.logs.rotation import Generation, generations, is_copy


@pytest.mark.parametrize(
    "name",
    [
        "app.log.1",
        "app.log.2.gz",
        "app.log-20260101",
        "app.log-20260101.gz",
        "app.log_old",
        "app-2026-01-01.log",
        "app-2026-01-01T10-00-00.000.log",
        "app-2026-01-01T10-00-00.000.log.gz",
        "app.1.log",
        "app.2026-01-01.log.bz2",
        "app_20260101.log",
    ],
)
def test_names_that_rotation_gives(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert [one.file.name for one in generations(tmp_path / "app.log")] == [name]


@pytest.mark.parametrize(
    "name",
    [
        "app.log",
        "app.logs",
        "other.log.1",
        "my-app.log.1",
        "apps.log",
        "app-worker.log",
        "app.log1",
        "xapp.log.1",
        "app.txt",
    ],
)
def test_names_of_other_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert generations(tmp_path / "app.log") == []


def test_names_are_no_patterns(tmp_path: Path) -> None:
    for name in ("aXpp+.log.1", "a.pp+.log.1"):
        (tmp_path / name).write_text("x")
    assert [one.file.name for one in generations(tmp_path / "a.pp+.log")] == ["a.pp+.log.1"]


def test_the_oldest_is_first(tmp_path: Path) -> None:
    for place, name in enumerate(["app.log.2", "app.log.1", "app.log.3.gz"]):
        (tmp_path / name).write_text("x" * place)
        os.utime(tmp_path / name, (1000 - place, 1000 - place))
    found = generations(tmp_path / "app.log")
    assert [(one.file.name, one.changed, one.size, one.is_archive) for one in found] == [
        ("app.log.3.gz", 998, 2, True),
        ("app.log.1", 999, 1, False),
        ("app.log.2", 1000, 0, False),
    ]
    stat = (tmp_path / "app.log.1").stat()
    assert found[1].identity == f"{stat.st_dev}:{stat.st_ino}"


def test_folders_dead_links_and_a_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "app.log.1").mkdir()
    (tmp_path / "app.log.2").symlink_to(tmp_path / "nowhere")
    assert generations(tmp_path / "app.log") == []
    assert generations(tmp_path / "none" / "app.log") == []


def test_a_copy_begins_as_the_file_does(tmp_path: Path) -> None:
    known = Fingerprint.of(b"first line\n")
    plain, packed, other, empty = (
        tmp_path / name for name in ("a.log.1", "a.log.2.gz", "a.log.3", "a.log.4")
    )
    plain.write_bytes(b"first line\nsecond\n")
    packed.write_bytes(gzip.compress(b"first line\n"))
    other.write_bytes(b"another line\n")
    empty.write_bytes(b"")

    def generation(file: Path) -> Generation:
        return Generation(file, "", 0, 0.0)

    assert [is_copy(generation(file), [known]) for file in (plain, packed, other, empty)] == [
        True,
        True,
        False,
        False,
    ]
    # A file of which nothing was read yet is like any.
    assert not is_copy(generation(plain), [Fingerprint()])
    assert not is_copy(generation(plain), [])
