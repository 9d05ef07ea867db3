"""Deliveries of spans that are sent again, also after a restart with whatever clock, are stored once, with
their errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench.intake_seeds import SEEDS

import heeler.server.app  # noqa: F401 - every table
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.intake import traces
from heeler.intake.decoding import Delivery
from heeler.intake.endpoints import Intake
from heeler.intake.request import Head
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.deduplication import remember_tokens
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.rollup import Rollups
from heeler.store.wal import LOGGED, WriteAheadLog
from heeler.store.writer import Writer
from heeler.wire.proto import agent_payload_pb2


def _body() -> bytes:
    made = agent_payload_pb2.AgentPayload.FromString(
        next(one.raw for one in SEEDS if one.path == "/api/v0.2/traces")
    )
    for span in made.tracer_payloads[0].chunks[0].spans:
        span.meta["error.type"] = "Broken"
    found: bytes = made.SerializeToString()
    return found


BODY = _body()


@asynccontextmanager
async def server(engine: Engine, folder: Path, jump: float) -> AsyncIterator[Intake]:
    """One life of a server, whose clock is ``jump`` seconds wrong."""
    settings = Settings.from_env({}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    ahead = WriteAheadLog(folder / "wal", engine.insert, LOGGED["spans"])
    known = await ahead.recover()
    writer = Writer(engine, delay=0, logs=[ahead])
    writer.know(known)
    now = asyncio.get_running_loop().time
    services = Services(
        settings, engine, writer, database, DatabaseAuthenticator(database, settings.url),
        DiskGuard(folder, 0), Rollups(engine), now=lambda: 1_790_000_000 + now() + jump,
    )  # fmt: skip
    intake = Intake(services)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.run())
            tasks.create_task(ahead.run())
            yield intake
            writer.close()
            ahead.close()
    finally:
        intake.pool.close()
        await database.close()


def counts(engine: Engine) -> tuple[int, int]:
    """Spans and errors in the store."""
    spans, errors = (
        int(engine.rows_sync(f"SELECT count() FROM {table} WHERE service = 's'")[0][0])
        for table in ("apm_spans", "error_events")
    )
    return spans, errors


@pytest.mark.parametrize("jump", [0.0, 2 * 86_400.0, -2 * 86_400.0])
async def test_spans_and_their_errors_are_stored_once(engine: Engine, tmp_path: Path, jump: float) -> None:
    remember_tokens(engine)
    for table in ("apm_spans", "error_events"):
        engine.execute_sync(f"TRUNCATE TABLE {table}")
    for wrong in (0.0, jump, jump):
        async with server(engine, tmp_path, wrong) as intake:
            for _ in range(2):
                delivery = Delivery(Head("/api/v0.2/traces", {}), BODY, 2**24, intake.pool)
                assert (await traces.traces(intake, delivery)).status == 200
            await intake.services.writer.settle()
        assert counts(engine) == (2, 1)
