"""Scheduler of synthetic tests: runs due tests with bounded concurrency, stores results and metrics."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import select

from heeler.api.services import Services
from heeler.store.arrow_tables import PointRows, series_table
from heeler.store.self_metrics import telemetry
from heeler.store.writer import DiskFull, StoreFull
from heeler.synthetics.http_probe import Guard
from heeler.synthetics.model import LIVE, SyntheticResult, SyntheticTest
from heeler.synthetics.runner import Definition, Result, run
from heeler.synthetics.schedule import is_scheduled, next_run
from heeler.synthetics.store import claim, find_test, prune_results, variables
from heeler.wire.metrics.batch import PointBuilder, Window
from heeler.wire.metrics.series import describe
from heeler.wire.metrics.series_registry import SeriesMemo

log = logging.getLogger("heeler.synthetics")

CONCURRENT = 10
MAX_TAGS = 50
"""Tags of a test that its metrics have."""
_IDLE_SECONDS = 1.0
#: Phases of a request to the names of metrics, ``synthetics.<subtype>.<name>``.
_PHASES: Mapping[str, str] = {
    "dns": "dns.time", "tcp": "connect.time", "ssl": "ssl.time", "firstByte": "firstbyte.time",
    "download": "download.time", "total": "response.time",
}  # fmt: skip


class Scheduler:
    """Runs in progress on this server. With several servers, ``claim`` assigns each due run to one."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.slots = asyncio.Semaphore(CONCURRENT)
        self.running: set[str] = set()
        self.memo = SeriesMemo()
        self.rng = random.SystemRandom()


async def run_forever(services: Services) -> None:
    """Background task of all runs, for the server's lifetime."""
    scheduler = services.part(Scheduler)
    async with asyncio.TaskGroup() as group:
        while True:
            try:
                for public_id in await take_due(scheduler):
                    group.create_task(_run_due(scheduler, public_id))
            except Exception:  # a database that is away for a moment must not end the schedule
                log.exception("Synthetic tests could not be scheduled; trying again")
                telemetry.count("heeler.synthetics.scheduling_failed")
                await asyncio.sleep(5)
            await asyncio.sleep(_IDLE_SECONDS)


async def take_due(scheduler: Scheduler) -> list[str]:
    """Claim due tests, up to this server's capacity, and set their next due times."""
    services, now = scheduler.services, scheduler.services.now()
    room = CONCURRENT - len(scheduler.running)
    if room <= 0:
        return []
    taken: list[str] = []
    async with services.database.session() as db:
        query = (
            select(SyntheticTest)
            .where(SyntheticTest.status == LIVE, SyntheticTest.next_run <= now)
            .order_by(SyntheticTest.next_run)
            .limit(room)
        )
        due = [(test.public_id, test.next_run, test.options) for test in await db.scalars(query)]
        for public_id, planned, options in due:
            if public_id in scheduler.running:  # a run that takes longer than its interval is not doubled
                continue
            claimed = await claim(db, public_id, planned, next_run(options, now, planned))
            if claimed and is_scheduled(options, now):
                taken.append(public_id)
    scheduler.running.update(taken)
    return taken


async def _run_due(scheduler: Scheduler, public_id: str) -> None:
    try:
        await run_and_store_logged(scheduler, public_id, f"{uuid4().int % 10**19}")
    finally:
        scheduler.running.discard(public_id)


async def run_and_store_logged(scheduler: Scheduler, public_id: str, result_id: str) -> None:
    """Like :func:`run_and_store`; errors of this server are logged and counted."""
    try:
        await run_and_store(scheduler, public_id, result_id)
    except Exception:
        log.exception("Synthetic test %s could not be run or its result not stored", public_id)
        telemetry.count("heeler.synthetics.runs_failed")


async def run_and_store(scheduler: Scheduler, public_id: str, result_id: str) -> None:
    """Run a test now and store the result as ``result_id``. A deleted test is not run."""
    services = scheduler.services
    async with services.database.session() as db:
        test = await find_test(db, public_id)
        if test is None:
            return
        values, secrets = await variables(db)
        definition = Definition(test.subtype, test.config, test.options, values, secrets)
        version = test.version
    began = services.now()
    guard = Guard(services.settings.private_targets)
    async with scheduler.slots:
        found = await run(definition, guard, services.now, scheduler.rng)
    async with services.database.session() as db:
        test = await find_test(db, public_id)
        if test is None:
            return
        db.add(
            SyntheticResult(
                result_id=result_id,
                public_id=public_id,
                check_time=round(began * 1000),
                version=version,
                passed=found.passed,
                result=found.body,
            )
        )
        test.last_run = max(test.last_run, began)
        test.failing_since = 0.0 if found.passed else test.failing_since or began
        test.last_error = "" if found.passed else found.error
        await db.flush()
        await prune_results(db, public_id)
        tags = (f"test_id:{public_id}", f"test_name:{_tag(test.name)}", *map(str, test.tags[:MAX_TAGS]))
        subtype = test.subtype
    try:
        await _write_metrics(scheduler, subtype, tags, found, began)
    except (DiskFull, StoreFull):  # the result itself is stored
        telemetry.count("heeler.synthetics.metrics_not_written")


def _tag(name: str) -> str:
    return name.lower().replace(",", "_").replace(" ", "_")[:150]


async def _write_metrics(
    scheduler: Scheduler, subtype: str, tags: tuple[str, ...], found: Result, began: float
) -> None:
    """``synthetics.test_runs`` and ``synthetics.<subtype>.response.time`` with its phases, milliseconds."""
    outcome = f"status:{'success' if found.passed else 'failure'}"
    name = "multi_step_api" if subtype == "multi" else subtype
    now = scheduler.services.now()
    builder = PointBuilder(scheduler.memo, Window(int(now), 0))
    at, labels = int(began), (*tags, outcome)
    runs = describe("synthetics.test_runs", "", labels, kind="count", interval=1, source="synthetics")
    builder.add(runs, [(at, 1.0)])
    for phase, metric in _PHASES.items():
        if phase in found.timings:
            info = describe(f"synthetics.{name}.{metric}", "", labels, source="synthetics")
            builder.add(info, [(at, float(found.timings[phase]))])
    batch = builder.build()
    series = series_table(batch.fresh.values(), int(now))
    await scheduler.services.writer.write({"series": series, "points": PointRows.of(batch)})
    scheduler.memo.mark_written(list(batch.fresh), int(now))
