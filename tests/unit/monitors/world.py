"""A server's monitors without the server: the real engine and database, and a clock that tests step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import select

import heeler.server.app  # noqa: F401 - every table and data source
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.errors.fingerprint import identify
from heeler.errors.occurrences import Occurrence, occurrences_table
from heeler.monitors.evaluation.round import evaluate_due
from heeler.monitors.evaluation.state_store import states_of
from heeler.monitors.model import Monitor, MonitorTransition
from heeler.monitors.validation import checked_options, checked_query
from heeler.notify.model import OutboxMessage
from heeler.settings import Settings
from heeler.store.database import Base, Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.log_rows import logs_table
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer
from heeler.wire.logs.datadog import LogEntry
from tests.unit.query.store import Series, insert

#: Minute 0: the midnight (UTC) two days ago, as the store drops logs that are a month old by its own clock.
EPOCH = int(time.time()) // 86400 * 86400 - 2 * 86400


class World:
    """Minutes count from :data:`EPOCH`."""

    def __init__(self, services: Services, clock: list[float]) -> None:
        self.services = services
        self._clock = clock

    def points(
        self, metric: str, series: Mapping[str, Mapping[int, float]], kind: str = "gauge", interval: int = 0
    ) -> None:
        """``series``: tags with spaces between, to values by minute; each lies at half of its minute."""
        rows = []
        for tags, values in series.items():
            names = tags.split()
            host = next((tag[5:] for tag in names if tag.startswith("host:")), "")
            points = [(EPOCH + 60 * minute + 30, value) for minute, value in values.items()]
            own = [tag for tag in names if not tag.startswith("host:")]
            rows.append(Series(own, points, host, kind, interval))
        insert(self.services.engine, metric, rows)

    def checks(self, name: str, runs: Sequence[tuple[float, str, int]]) -> None:
        """Service checks: minute, host, status."""
        rows = [(EPOCH + int(60 * minute), host, status) for minute, host, status in runs]
        self.services.engine.insert_sync(
            "check_runs",
            pa.table(
                {
                    "check": pa.array([name] * len(rows)),
                    "time": pa.array([row[0] for row in rows], pa.uint32()),
                    "host": pa.array([row[1] for row in rows]),
                    "status": pa.array([row[2] for row in rows], pa.uint8()),
                    "message": pa.array([""] * len(rows)),
                    "tags": pa.array([["team:a"]] * len(rows), pa.list_(pa.string())),
                }
            ),
        )

    def logs(
        self, service: str, rows: Sequence[tuple[float, str, Mapping[str, Any]]], message: str = "m"
    ) -> None:
        """Logs: minute, status, attributes."""
        entries = [
            LogEntry(
                message, int((EPOCH + 60 * minute) * 1e9), status, service, "h", attributes=dict(attributes)
            )
            for minute, status, attributes in rows
        ]
        self.services.engine.insert_sync("log_events", logs_table(entries, 0))

    def errors(self, service: str, rows: Sequence[tuple[float, str, str]], version: str = "1") -> None:
        """Errors: minute, source (``trace`` or ``logs``), type. Each type is an issue."""
        found = [
            Occurrence(
                issue=identify(service, kind, "m", "").issue, time=int((EPOCH + 60 * minute) * 1000),
                source=source, service=service, env="prod", version=version, host="h", language="", type=kind,
                message="m", stack="", file="", function="", resource="", usr_id="", trace_id=0, trace_high=0,
                span_id=0,
            )
            for minute, source, kind in rows
        ]  # fmt: skip
        self.services.engine.insert_sync("error_events", occurrences_table(found))

    async def outbox(self) -> list[OutboxMessage]:
        async with self.services.database.session() as db:
            return list(await db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    async def mails(self) -> list[tuple[str, str]]:
        """Recipient and subject of everything in the outbox, in order."""
        return [(row.recipient, row.subject) for row in await self.outbox()]

    async def monitor(self, kind: str, query: str, message: str = "", **options: Any) -> int:
        parsed = checked_query(kind, query, options)
        moment = datetime.fromtimestamp(EPOCH, UTC)
        made = Monitor(
            type=kind, name="It", query=query, message=message, tags=[],
            options=checked_options(options, parsed), overall_state="No Data", created=moment,
            modified=moment, evaluated=0.0, problem="",
        )  # fmt: skip
        async with self.services.database.session() as db:
            db.add(made)
            await db.flush()
            return made.id

    def set(self, minute: float) -> None:
        """Turns the clock."""
        self._clock[0] = EPOCH + 60 * minute

    async def at(self, minute: float) -> None:
        """One evaluation of every monitor that is due."""
        self.set(minute)
        await evaluate_due(self.services)

    async def walk(self, monitor_id: int, minutes: Sequence[int] | range) -> dict[int, str]:
        """What was told at each minute: ``host:a Triggered``, several joined by commas."""
        for minute in minutes:
            await self.at(minute)
            problem = await self.problem(monitor_id)
            assert not problem, f"minute {minute}: {problem}"
        return await self.told(monitor_id)

    async def told(self, monitor_id: int) -> dict[int, str]:
        async with self.services.database.session() as db:
            rows = await db.scalars(
                select(MonitorTransition)
                .where(MonitorTransition.monitor_id == monitor_id)
                .order_by(MonitorTransition.id)
            )
            found: dict[int, list[str]] = {}
            for row in rows:
                name = "" if row.group_name == "*" else f"{row.group_name} "
                found.setdefault(int(row.time - EPOCH) // 60, []).append(f"{name}{row.kind}")
        return {minute: ", ".join(sorted(told)) for minute, told in found.items()}

    async def states(self, monitor_id: int) -> dict[str, str]:
        async with self.services.database.session() as db:
            return {name: state.status for name, state in (await states_of(db, monitor_id)).items()}

    async def problem(self, monitor_id: int) -> str:
        async with self.services.database.session() as db:
            return (await db.get_one(Monitor, monitor_id)).problem


@asynccontextmanager
async def world(engine: Engine, folder: Path) -> AsyncIterator[World]:
    settings = Settings.from_env({}, data_dir=folder)
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    clock = [float(EPOCH)]
    writer = Writer(engine, delay=0.001)
    services = Services(
        settings=settings,
        engine=engine,
        writer=writer,
        database=database,
        authenticator=DatabaseAuthenticator(database, settings.url),
        disk=DiskGuard(folder, 0),
        rollups=Rollups(engine),
        now=lambda: clock[0],
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        try:
            yield World(services, clock)
        finally:
            writer.close()
            await database.close()


def every(minutes: range, value: float) -> dict[int, float]:
    """The same value each minute."""
    return dict.fromkeys(minutes, value)
