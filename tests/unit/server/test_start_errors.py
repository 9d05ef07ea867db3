"""What cannot be opened is said in a sentence with what to do; a fault of our own keeps its stack."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from heeler.server.data_directory import DataFolderError, secure
from heeler.server.start_errors import start_problem
from heeler.settings import Settings
from heeler.store.engine import EngineError


def test_each_cause_is_named_with_its_place(tmp_path: Path) -> None:
    settings = Settings.from_env({}, data_dir=tmp_path)
    damaged = DatabaseError("PRAGMA x", {}, sqlite3.DatabaseError("file is not a database"))
    said = start_problem(damaged, settings)
    assert said is not None
    assert said.startswith(str(tmp_path / "heeler.sqlite"))
    assert "damaged" in said
    said = start_problem(EngineError("Code: 432. Unknown codec: (version 26.1)\nStack trace"), settings)
    assert said is not None
    assert "heeler backup restore" in said
    assert "Stack trace" not in said
    assert "version" not in said
    said = start_problem(FileNotFoundError(2, "No such file", "/x/y"), settings)
    assert said is not None
    assert said.startswith("/x/y: No such file")
    assert start_problem(KeyError("x"), settings) is None


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(DataFolderError, match="must be a folder"):
        secure(Settings.from_env({}, data_dir=tmp_path / "data"))
