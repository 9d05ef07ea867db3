"""What ``heeler serve`` and ``heeler up`` have in common: lean imports, and errors that say what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from heeler.cli.run_server import run_server
from heeler.server.data_directory import DataFolderError
from heeler.server.serve import AddressInUse
from heeler.settings import Settings

CODE = """
import sys
from pathlib import Path
from heeler.cli import up
from heeler.cli.run_server import run_server
from heeler.server.import_filter import HIDDEN
from heeler.settings import Settings

async def main(settings):
    import heeler.server.app, heeler.server.serve
    print(*(name for name in sys.modules if name.partition(".")[0] in HIDDEN))

run_server(Settings(data_dir=Path(".")), main, "info")
"""


def test_what_the_server_does_not_need_is_not_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (lambda: DataFolderError("the folder is a file"), "the folder is a file"),
        (lambda: AddressInUse("127.0.0.1:1"), "Cannot listen on 127.0.0.1:1"),
    ],
)
def test_errors_of_a_start_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], said: str
) -> None:
    monkeypatch.setattr("heeler.server.import_filter.hide", lambda: None)  # other tests need what is hidden
    monkeypatch.setattr("heeler.server.crash_handler.leave_stack", lambda: None)
    monkeypatch.setattr("heeler.server.log_setup.configure", lambda form, level: None)

    async def main(_: Settings) -> None:
        raise error()

    with pytest.raises(click.ClickException, match=said):
        run_server(Settings(data_dir=tmp_path), main, "info")
