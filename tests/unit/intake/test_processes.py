"""What process agents deliver, from the request to the rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bench.fuzz_intake import send
from bench.intake_app import opened

from heeler.intake import unsupported_telemetry
from heeler.intake.unsupported_telemetry import NotStored
from heeler.store.engine import Engine
from heeler.wire.processes import encode, images, message_framing
from heeler.wire.processes.model import Container, HostSnapshot, Process

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
GOLDEN = Path(__file__).parent.parent.parent / "wire" / "golden"


async def stored(engine: Engine, host: str) -> list[tuple[object, ...]]:
    sql = (
        "SELECT toUnixTimestamp(time), pid, name, toUInt32(cores) FROM processes WHERE host = {host:String} "
        "ORDER BY time, pid"
    )
    return [tuple(row) for row in await engine.rows(sql, {"host": host})]


async def test_a_real_agents_messages_are_stored_and_answered(engine: Engine, tmp_path: Path) -> None:
    now = int(time.time())
    async with opened(tmp_path, engine) as (app, headers):
        for name, path in (("processes", "/api/v1/collector"), ("containers", "/api/v1/container")):
            body = (GOLDEN / f"agent-payload-5.0-{name}.bin").read_bytes()
            status, answer = await send(app, path, {**headers, "x-dd-agent-timestamp": str(now - 60)}, body)
            assert status == 200
            assert (answer[0], answer[2]) == (3, message_framing.RES_COLLECTOR)
        body = (GOLDEN / "agent-payload-5.0-images.bin").read_bytes()
        assert await send(app, "/api/v2/contimage", headers, body) == (202, b"{}")
    assert await stored(engine, "web-1") == [(now - 60, 2, "[kthreadd]", 2), (now - 60, 321, "java", 2)]
    sql = "SELECT DISTINCT name, image, toUnixTimestamp(time) FROM containers WHERE host = 'web-1'"
    assert await engine.rows(sql) == [("web", "registry.example/team/web:1.4", now - 60)]
    sql = "SELECT name, size FROM container_images WHERE host = 'web-1'"
    assert await engine.rows(sql) == [("registry.example/team/web", 12345678)]


async def test_times_that_cannot_be_become_now_and_retries_are_stored_once(
    engine: Engine, tmp_path: Path
) -> None:
    now = int(time.time())
    (part,) = encode.collector_procs(HostSnapshot("intake-b", 1, 1, [Process(pid=5, name="x")]), 1)
    async with opened(tmp_path, engine) as (app, headers):
        body = message_framing.write_frame(message_framing.PROCESSES, part, now - 30)
        for _ in range(2):
            assert (await send(app, "/api/v1/collector", headers, body))[0] == 200
        old = message_framing.write_frame(message_framing.PROCESSES, part, 1000)
        assert (await send(app, "/api/v1/collector", headers, old))[0] == 200
    found = await stored(engine, "intake-b")
    assert found[0][0] == now - 30
    assert len(found) == 2
    assert now <= int(str(found[1][0])) <= now + 60


async def test_real_time_messages_are_answered_and_counted(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = NotStored()
    monkeypatch.setattr(unsupported_telemetry, "not_stored", counts)
    async with opened(tmp_path, engine) as (app, headers):
        body = message_framing.write_frame(message_framing.REAL_TIME, b"", 1)
        assert (await send(app, "/api/v1/collector", {**headers, "x-dd-hostname": "rt"}, body))[0] == 200
    assert [(row["host"], row["product"]) for row in counts.listed()] == [("rt", "processes in real time")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"12345", b"no header"),
        (message_framing.write_frame(22, b"", 1), b"type is 22"),
        (message_framing.write_frame(message_framing.CONTAINERS, b"", 1), b"names no host"),
        (images.encode("", "agent", []), b"no header"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    engine: Engine, tmp_path: Path, body: bytes, message: bytes
) -> None:
    async with opened(tmp_path, engine) as (app, headers):
        status, answer = await send(app, "/api/v1/collector", headers, body)
    assert status == 400
    assert message in answer


async def test_containers_alone(engine: Engine, tmp_path: Path) -> None:
    (part,) = encode.collector_containers(HostSnapshot("intake-c", 1, 1, [], [Container(id="a" * 64)]), 1)
    async with opened(tmp_path, engine) as (app, headers):
        body = message_framing.write_frame(message_framing.CONTAINERS, part, 0)
        assert (await send(app, "/api/v1/container", headers, body))[0] == 200
    assert (await engine.rows("SELECT count() FROM containers WHERE host = 'intake-c'"))[0][0] == 1
