"""Writes closed files of the spool to their buckets, and records the state of each archive."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import zstandard
from isal import igzip
from sqlalchemy.exc import SQLAlchemyError

from heeler.logs.archives.recent_requests import RecentRequests
from heeler.logs.archives.rules import Archive
from heeler.logs.archives.spool import Spool, Spooled
from heeler.logs.config import LogConfig
from heeler.logs.model import LogArchive
from heeler.store.object_storage import Bucket, ObjectStorageError, S3Access
from heeler.store.self_metrics import telemetry
from heeler.store.writer import REMEMBER_SECONDS

if TYPE_CHECKING:
    from heeler.api.services import Services

log = logging.getLogger("heeler.logs")

Request = tuple[bytes, frozenset[str]]
"""Digest of a request with logs, and the archives of these."""

LOOK_SECONDS = 1.0
#: Files of an archive that was not written to since the start, or goes elsewhere since, are closed sooner, so
#: that its state is known.
UNPROVEN_SECONDS = 5.0
#: Pauses after failures, in seconds; the last one repeats.
RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
#: Files that are written at a time. A store that hangs for minutes holds up no other work of the server.
MAX_WRITING = 4
_UPLOADS = ThreadPoolExecutor(MAX_WRITING, thread_name_prefix="archive-upload")
_GZIP_LEVEL, _ZSTD_LEVEL = 2, 3
_CONTENT_TYPES = {".json.gz": "application/gzip", ".json.zst": "application/zstd"}
_MAX_ERROR = 1000


class LogArchives:
    """The archives of one server, as ``services.part(LogArchives)``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        settings = services.settings
        self.spool = Spool(settings.data_dir / "archives", settings.log_archive_buffer, now=services.now)
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._errors: dict[str, str] = {}
        self._tried: dict[str, tuple[object, ...]] = {}
        self._writing: set[str] = set()
        self._told: set[str] = set()
        self._putting: dict[Request, asyncio.Future[None]] = {}
        self._kept, self._expected = RecentRequests(REMEMBER_SECONDS), RecentRequests(REMEMBER_SECONDS)

    async def keep(self, lines: Mapping[str, bytes], digest: bytes, *, repeatable: bool) -> None:
        """Have the lines of a request on disk, by archive, before it is stored.

        A request that was kept within ten minutes for the same archives is not kept again; one that is on
        its way is waited for, and shares its outcome. With ``repeatable`` the same body may come twice and
        mean two things, so that it is kept again unless it was refused after it was kept
        (:meth:`expect_again`).

        Raises what :meth:`~heeler.logs.archives.spool.Spool.put` does.
        """
        if not lines:
            return
        request = digest, frozenset(lines)
        if repeatable:
            if not self._expected.take(request):
                await asyncio.shield(asyncio.wrap_future(self.spool.put(lines)))
            return
        if request in self._kept:
            return
        done = self._putting.get(request)
        if done is None:
            done = self._putting[request] = asyncio.wrap_future(self.spool.put(lines))
            done.add_done_callback(lambda result: self._settle(request, result))
        await asyncio.shield(done)

    def expect_again(self, lines: Mapping[str, bytes], digest: bytes) -> None:
        """A ``repeatable`` request was kept, and refused for another reason: when it is sent again, its lines
        are there."""
        self._expected.add((digest, frozenset(lines)))

    def _settle(self, request: Request, done: asyncio.Future[None]) -> None:
        del self._putting[request]
        if not done.cancelled() and done.exception() is None:
            self._kept.add(request)

    async def run(self) -> None:
        """Write files until canceled; those that are not written stay on disk."""
        clock = asyncio.get_running_loop().time
        telemetry.gauge("heeler.logs.archive.waiting_bytes", lambda: float(self.spool.size))
        async with asyncio.TaskGroup() as tasks:
            while True:
                closed = await self._closed(await self._archives())
                archives = (
                    await self._archives()
                )  # after the logs: those of a new archive are not of a deleted one
                for identity, files in closed.items():
                    archive = archives.get(identity)
                    if identity in self._writing:
                        continue
                    if self._not_before.get(identity, 0.0) > clock() and not self._is_changed(archive):
                        continue
                    self._writing.add(identity)
                    tasks.create_task(self._write(archive, identity, files))
                await self._tell_dropped(archives)
                await asyncio.sleep(LOOK_SECONDS)

    def _is_changed(self, archive: Archive | None) -> bool:
        """Whether an archive was deleted, or goes elsewhere than where it failed."""
        return archive is None or self._tried.get(archive.id) != archive.destination

    async def _tell_dropped(self, archives: Mapping[str, Archive]) -> None:
        """Record once that logs of an archive had no room; whoever writes its files records how many."""
        for identity in self.spool.dropped().keys() - self._told:
            if identity in archives:
                await self._record(identity)
            else:
                self.spool.forget_dropped(identity)

    async def _archives(self) -> dict[str, Archive]:
        return {one.id: one for one in (await self._services.part(LogConfig).current()).archives}

    async def _closed(self, archives: dict[str, Archive]) -> dict[str, list[Spooled]]:
        """Closed files by archive; those of archives that were not tried where they go are closed soon."""
        untried = (one.id for one in archives.values() if self._tried.get(one.id) != one.destination)
        return await asyncio.wrap_future(
            self.spool.closed(
                self._services.settings.log_archive_interval,
                dict.fromkeys(untried, UNPROVEN_SECONDS),
            )
        )

    async def _write(self, archive: Archive | None, identity: str, files: list[Spooled]) -> None:
        try:
            for file in files:
                if archive is None:
                    log.warning("The archive of %s was deleted: its logs are removed", file.path)
                elif not await self._write_file(archive, file):
                    return
                await asyncio.wrap_future(self.spool.remove(file))
        except OSError:
            log.exception("Files of the log archive %s stay in the spool", identity)
            self._postpone(identity)
        finally:
            self._writing.discard(identity)

    async def _write_file(self, archive: Archive, file: Spooled) -> bool:
        tags = (f"archive:{archive.name}",)
        self._tried[archive.id] = archive.destination
        try:
            loop = asyncio.get_running_loop()
            logs, size = await loop.run_in_executor(_UPLOADS, self._upload, archive, file)
        except ObjectStorageError as error:
            telemetry.count("heeler.logs.archive.failures", tags=tags)
            self._postpone(archive.id)
            self._errors[archive.id] = f"{error}."
            log.warning("The log archive %s cannot be written: %s", archive.name, error)
            await self._record(archive.id)
            return False
        telemetry.count("heeler.logs.archive.files", tags=tags)
        telemetry.count("heeler.logs.archive.logs", logs, tags)
        telemetry.count("heeler.logs.archive.bytes", size, tags)
        self._failures.pop(archive.id, None)
        self._errors.pop(archive.id, None)
        self.spool.forget_dropped(archive.id, before=file.created)
        await self._record(archive.id, is_written=True)
        return True

    def _upload(self, archive: Archive, file: Spooled) -> tuple[int, int]:
        """Write a file to its bucket; numbers of logs and of bytes. Blocks."""
        access = S3Access.of(self._services.settings)
        bucket = Bucket(access, archive.bucket, archive.path, archive.encryption)
        part = file.path.with_name(f"{file.token}-{secrets.token_hex(4)}.part")
        try:
            logs = 0
            with _compressed(part, archive.suffix) as target:
                for piece in self.spool.lines(file):
                    logs += piece.count(b"\n")
                    target.write(piece)
            size = part.stat().st_size
            bucket.put_file(
                object_key(file, archive.suffix),
                part,
                content_type=_CONTENT_TYPES[archive.suffix],
                storage_class=archive.storage_class,
            )
            return logs, size
        finally:
            part.unlink(missing_ok=True)

    def _postpone(self, identity: str) -> None:
        failures = self._failures.get(identity, 0)
        self._failures[identity] = failures + 1
        pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
        self._not_before[identity] = asyncio.get_running_loop().time() + pause

    async def _record(self, identity: str, *, is_written: bool = False) -> None:
        """Record the state: it is failing while files cannot be written, and until a file is written that
        was begun after logs had no room."""
        dropped = self.spool.dropped().get(identity)
        reasons = [self._errors[identity]] if identity in self._errors else []
        if dropped is None:
            self._told.discard(identity)
        else:
            self._told.add(identity)
            reasons.append(f"{dropped.size:,} bytes of logs had no room to wait, and are not archived.")
        try:
            async with self._services.database.session() as db:
                stored = await db.get(LogArchive, identity)
                if stored is not None:
                    stored.state = "FAILING" if reasons else "WORKING"
                    stored.error = " ".join(reasons)[:_MAX_ERROR]
                    if is_written:
                        stored.written = datetime.fromtimestamp(self._services.now(), UTC)
        except SQLAlchemyError as failed:
            log.warning("The state of a log archive was not recorded: %s", failed)


@contextlib.contextmanager
def _compressed(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    if suffix == ".json.gz":
        with igzip.open(path, "wb", compresslevel=_GZIP_LEVEL) as file:
            yield file
    else:
        with zstandard.open(path, "wb", cctx=zstandard.ZstdCompressor(_ZSTD_LEVEL)) as file:
            yield file


def object_key(file: Spooled, suffix: str) -> str:
    """Where a file goes below the archive's path: by the time (UTC) at which it was begun."""
    begun = datetime.fromtimestamp(file.created / 1000, UTC)
    fraction = f"{file.created % 1000 * 10:04d}"
    return f"{begun:dt=%Y%m%d/hour=%H/archive_%H%M%S}.{fraction}.{file.token}{suffix}"


async def write_archives(services: Services) -> None:
    """Write the files of log archives until canceled."""
    await services.part(LogArchives).run()
