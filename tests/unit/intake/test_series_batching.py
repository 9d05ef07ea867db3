"""The short way of small deliveries, over real sockets: taken where it may, and answered as the long way."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.accounts.keys import make_key
from heeler.api.services import Services
from heeler.intake import app as intake_app
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Intake
from heeler.intake.request import Reply
from heeler.server.serve import listen, running
from heeler.settings import Settings
from heeler.store.database import Base, Database, Remembered
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer
from heeler.wire.metrics import fast_path
from tests.conftest import API_KEY, free_port
from tests.wire.test_series_proto import encode

#: Litestar's, of handlers of other packages, at each start of a server.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = int(time.time())
V1, V2 = "/api/v1/series", "/api/v2/series"
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@dataclass
class Site:
    """A server in this process. ``room`` and ``fails`` say how its store behaves."""

    port: int = field(default_factory=free_port)
    room: bool = True
    fails: bool = False

    async def before(self, _: object) -> None:
        if self.fails:
            raise OSError("the store is away")


@asynccontextmanager
async def site(engine: Engine, folder: Path) -> AsyncIterator[Site]:
    here = Site()
    settings = Settings.from_env({"HEELER_LISTEN": f"127.0.0.1:{here.port}"}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with database.session() as session:
        session.add(make_key("api", "test", API_KEY, None, datetime.now(UTC)))
    writer = Writer(engine, delay=0.01, has_room=lambda: here.room, before={"points": here.before})
    services = Services(
        settings=settings,
        engine=engine,
        writer=writer,
        database=database,
        authenticator=DatabaseAuthenticator(database, settings.url),
        disk=DiskGuard(folder, 0),
        rollups=Rollups(engine),
    )
    fast_path.prepare()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        try:
            async with running(services, listen(settings)):
                yield here
        finally:
            writer.close()
    services.renderer.close()
    await database.close()


def request(path: str, body: bytes, **headers: str) -> bytes:
    head = {"DD-API-KEY": API_KEY, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\nHost: test\r\n{lines}\r\n".encode() + body


def protobuf(metric: str, at: int, value: float, **headers: str) -> bytes:
    body = encode(metric, ["a:b"], "h", 3, [(at, value)])
    return request(V2, body, **headers, **{"Content-Type": "application/x-protobuf"})


def v1(metric: str, at: int, value: float) -> bytes:
    document = {"series": [{"metric": metric, "points": [[at, value]], "tags": ["a:b"], "host": "h"}]}
    body = zlib.compress(json.dumps(document, separators=(",", ":")).encode())
    return request(V1, body, **{"Content-Type": "application/json", "Content-Encoding": "deflate"})


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


async def ask(here: Site, *requests: bytes) -> list[int]:
    """The statuses of ``requests``, written at once over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
    writer.write(b"".join(requests))
    statuses = [(await answer(reader))[0] for _ in requests]
    writer.close()
    return statuses


def stored(engine: Engine, metric: str) -> list[float]:
    sql = "SELECT value FROM points FINAL WHERE metric = {metric:String} ORDER BY time"
    return [float(row[0]) for row in engine.rows_sync(sql, {"metric": metric})]


async def _must_not_be_called(_: Intake, __: Delivery) -> Reply:
    raise AssertionError("the ordinary way was taken")


@pytest.mark.parametrize(("make", "path"), [(protobuf, V2), (v1, V1)])
async def test_known_series_take_the_short_way(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, path: str
) -> None:
    assert callable(make)
    metric = f"direct.short.{path[5:7]}"
    async with site(engine, tmp_path) as here:
        assert await ask(here, make(metric, NOW, 1.0)) == [202]
        monkeypatch.setattr(Remembered, "SECONDS", 3600.0)  # the key, however slow the machine is
        monkeypatch.setitem(intake_app.ENDPOINTS, path, _must_not_be_called)
        later = [[make(metric, NOW + n, float(n + 1))] for n in range(1, 200)]
        assert await asyncio.gather(*(ask(here, *one) for one in later)) == [[202]] * 199
        assert await ask(here, make(f"{metric}.new", NOW, 1.0)) == [500]
    assert stored(engine, metric) == [float(n + 1) for n in range(200)]


async def test_a_connection_is_kept_and_its_requests_are_answered_in_order(
    engine: Engine, tmp_path: Path
) -> None:
    async with site(engine, tmp_path) as here:
        assert await ask(here, protobuf("direct.order", NOW, 1.0)) == [202]
        one = protobuf("direct.order", NOW + 1, 2.0)
        broken = request(V2, b"\x0a\xff", **PROTOBUF)
        unknown = b"GET /api/v1/validate HTTP/1.1\r\nHost: test\r\n\r\n"
        assert await ask(here, one, broken, one, unknown, v1("direct.order.v1", NOW, 1.0), one) == [
            202, 400, 202, 403, 202, 202,
        ]  # fmt: skip
    assert stored(engine, "direct.order") == [1.0, 2.0]


async def test_one_bad_body_of_a_group_loses_no_other(engine: Engine, tmp_path: Path) -> None:
    async with site(engine, tmp_path) as here:
        assert await ask(here, protobuf("direct.group", NOW, 0.0)) == [202]
        group = [
            protobuf("direct.group", NOW + 1, 1.0),
            request(V2, b"not zstd", **PROTOBUF, **{"Content-Encoding": "zstd"}),
            protobuf("direct.group", NOW + 2, 2.0),
            protobuf("direct.group", NOW + 86400, 9.0),  # a day ahead: refused, but not with an error
            protobuf("direct.group.new", NOW, 3.0),
            request(V2, encode("direct.group", ["a:b"], "h", 3, [(NOW + 3, float("nan"))]), **PROTOBUF),
            request(V2, b"", **PROTOBUF),
        ]
        statuses = await asyncio.gather(*(ask(here, one) for one in group))
        assert [one for (one,) in statuses] == [202, 400, 202, 202, 202, 202, 202]
    assert stored(engine, "direct.group") == [0.0, 1.0, 2.0]
    assert stored(engine, "direct.group.new") == [3.0]


async def test_the_answer_says_what_the_long_ways_answer_says(engine: Engine, tmp_path: Path) -> None:
    async with site(engine, tmp_path) as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        found = []
        for value in (1.0, 2.0):  # the first is new, which the short way does not take
            writer.write(protobuf("direct.same", NOW, value))
            found.append(await answer(reader))
        (_, long, long_body), (_, short, short_body) = found
        assert short_body == long_body
        assert short.keys() == long.keys()
        writer.write(protobuf("direct.same", NOW, 3.0, Connection="close"))
        status, headers, _ = await answer(reader)
        assert (status, headers["connection"]) == (202, "close")
        assert await reader.read() == b""
        writer.close()


async def test_a_wrong_key_and_an_unusual_request_go_the_long_way(engine: Engine, tmp_path: Path) -> None:
    async with site(engine, tmp_path) as here:
        assert await ask(here, protobuf("direct.key", NOW, 1.0)) == [202]
        wrong = protobuf("direct.key", NOW + 1, 2.0).replace(API_KEY.encode(), b"f" * 32)
        assert await ask(here, wrong) == [403]
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        head, _, body = protobuf("direct.key", NOW + 2, 3.0, Expect="100-continue").partition(b"\r\n\r\n")
        writer.write(head + b"\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(body)
        assert (await answer(reader))[0] == 202
        writer.close()
    assert stored(engine, "direct.key") == [1.0, 3.0]


async def test_a_full_disk_and_a_failing_store_are_told(engine: Engine, tmp_path: Path) -> None:
    async with site(engine, tmp_path) as here:
        assert await ask(here, protobuf("direct.full", NOW, 1.0)) == [202]
        here.room = False
        assert await ask(here, protobuf("direct.full", NOW + 1, 2.0)) == [507]
        here.room, here.fails = True, True
        assert await ask(here, protobuf("direct.full", NOW + 1, 2.0)) == [503]
        here.fails = False
        assert await ask(here, protobuf("direct.full", NOW + 1, 2.0)) == [202]
    assert stored(engine, "direct.full") == [1.0, 2.0]


async def test_a_client_that_hangs_up_disturbs_nobody(engine: Engine, tmp_path: Path) -> None:
    async with site(engine, tmp_path) as here:
        assert await ask(here, protobuf("direct.gone", NOW, 1.0)) == [202]
        for part in (1.0, 0.5):  # the whole request, and half of one
            whole = protobuf("direct.gone", NOW + 1, 2.0)
            _, writer = await asyncio.open_connection("127.0.0.1", here.port)
            writer.write(whole[: int(len(whole) * part)])
            await writer.drain()
            writer.transport.abort()
        assert await ask(here, protobuf("direct.gone", NOW + 2, 3.0)) == [202]
    assert stored(engine, "direct.gone")[-1] == 3.0
