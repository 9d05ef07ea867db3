"""Commands through the control socket of a server that stops, fails, or is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from heeler.cli import control
from heeler.cli.control import through_server_or_here
from heeler.server.control_socket import NAME
from heeler.settings import Settings

HERE = {"problems": ["checked in this process"]}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    async def here(*_: Any) -> dict[str, Any]:
        return HERE

    monkeypatch.setattr(control, "_here", here)
    return Settings.from_env({}, data_dir=str(tmp_path))


@asynccontextmanager
async def server(folder: Path, answer: bytes) -> AsyncIterator[None]:
    """A server that answers each command so and closes the connection."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(connected, str(folder / NAME)):
        yield


async def ask(settings: Settings, answer: bytes) -> dict[str, Any]:
    async with server(settings.data_dir, answer):
        return await through_server_or_here(settings, {"command": "check"})


async def test_without_a_server_the_command_runs_here(settings: Settings) -> None:
    assert await through_server_or_here(settings, {"command": "check"}) == HERE
    (settings.data_dir / NAME).write_text("left behind")
    assert await through_server_or_here(settings, {"command": "check"}) == HERE


async def test_the_servers_result_comes_after_its_progress(settings: Settings) -> None:
    lines = b'{"done": 1, "total": 2}\n{"done": 2, "total": 2}\n{"result": {"problems": []}}\n'
    assert await ask(settings, lines) == {"problems": []}
    with pytest.raises(click.ClickException, match="disk is full"):
        await ask(settings, b'{"done": 1, "total": 2}\n{"error": "the disk is full"}\n')


@pytest.mark.parametrize("end", [b"", b'{"done": 2, "to', b"\xff\n"])
async def test_a_server_that_ends_in_the_middle_is_said_and_the_command_does_not_start_anew(
    settings: Settings, end: bytes
) -> None:
    with pytest.raises(click.ClickException, match="ended before"):
        await ask(settings, b'{"done": 1, "total": 2}\n' + end)


async def test_a_connection_that_breaks_in_the_middle_does_not_start_the_command_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(*_: Any) -> AsyncIterator[dict[str, Any]]:
        yield {"done": 1, "total": 2}
        raise ConnectionResetError

    asking: Callable[..., AsyncIterator[dict[str, Any]]] = breaking
    monkeypatch.setattr("heeler.server.control_socket.ask", asking)
    with pytest.raises(click.ClickException, match="ended before"):
        await through_server_or_here(settings, {"command": "check"})


async def test_a_missing_data_folder_is_named(tmp_path: Path) -> None:
    settings = Settings.from_env({}, data_dir=str(tmp_path / "missing"))
    with pytest.raises(click.ClickException, match="There is no data folder"):
        await through_server_or_here(settings, {"command": "check"})
