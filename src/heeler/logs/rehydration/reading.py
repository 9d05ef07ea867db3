"""Reads the files of an archive into one historical view.

Progress is recorded by file: after a restart, reading goes on with the file in which it was interrupted. Its
logs that are stored already are known by their ids.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from heeler.logs.archives.rules import Archive
from heeler.logs.config import LogConfig
from heeler.logs.matcher import compile_search
from heeler.logs.model import HistoricalView, LogArchive
from heeler.logs.rehydration import states, storage
from heeler.logs.rehydration.files import archived_files, size_of
from heeler.logs.rehydration.lines import Batch, Found, batches
from heeler.logs.rehydration.rules import GIGABYTE, Asked, Progress, Scan
from heeler.store.engine import EngineError
from heeler.store.object_storage import Bucket, Object, ObjectStorageError, S3Access
from heeler.store.self_metrics import telemetry

if TYPE_CHECKING:
    from heeler.api.services import Services

log = logging.getLogger("heeler.logs")

T = TypeVar("T")

#: Seconds between records of the progress within a file, and between looks whether the view is still wanted
#: while it waits.
RECORD_SECONDS, LOOK_SECONDS = 1.0, 2.0
#: Pauses after failures of a file in a row, in seconds; after the last one the view has failed.
RETRY_SECONDS = (5.0, 15.0, 60.0, 120.0, 300.0)
#: For the view that is read, and for the lists of files that people wait for: these hold up no reading.
_READING = ThreadPoolExecutor(1, thread_name_prefix="rehydration")
_LISTING = ThreadPoolExecutor(1, thread_name_prefix="rehydration-list")


class Refused(Exception):
    """A view cannot be read, and it makes no sense to try again. The message is a sentence without its end,
    as those of the errors of stores are."""


class Stopped(Exception):
    """A view was canceled or deleted."""


class NoRoom(Exception):
    """The disk is full."""


_PASSING = (ObjectStorageError, EngineError, NoRoom)


async def in_thread(call: Callable[[], T], threads: ThreadPoolExecutor = _READING) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, call)


async def list_files(
    services: Services, archive: Archive, scan: Scan, threads: ThreadPoolExecutor = _LISTING
) -> list[Object]:
    """The files that a scan reads; the list ends where nobody waits for it any more. Raises
    ``ObjectStorageError``.
    """
    bucket, interval = _bucket(services, archive), services.settings.log_archive_interval
    given_up = threading.Event()
    try:
        return await in_thread(partial(archived_files, bucket, scan, interval, given_up.is_set), threads)
    finally:
        given_up.set()


def check_size(files: list[Object], limit_gb: int | None) -> None:
    """Raise :class:`Refused` for files of more bytes than an archive allows."""
    size = size_of(files).bytes
    if limit_gb is not None and size > limit_gb * GIGABYTE:
        raise Refused(
            f"The files of this time have {size / GIGABYTE:,.3g} GB, and a rehydration from this archive may "
            f"scan {limit_gb:,} GB: choose a shorter time period"
        )


async def read_view(services: Services, view: HistoricalView) -> None:
    """Read a view to its end, whatever that is; returns early where it is canceled or deleted."""
    if not await states.begin(services.database, view, _now(services)):
        return
    reading = Reading(services, view)
    state, error = states.ACTIVE, ""
    try:
        await reading.run()
    except Stopped:
        log.info("The historical view %s is not read any more", view.name)
        return
    except (*_PASSING, Refused) as failed:
        state, error = states.FAILED, f"{failed}."
        telemetry.count("heeler.logs.rehydration.failures")
        log.warning("The historical view %s cannot be read: %s", view.name, failed)
    except SQLAlchemyError:
        raise  # the view stays as it is recorded, and goes on from there
    except Exception as failed:
        state = states.FAILED
        error = f"Internal error ({type(failed).__name__}); the server's log has the details."
        telemetry.count("heeler.logs.rehydration.failures")
        log.exception("The historical view %s cannot be read", view.name)
    if await states.finish(services.database, view, state, reading.shown, _now(services), error):
        log.info("The historical view %s has %d logs", view.name, reading.shown.found)


class Reading:
    """A view that is being read. ``shown`` is the progress up to now."""

    def __init__(self, services: Services, view: HistoricalView) -> None:
        self._services, self._view = services, view
        self._asked = Asked.stored(view.document)
        self._done, self._checkpoint = states.progress_of(view), view.checkpoint
        self.shown = replace(self._done)
        self._recorded = 0.0

    async def run(self) -> None:
        """Raises :class:`Stopped`, :class:`Refused`, and errors that did not pass."""
        archive, tags, files = await self._retried(self._files)
        bucket = _bucket(self._services, archive)
        self._done.total_files, self._done.total_bytes = size_of(files)
        test = compile_search(self._asked.query)
        name, scan = self._view.name, self._asked.scan
        for file in files:
            if file.key <= self._checkpoint:
                continue
            await self._retried(
                partial(
                    self._read_file, archive, file, partial(batches, bucket, file, scan, test, name, tags)
                )
            )
            if self._done.limited:
                break

    async def _files(self) -> tuple[Archive, list[str], list[Object]]:
        archives = (await self._services.part(LogConfig).current()).archives
        archive = next((one for one in archives if one.id == self._asked.archive), None)
        async with self._services.database.session() as db:
            stored = await db.get(LogArchive, self._asked.archive)
        if archive is None or stored is None:
            raise Refused("The archive was deleted")
        files = await list_files(self._services, archive, self._asked.scan, _READING)
        check_size(files, stored.document.get("rehydration_max_scan_size_in_gb"))
        return archive, stored.document["rehydration_tags"], files

    async def _read_file(self, archive: Archive, file: Object, read: Callable[[], Iterator[Batch]]) -> None:
        engine, tags = self._services.engine, (f"archive:{archive.name}",)
        now = self.shown = replace(self._done)
        now.found = await storage.count_logs(engine, self._view.name)
        known = now.found - self._done.found  # of an earlier attempt at this file
        found, number = read(), 0
        while (batch := await in_thread(partial(next, found, None))) is not None:
            now.bytes += batch.bytes
            now.logs += batch.lines
            now.damaged_lines += batch.damaged
            fresh = await storage.without_duplicates(engine, self._view.name, batch.logs)
            duplicates = len(batch.logs) - len(fresh)
            now.duplicates += max(0, duplicates - known)
            known = max(0, known - duplicates)
            fresh = fresh[: max(0, self._asked.limit - now.found)]
            await self._insert(fresh, f"{file.key}:{number}")
            now.found += len(fresh)
            now.limited = now.found >= self._asked.limit
            number += 1
            if batch.damage:
                now.damaged_files += 1
                log.warning("The file %s of the archive %s: %s", file.key, archive.name, batch.damage)
            if now.limited:
                break
            await self._record()
        now.bytes = self._done.bytes + file.size
        now.files += 1
        self._tell(now, tags)
        self._done, self._checkpoint = replace(now), file.key
        await self._record(at_once=True)

    def _tell(self, now: Progress, tags: tuple[str, ...]) -> None:
        """Count what a file had."""
        done = self._done
        telemetry.count("heeler.logs.rehydration.files", tags=tags)
        telemetry.count("heeler.logs.rehydration.bytes", now.bytes - done.bytes, tags)
        telemetry.count("heeler.logs.rehydration.logs", now.found - done.found, tags)
        telemetry.count("heeler.logs.rehydration.damaged_files", now.damaged_files - done.damaged_files, tags)
        telemetry.count("heeler.logs.rehydration.damaged_lines", now.damaged_lines - done.damaged_lines, tags)

    async def _insert(self, logs: Sequence[Found], place: str) -> None:
        """Store logs. ``place`` is the same when the same logs are stored again, whose first attempt may have
        succeeded."""
        if not logs:
            return
        if not self._services.disk.has_room():
            raise NoRoom(self._services.disk.status().message.removesuffix("."))
        rows = await in_thread(partial(storage.rows_of, logs))
        known = f"{self._view.name}:{self._view.created.timestamp()}:{place}".encode()
        token = hashlib.blake2b(known, digest_size=16).hexdigest()
        await self._services.engine.insert(storage.TABLE, rows, token)

    async def _record(self, error: str = "", *, at_once: bool = False) -> None:
        """Record the progress. Raises :class:`Stopped` where the view is not running any more."""
        now = asyncio.get_running_loop().time()
        if not (at_once or error or now - self._recorded >= RECORD_SECONDS):
            return
        self._recorded = now
        database, progress = self._services.database, (self._done, self.shown)
        if not await states.record(database, self._view, progress, self._checkpoint, error):
            raise Stopped

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        """``call``, again after failures that pass. Raises what the last attempt does."""
        for pause in RETRY_SECONDS:
            try:
                return await call()
            except _PASSING as error:
                telemetry.count("heeler.logs.rehydration.retries")
                log.warning("The historical view %s waits %g s: %s", self._view.name, pause, error)
                await self._record(f"{error}. It is tried again after {pause:g} seconds.")
                await self._pause(pause)
        return await call()

    async def _pause(self, seconds: float) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while (left := until - clock()) > 0:
            await asyncio.sleep(min(left, LOOK_SECONDS))
            if not await states.is_running(self._services.database, self._view):
                raise Stopped


def _bucket(services: Services, archive: Archive) -> Bucket:
    return Bucket(S3Access.of(services.settings), archive.bucket, archive.path, archive.encryption)


def _now(services: Services) -> datetime:
    return datetime.fromtimestamp(services.now(), UTC)
