"""Shared parts of commands: tables for terminals, errors for people, the configuration database."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heeler.api.errors import ApiError
from heeler.cli.common import open_database, read_settings, run, table
from heeler.settings import Settings

cells = st.text(max_size=8)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_a_table_has_one_printable_line_a_row(rows: list[tuple[str, str]]) -> None:
    lines = table(rows).split("\n")  # type: ignore[arg-type]
    assert len(lines) == len(rows)
    for line in lines:
        assert line == "" or line.isprintable()
        line.encode()


def test_columns_are_as_wide_as_their_contents() -> None:
    assert table([("NAME", "ROLE"), ("ann", "admin"), ("bartholomew", "")]).split("\n") == [
        "NAME         ROLE",
        "ann          admin",
        "bartholomew",
    ]


def test_a_name_of_others_does_not_steer_the_terminal() -> None:
    found = table([("NAME", "ROLE"), ("\x1b[2Jann\nroot\r\u202e\ud800", "admin")])
    assert found.split("\n")[1] == "\ufffd[2Jann\ufffdroot\ufffd\ufffd\ufffd  admin"


def test_errors_of_the_api_are_errors_of_the_command() -> None:
    async def fail() -> None:
        raise ApiError(409, "first", "second")

    with pytest.raises(click.ClickException) as error:
        run(fail())
    assert error.value.message == "first\nsecond"


def test_settings_that_are_wrong_are_errors_of_the_command(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"listen|LISTEN"):
        read_settings(str(tmp_path), "nowhere")


async def test_the_database_is_made_where_it_is_missing_and_opened_beside_another(tmp_path: Path) -> None:
    settings = Settings.from_env({}, data_dir=tmp_path / "new")
    async with open_database(settings) as one, open_database(settings) as two:
        for session in (one, two):
            assert (await session.execute(text("SELECT count(*) FROM monitors"))).scalar() == 0


async def test_a_data_folder_that_cannot_be_is_an_error_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(click.ClickException):
        async with open_database(Settings.from_env({}, data_dir=tmp_path / "file")):
            raise AssertionError("not opened")
