"""Active log configuration: pipelines, indexes, metrics and archives, recompiled when it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Services
from heeler.logs.archives.rules import Archive, compile_archive
from heeler.logs.indexes import Index, compile_index
from heeler.logs.log_metrics import LogMetricRule, compile_metric
from heeler.logs.model import LogArchive, LogIndex, LogMetric, LogPipeline
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.geoip import GeoDatabase, GeoError
from heeler.logs.pipelines.pipeline import Pipeline, compile_pipeline
from heeler.logs.pipelines.presets import BY_SOURCE, PRESETS
from heeler.logs.pipelines.processors import Surroundings
from heeler.store.database import Remembered
from heeler.store.self_metrics import telemetry

log = logging.getLogger("heeler.logs")

_TABLES = tuple(str(model.__tablename__) for model in (LogPipeline, LogIndex, LogMetric, LogArchive))


@dataclass(frozen=True, slots=True)
class Compiled:
    """Compiled log configuration. ``known_presets``: preset pipelines that are already listed; the others are
    active as well.
    """

    pipelines: Sequence[Pipeline] = ()
    indexes: Sequence[Index] = ()
    metrics: Sequence[LogMetricRule] = ()
    archives: Sequence[Archive] = ()
    known_presets: frozenset[str] = frozenset()

    @property
    def has_own_pipelines(self) -> bool:
        """Whether there are custom pipelines: their cost is unknown, whatever the log."""
        return any(one.id not in PRESETS for one in self.pipelines)

    def pipelines_for(self, source: str) -> Sequence[Pipeline]:
        """Pipelines that may match logs of a source: of the presets, only the source's own."""
        own = BY_SOURCE.get(source)
        return [
            one
            for one in self.pipelines
            if (one.id == own or one.id not in PRESETS) and (one.sources is None or source in one.sources)
        ]


class LogConfig:
    """Log configuration of one server, as ``services.part(LogConfig)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._current: Remembered[None, Compiled] = Remembered(services.database, tables=_TABLES)
        self._noting = asyncio.Lock()
        self.around = Surroundings(_geo_database(services.settings.geoip_database))

    async def current(self) -> Compiled:
        """The configuration; of many callers that find it outdated, one reads it."""
        return await self._current.fetch(None, self._read)

    async def _read(self) -> tuple[Compiled, int]:
        async with self._services.database.session() as db:
            return await self._load(db), 0

    async def _load(self, db: AsyncSession) -> Compiled:
        stored = list(await db.scalars(select(LogPipeline).order_by(LogPipeline.position, LogPipeline.id)))
        known = {one.id for one in stored}
        documents = [whole_document(one) for one in stored]
        documents += [document for preset, document in PRESETS.items() if preset not in known]
        pipelines = [self._pipeline(document) for document in documents]
        index_rows = select(LogIndex).where(~LogIndex.deleted).order_by(LogIndex.position, LogIndex.name)
        indexes = [compile_index(one.name, one.document) for one in await db.scalars(index_rows)]
        metrics = [compile_metric(one.id, one.document) for one in await db.scalars(select(LogMetric))]
        archive_rows = select(LogArchive).order_by(LogArchive.position, LogArchive.id)
        archives = [compile_archive(one.id, one.document) for one in await db.scalars(archive_rows)]
        presets = frozenset(one.id for one in stored if one.id in PRESETS)
        active = [one for one in pipelines if one is not None]
        return Compiled(active, indexes, metrics, archives, presets)

    def _pipeline(self, document: Mapping[str, Any]) -> Pipeline | None:
        if not document.get("is_enabled"):
            return None
        try:
            if document.get("is_read_only"):
                return _preset(str(document["id"]))
            return compile_pipeline(document, self.around)
        except DocumentError as error:  # accepted by an earlier version
            log.error("The pipeline %s is left out: %s", document.get("name"), error)
            return None

    async def note_sources(self, sources: set[str]) -> None:
        """List the preset pipelines of sources whose first log has arrived.

        The logs are stored: what the database says against it is logged and counted, and tried again with
        the next ones.
        """
        compiled = await self.current()
        fresh = {BY_SOURCE[one] for one in sources if one in BY_SOURCE} - compiled.known_presets
        if not fresh:
            return
        try:
            async with self._noting:
                await self._note(sorted(fresh))
        except IntegrityError:
            log.debug("Another server has listed %s", ", ".join(sorted(fresh)))
        except SQLAlchemyError as error:
            telemetry.count("heeler.logs.presets_not_listed")
            log.warning("The pipelines %s could not be listed: %s", ", ".join(sorted(fresh)), error)

    async def _note(self, presets: list[str]) -> None:
        async with self._services.database.session() as db:
            for preset in presets:
                if await db.get(LogPipeline, preset) is None:
                    made = {"is_enabled": True}
                    db.add(
                        LogPipeline(id=preset, position=1_000_000, document=made, modified=datetime.now(UTC))
                    )


@cache
def _preset(preset: str) -> Pipeline:
    return compile_pipeline(PRESETS[preset], Surroundings())


def whole_document(stored: LogPipeline) -> dict[str, Any]:
    """A pipeline in the API format; for a preset only its state is stored."""
    if stored.id in PRESETS:
        return {**PRESETS[stored.id], "is_enabled": bool(stored.document.get("is_enabled"))}
    return {**stored.document, "id": stored.id, "type": "pipeline", "is_read_only": False}


def _geo_database(path: str) -> GeoDatabase | None:
    if not path:
        return None
    try:
        return GeoDatabase.open(Path(path))
    except (OSError, GeoError) as error:
        log.error("HEELER_GEOIP_DATABASE: %s cannot be used: %s", path, error)
        return None
