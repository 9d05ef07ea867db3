"""The directory check, in folders that others fill."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks import directory
from heeler.agent.checks.directory import DirectoryCheck
from tests.unit.agent.checks.recording import Recording

FILES, FOLDERS = "system.disk.directory.files", "system.disk.directory.folders"


def run(folder: Path, **options: Any) -> Recording:
    return Recording(DirectoryCheck, {"directory": str(folder), **options}).run()


def test_links_in_a_circle_broken_ones_and_pipes_are_files(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "broken").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_text("xyz")
    found = run(tmp_path)
    assert (found.value(FILES), found.value(FOLDERS)) == (4, 0)
    assert found.value("system.disk.directory.bytes") == 3


@pytest.mark.parametrize("follow", [True, False])
def test_a_link_to_a_folder_above_does_not_make_a_tree_endless(tmp_path: Path, follow: bool) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "inner" / "a").write_text("")
    found = run(tmp_path, recursive=True, follow_symlinks=follow)
    assert (found.value(FILES), found.value(FOLDERS)) == ((1, 2) if follow else (2, 1))


def test_names_that_are_no_text_are_tags_that_can_be_sent(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.log", "w") as file:  # noqa: PTH123
        file.write("x")
    found = run(tmp_path, filegauges=True, filetagname="path")
    (tags,) = found.tags("system.disk.directory.file.bytes")
    assert tags[-1] == f"path:{tmp_path}/\N{REPLACEMENT CHARACTER}.log"
    json.dumps(tags, ensure_ascii=False).encode()


@pytest.mark.parametrize("no", [False, "no", "false", "0"])
def test_whatever_means_no_turns_an_option_off(tmp_path: Path, no: Any) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_text("x")
    found = run(tmp_path, recursive=no, countonly=no, filegauges=no)
    assert (found.value(FILES), found.value(FOLDERS)) == (0, 1)
    assert found.value("system.disk.directory.bytes") == 0
    with pytest.raises(ConfigurationError):
        run(tmp_path / "missing", ignore_missing=no)


def test_patterns_and_left_out_folders(tmp_path: Path) -> None:
    for name in ("a.log", "b.txt", "keep/c.log", "skip/d.log", "keep/skip/e.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = run(tmp_path, recursive=True, pattern="*.log", exclude_dirs=["sk*"], countonly=True)
    assert (found.value(FILES), found.value(FOLDERS)) == (2, 1)
    assert found.names == {FILES, FOLDERS}
    assert run(tmp_path, recursive=True, pattern=f"{tmp_path}/keep/*.log").value(FILES) == 2


def test_no_more_than_the_limit_is_read_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "_MAX_FILES", 5)
    for number in range(5):
        (tmp_path / str(number)).write_text("")
    exact = run(tmp_path)
    assert (exact.value(FILES), exact.warned) == (5, [])
    for number in range(5, 9):
        (tmp_path / str(number)).write_text("")
    over = run(tmp_path)
    assert over.value(FILES) == 5
    assert len(over.warned) == 1


@pytest.mark.parametrize(
    "options", [{"directory": ""}, {"directory": None}, {"exclude_dirs": "abc"}, {"exclude_dirs": 5}]
)
def test_options_that_cannot_be_meant_are_refused_at_the_start(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        Recording(DirectoryCheck, {"directory": str(tmp_path), **options})


@pytest.mark.parametrize("path", ["missing", "file", "a\0b"])
def test_what_is_no_folder_is_critical_or_where_allowed_a_warning(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("")
    check = Recording(DirectoryCheck, {"directory": f"{tmp_path}/{path}", "name": "it"})
    with pytest.raises(ConfigurationError):
        check.run()
    assert check.statuses == [("system.disk.directory.exists", 2, ("name:it",))]
    allowed = run(tmp_path / path, name="it", ignore_missing=True)
    assert allowed.statuses == [("system.disk.directory.exists", 1, ("name:it",))]
    assert allowed.submitted == []
