"""Requests that do not arrive are closed, and connections are bounded, over real sockets."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heeler.intake import connection_limits, http_protocol
from heeler.intake.connection_limits import MAX_HEAD_BYTES, Connections
from heeler.store.engine import Engine
from tests.unit.intake.test_series_batching import NOW, Site, answer, request, site, v1

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HEAD = b"POST /api/v1/series HTTP/1.1\r\nHost: test\r\n"


@pytest.fixture
async def here(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Site, list[Connections]]]:
    """A server whose connections may take a fraction of a second, and their list."""
    made: list[Connections] = []

    class Kept(Connections):
        def __init__(self, most: int) -> None:
            super().__init__(3)
            made.append(self)

    monkeypatch.setattr("heeler.server.serve.Connections", Kept)
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(http_protocol, "STALL_SECONDS", 0.2)
    async with site(engine, tmp_path) as running:
        yield running, made


async def connect(here: Site, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
    writer.write(data)
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 0),
        (HEAD, 408),
        (request("/api/v1/series", b"[" * 50)[:-20], 408),
        (request("/api/v1/check_run", b"[" * 50)[:-20], 408),
    ],
)
async def test_a_request_that_does_not_arrive_is_closed(
    here: tuple[Site, list[Connections]], data: bytes, status: int
) -> None:
    reader, writer = await connect(here[0], data)
    if status:
        assert (await answer(reader))[0] == status
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
    assert len(here[1][0]) == 0


async def test_a_head_without_end_is_refused(here: tuple[Site, list[Connections]]) -> None:
    reader, writer = await connect(here[0], HEAD + b"X: " + b"y" * (MAX_HEAD_BYTES + 1))
    assert (await answer(reader))[0] == 431
    writer.close()


async def test_the_connection_that_waits_longest_makes_room(here: tuple[Site, list[Connections]]) -> None:
    running, made = here
    half = [await connect(running, HEAD) for _ in range(3)]
    reader, writer = await connect(running, v1("connections.room", NOW, 1.0))
    assert (await answer(reader))[0] == 202
    assert await asyncio.wait_for(half[0][0].read(), 20) == b""
    assert len(made[0]) <= 3
    for _, one in [*half, (reader, writer)]:
        one.close()


class Fake:
    due = math.inf

    def __init__(self) -> None:
        self.closed = ""

    def evict(self) -> None:
        self.closed = "evicted"

    def expire(self) -> None:
        self.closed = "expired"


def test_those_with_a_request_under_way_are_never_closed_for_others() -> None:
    open_connections = Connections(2)
    first, second, third = Fake(), Fake(), Fake()
    assert open_connections.enter(first)
    open_connections.works(first)
    assert open_connections.enter(second)
    assert open_connections.enter(third)
    assert (first.closed, second.closed) == ("", "evicted")
    open_connections.works(third)
    assert not open_connections.enter(Fake())
    open_connections.waits(first)
    assert open_connections.enter(second)
    assert first.closed == "evicted"
    third.due = 5.0
    open_connections.sweep(4.9)
    assert third.closed == ""
    open_connections.sweep(5.0)
    assert third.closed == "expired"


def test_files_are_left_to_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits.resource, "getrlimit", lambda _: (1024, 1024))
    assert connection_limits.most_connections() == 1024 - connection_limits.SPARE_FILES
