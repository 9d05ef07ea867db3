"""Imports started from the web app: one at a time, in a task owned by the server."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from heeler.api.errors import ApiError
from heeler.api.services import Services
from heeler.importers.client import Api, ApiProblem, HttpApi
from heeler.importers.exporter import export
from heeler.importers.id_map import IdMap
from heeler.importers.importer import Importer
from heeler.importers.kinds import Kind
from heeler.importers.model import ImportRun
from heeler.importers.progress import Progress
from heeler.importers.source import SourceError
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.importers")

KEPT_RUNS = 50


@dataclass(slots=True)
class Job:
    """Job of the running import. ``api`` is the source, ``target`` this server."""

    run_id: int
    source: str
    api: HttpApi
    target: Api
    kinds: Sequence[Kind]
    dry_run: bool
    progress: Progress = field(default_factory=Progress)


class Imports:
    """Holder of the running import, as ``services.part(Imports)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: asyncio.Queue[Job] = asyncio.Queue(1)
        self._task: asyncio.Task[tuple[str, str, dict[str, Any]]] | None = None
        self.job: Job | None = None

    def start(self, job: Job) -> None:
        """Start an import. Raises a 409 while another one runs."""
        self.check_free()
        self.job = job
        self._waiting.put_nowait(job)

    def check_free(self) -> None:
        if self.job is not None:
            raise ApiError(409, "An import is running. Wait for its end, or cancel it.")

    def cancel(self, run_id: int) -> bool:
        """Whether the run was running and ends now."""
        if self.job is None or self.job.run_id != run_id or self._task is None:
            return False
        return self._task.cancel()

    async def run_forever(self) -> None:
        await self._end_interrupted()
        while True:
            job = await self._waiting.get()
            try:
                await self._run(job)
            except Exception:
                log.exception("The end of import %d could not be recorded", job.run_id)
                telemetry.count("heeler.imports.failed")
            finally:
                self.job, self._task = None, None

    async def _run(self, job: Job) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._task = tasks.create_task(self._outcome(job), name="import")
        if self._task.cancelled():
            await self._finish(job, "canceled", "", {})
        else:
            await self._finish(job, *self._task.result())

    async def _outcome(self, job: Job) -> tuple[str, str, dict[str, Any]]:
        """State, error and report of a run."""
        try:
            return "done", "", await self._import(job)
        except (ApiProblem, SourceError, OSError) as problem:
            return "failed", str(problem), {}
        except Exception as problem:
            log.exception("An import failed")
            telemetry.count("heeler.imports.failed")
            kind = type(problem).__name__
            return "failed", f"Internal error ({kind}); the server's log has the details.", {}

    async def _import(self, job: Job) -> dict[str, Any]:
        folder = self._services.settings.data_dir / "imports" / str(job.run_id)
        try:
            return await self._export_and_import(job, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _export_and_import(self, job: Job, folder: Path) -> dict[str, Any]:
        clock = self._services.now

        def show(progress: Progress) -> None:
            job.progress = progress

        read = await export(job.api, folder, job.source, job.kinds, show, clock)
        if not any(counts["created"] for counts in read.counts.values()) and read.unlisted:
            raise SourceError(f"Nothing could be read. {read.unlisted[0]['reason']}")
        importer = Importer(
            job.target,
            IdMap(job.target, job.source),
            show,
            clock,
            origin=self._services.settings.url,
            source_origins=(job.source,),
            dry_run=job.dry_run,
        )
        report = await importer.run(folder, job.kinds)
        report.not_imported, report.unlisted = read.not_imported, read.unlisted
        for problem in read.problems:
            report.add(problem["kind"], "failed", problem["id"], problem["name"], problem["reason"])
        return report.as_json()

    async def _finish(self, job: Job, state: str, error: str, report: dict[str, Any]) -> None:
        async with self._services.database.session() as db:
            run = await db.get(ImportRun, job.run_id)
            if run is not None:
                run.state, run.error, run.report = state, _storable(error)[:2000], _storable(report)
                run.ended = datetime.fromtimestamp(self._services.now(), UTC)

    async def _end_interrupted(self) -> None:
        """Mark imports that ended with an earlier server process; starting one again resumes it."""
        async with self._services.database.session() as db:
            for run in await db.scalars(select(ImportRun).where(ImportRun.state == "running")):
                run.state, run.ended = "interrupted", datetime.fromtimestamp(self._services.now(), UTC)


def _storable(value: Any) -> Any:
    """``value`` with the characters replaced that a database cannot store: names are texts of others."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


async def run_imports(services: Services) -> None:
    await services.part(Imports).run_forever()
