"""How many monitors one server evaluates: rounds of quiet monitors, and an outage in which every group moves.

``python -m bench.monitors --monitors 1000 --groups 50 --rounds 5`` prints a table: seconds of each round,
how late monitors were evaluated (99th percentile and the worst), the time until the first notification is
in the outbox, notifications written, and memory. ``--profile`` adds where the time of the rounds went.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import math
import os
import pstats
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import func, insert, select

import heeler.server.app  # noqa: F401 - every table and data source
from heeler.accounts.authenticator import DatabaseAuthenticator
from heeler.api.services import Services
from heeler.monitors.evaluation.lag import lag_of
from heeler.monitors.evaluation.round import evaluate_due
from heeler.monitors.model import Monitor
from heeler.monitors.validation import checked_options, checked_query
from heeler.notify.model import OutboxMessage
from heeler.settings import Settings
from heeler.store.arrow_tables import PointRows, series_table
from heeler.store.database import Base, Database
from heeler.store.disk import DiskGuard
from heeler.store.engine import Engine
from heeler.store.migrate import migrate
from heeler.store.rollup import Rollups
from heeler.store.writer import Writer
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo

HEADINGS = (
    "round", "seconds", "CPU s", "monitors/s", "lag p99 s", "lag s", "first mail s", "mails", "RSS MB",
)  # fmt: skip
TOGETHER = 500
"""Metrics whose points are written at a time."""


class Clock:
    """UNIX seconds that run on from the moment that :meth:`set` names."""

    def __init__(self, at: float) -> None:
        self.set(at)

    def set(self, at: float) -> None:
        self.at, self._since = at, time.perf_counter()

    def __call__(self) -> float:
        return self.at + time.perf_counter() - self._since


@asynccontextmanager
async def opened(folder: Path, clock: Clock) -> AsyncIterator[Services]:
    settings = Settings.from_env({}, data_dir=folder)
    engine = await asyncio.to_thread(Engine, settings.store_dsn)
    try:
        await asyncio.to_thread(migrate, engine)
        database = Database(settings.database_url)
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        writer = Writer(engine)
        services = Services(
            settings=settings, engine=engine, writer=writer, database=database,
            authenticator=DatabaseAuthenticator(database, settings.url), disk=DiskGuard(folder, 0),
            rollups=Rollups(engine), now=clock,
        )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.run())
            try:
                yield services
            finally:
                writer.close()
                await database.close()
    finally:
        engine.close()


async def feed(
    services: Services, memo: SeriesMemo, numbers: range, groups: int, at: int, value: float
) -> None:
    """A point of every group of the metrics of the monitors with these numbers."""
    for first in numbers[::TOGETHER]:
        builder = PointBuilder(memo, Window(at + 60, 0))
        for number in range(first, min(first + TOGETHER, numbers.stop)):
            for group in range(groups):
                info = describe(f"bench.monitor.{number}", f"host-{group}", ("env:bench",), kind="gauge")
                builder.add(info, [(at, value)])
        batch = builder.build()
        tables: dict[str, pa.Table | PointRows] = {"points": PointRows.of(batch)}
        if batch.fresh:
            tables["series"] = series_table(batch.fresh.values(), at)
        await services.writer.write(tables)
        memo.mark_written(list(batch.fresh), at)


async def make(services: Services, monitors: int, at: float) -> None:
    moment = datetime.fromtimestamp(at, UTC)
    rows = []
    for number in range(monitors):
        query = f"avg(last_5m):avg:bench.monitor.{number}{{*}} by {{host}} > 5"
        options = checked_options({"thresholds": {"critical": 5}}, checked_query("metric alert", query))
        rows.append({
            "type": "metric alert", "name": f"Bench {number}", "query": query, "tags": [], "options": options,
            "message": "{{host.name}} is at {{value}} @ops@example.org", "overall_state": "No Data",
            "created": moment, "modified": moment, "evaluated": 0.0, "problem": "",
        })  # fmt: skip
    async with services.database.session() as db:
        await db.execute(insert(Monitor), rows)


async def mails(services: Services) -> int:
    async with services.database.session() as db:
        return int(await db.scalar(select(func.count()).select_from(OutboxMessage)) or 0)


async def watch(services: Services, began: float, before: int) -> float:
    """Seconds until a mail more than ``before`` is in the outbox."""
    while await mails(services) <= before:
        await asyncio.sleep(0.2)
    return time.perf_counter() - began


def rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def run(monitors: int, groups: int, rounds: int, profile: bool) -> None:
    clock = Clock(float(int(time.time()) // 60 * 60))
    memo, profiler = SeriesMemo(), cProfile.Profile()
    print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS), flush=True)
    with tempfile.TemporaryDirectory(prefix="heeler-bench-") as folder:
        async with opened(Path(folder), clock) as services:
            begin = clock.at
            await make(services, monitors, begin)
            for number in range(rounds + 1):
                outage = number == rounds
                value = 9.0 * 6 if outage else 1.0
                await feed(services, memo, range(monitors), groups, int(begin), value)
                begin += 60
                clock.set(begin)
                before, began, cpu = await mails(services), time.perf_counter(), time.process_time()
                first_mail = ""
                async with asyncio.TaskGroup() as tasks:
                    first = tasks.create_task(watch(services, began, before)) if outage else None
                    if profile and number:
                        profiler.enable()
                    await evaluate_due(services)
                    profiler.disable()
                    took, used = time.perf_counter() - began, time.process_time() - cpu
                    if first is not None:
                        first_mail = f"{await first:.1f}"
                # A round that takes longer than a minute makes the next ones late: the clock never goes back.
                begin = max(begin, math.ceil(clock() / 60) * 60.0 - 60)
                lag = lag_of(services)
                cells = (
                    "outage" if outage else str(number), f"{took:.1f}", f"{used:.1f}",
                    f"{monitors / took:.0f}", f"{lag.p99:.1f}", f"{lag.lag:.1f}", first_mail,
                    str(await mails(services) - before), f"{rss():.0f}",
                )  # fmt: skip
                print("| " + " | ".join(cells) + " |", flush=True)
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    asyncio.run(run(given.monitors, given.groups, given.rounds, given.profile))


if __name__ == "__main__":
    main()
