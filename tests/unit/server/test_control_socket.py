"""The control socket: commands of the shell to a running server, also from a folder with a long name."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from heeler.server.control_socket import ask, listen
from heeler.store.engine import Engine


@pytest.fixture(params=["short", "long" * 30])
async def data_dir(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Path]:
    folder = tmp_path / request.param
    folder.mkdir()
    engine.execute_sync("INSERT INTO events (id, time, title) SELECT rand64(), now(), 'x' FROM numbers(10)")
    sqlite3.connect(folder / "heeler.sqlite").close()
    services: Any = SimpleNamespace(
        engine=engine,
        settings=SimpleNamespace(data_dir=folder, database_url=f"sqlite:///{folder}/heeler.sqlite"),
        writer=SimpleNamespace(paused=contextlib.nullcontext),
        now=lambda: 1_700_000_000.0,
    )
    task = asyncio.ensure_future(listen(services))
    while not (folder / "control.sock").exists():
        await asyncio.sleep(0.01)
    yield folder
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not (folder / "control.sock").exists()


async def result(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    return [message async for message in ask(folder, request)][-1]


async def test_a_backup_of_the_running_server(data_dir: Path, tmp_path: Path) -> None:
    made = await result(data_dir, {"command": "backup", "folder": str(tmp_path / "backups"), "name": "one"})
    assert made["result"]["name"] == "one"
    assert made["result"]["rows"] >= 10
    again = await result(data_dir, {"command": "backup", "folder": str(tmp_path / "backups"), "name": "one"})
    assert "already" in again["error"]


async def test_usage_and_check(data_dir: Path) -> None:
    found = (await result(data_dir, {"command": "usage"}))["result"]["tables"]
    events = next(table for table in found if table["table"] == "events")
    assert events["rows"] >= 10
    assert events["stored_bytes"] > 0
    assert (await result(data_dir, {"command": "check"}))["result"] == {"problems": []}


@pytest.mark.parametrize("request_", [{"command": "nothing"}, {}, {"command": "backup"}])
async def test_what_is_no_command_is_refused(data_dir: Path, request_: dict[str, Any]) -> None:
    assert (await result(data_dir, request_))["error"].startswith("Invalid command")


async def test_only_the_owner_may_open_it(data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "control.sock").stat().st_mode) == 0o600
