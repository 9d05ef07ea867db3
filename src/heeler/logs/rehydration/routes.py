"""Endpoints of the page Rehydrate from Archives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from litestar import Request, delete, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.logs.archives.rules import compile_archive
from heeler.logs.model import HistoricalView, LogArchive, LogIndex
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.rehydration import states
from heeler.logs.rehydration.files import size_of
from heeler.logs.rehydration.reading import Refused, check_size, list_files
from heeler.logs.rehydration.rules import Asked, Progress, Scan
from heeler.logs.rehydration.runner import Rehydration
from heeler.query.search.times import iso
from heeler.restrictions.log_queries import refuse_counting
from heeler.store.object_storage import Object, ObjectStorageError

T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
Document = dict[str, Any]
#: Views at a time; each is a partition of a table.
MAX_VIEWS = 50
#: Seconds for the list of files of a request; a task takes as long as the store does.
LIST_SECONDS = 30.0
_VIEWS = "/api/ui/logs/historical-views"
_VIEW = f"{_VIEWS}/{{name:str}}"


@get(_VIEWS, guards=[user_guard])
async def list_views(request: AnyRequest) -> Document:
    """The historical views, newest first, and the archives that the caller may rehydrate from."""
    services = services_of(request)
    async with services.database.session() as db:
        newest = HistoricalView.created.desc(), HistoricalView.name
        views = list(await db.scalars(select(HistoricalView).order_by(*newest)))
        archives = list(await db.scalars(select(LogArchive).order_by(LogArchive.position, LogArchive.id)))
    names = {one.id: one.document["name"] for one in archives}
    now = datetime.fromtimestamp(services.now(), UTC)
    return {
        "views": [_shown(one, names.get(one.archive)) for one in views if not _is_gone(one, now)],
        "archives": [
            {
                "id": one.id,
                "name": one.document["name"],
                "include_tags": one.document["include_tags"],
                "max_scan_gb": one.document.get("rehydration_max_scan_size_in_gb"),
            }
            for one in archives
            if _may_read(request, one)
        ],
        "configured": bool(services.settings.s3_access_key_id),
    }


@post(_VIEWS, guards=[writer_guard], status_code=200)
async def create_view(request: AnyRequest) -> Document:
    """Start a rehydration. The archive must answer, and its files must be within its limit."""
    services = services_of(request)
    body = await _body(request)
    refuse_counting("the progress of a rehydration counts")
    asked = _parsed(Asked.of, body, services.now())
    async with services.database.session() as db:
        await _check_name(db, asked.name)
        archive = await _archive(request, db, asked.archive)
    asked = replace(asked, tagged=bool(archive.document["include_tags"]))
    files = await _files(request, archive, asked.scan)
    progress = Progress(total_files=len(files), total_bytes=size_of(files).bytes)
    async with services.database.session() as db:
        await _check_name(db, asked.name)
        made = HistoricalView(
            name=asked.name,
            archive=asked.archive,
            document=asked.document(),
            state=states.PENDING,
            error="",
            checkpoint="",
            progress=states.documents(progress, progress),
            owner=principal_of(request).email,
            created=datetime.fromtimestamp(services.now(), UTC),
        )
        db.add(made)
        shown = _shown(made, archive.document["name"])
    services.part(Rehydration).wake()
    return shown


@post(f"{_VIEWS}/estimate", guards=[writer_guard], status_code=200)
async def estimate_scan(request: AnyRequest) -> Document:
    """Number and compressed bytes of the files that a rehydration of ``archive`` reads, ``from``, ``to``."""
    services = services_of(request)
    body = await _body(request)
    refuse_counting("the size of a scan counts")
    scan = _parsed(Scan.of, body, services.now())
    async with services.database.session() as db:
        archive = await _archive(request, db, body.get("archive"))
    files = await _files(request, archive, scan, checked=False)
    size = size_of(files)
    return {
        "files": size.files,
        "bytes": size.bytes,
        "max_scan_gb": archive.document.get("rehydration_max_scan_size_in_gb"),
    }


@post(f"{_VIEW}/cancel", guards=[writer_guard], status_code=200)
async def cancel_view(request: AnyRequest, name: str) -> Document:
    """Read no more. The logs that were found are kept for as long as was asked for."""
    services = services_of(request)
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        view = await _found(db, name, now)
        if view.state not in states.UNFINISHED:
            raise ApiError(409, f"The historical view {name} is {view.state}: nothing is read any more.")
        ended = {"state": states.CANCELED, "ended": now, "expires": states.expiry(view, now)}
        await _change(db, view, states.UNFINISHED, ended)
        shown = _shown(view, await _archive_name(db, view))
    services.part(Rehydration).wake()
    return shown


@post(f"{_VIEW}/resume", guards=[writer_guard], status_code=200)
async def resume_view(request: AnyRequest, name: str) -> Document:
    """Go on with a view that failed or was canceled, after the last file that was read."""
    services = services_of(request)
    refuse_counting("the progress of a rehydration counts")
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        view = await _found(db, name, now)
        await _archive(request, db, view.archive)
        if view.state not in states.RESUMABLE:
            raise ApiError(409, f"The historical view {name} is {view.state}: there is nothing to resume.")
        again = {"state": states.PENDING, "error": "", "ended": None, "expires": None}
        await _change(db, view, states.RESUMABLE, again)
        shown = _shown(view, await _archive_name(db, view))
    services.part(Rehydration).wake()
    return shown


@delete(_VIEW, guards=[writer_guard])
async def delete_view(request: AnyRequest, name: str) -> None:
    """Delete a view with its logs: they are not found any more from now on, and removed within seconds."""
    services = services_of(request)
    async with services.database.session() as db:
        view = await _found(db, name, datetime.fromtimestamp(services.now(), UTC))
        view.state = states.DELETING
    services.part(Rehydration).wake()


async def _body(request: AnyRequest) -> Document:
    body = await request.json()
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


def _parsed(parse: Callable[[Document, float], T], body: Document, now: float) -> T:
    """What ``parse`` makes of the body. Raises a 400."""
    try:
        return parse(body, now)
    except DocumentError as error:
        raise bad_request(str(error)) from error


async def _check_name(db: AsyncSession, name: str) -> None:
    """Names are those of indexes too: both are searched by them. Raises ``ApiError``."""
    if await db.get(HistoricalView, name) is not None:
        raise ApiError(409, f"There is a historical view {name}, or its logs are being deleted.")
    if await db.get(LogIndex, name) is not None:
        raise ApiError(409, f"There is or was an index {name}: a historical view needs a name of its own.")
    count = await db.scalar(select(func.count()).select_from(HistoricalView)) or 0
    if count >= MAX_VIEWS:
        raise ApiError(422, f"There are {count} historical views: at most {MAX_VIEWS}. Delete one of them.")


async def _archive(request: AnyRequest, db: AsyncSession, identity: Any) -> LogArchive:
    stored = await db.get(LogArchive, identity) if isinstance(identity, str) else None
    if stored is None:
        raise bad_request(f"No archive has the id {str(identity)[:60]}.")
    if not _may_read(request, stored):
        raise ApiError(403, f"Only some roles may read the archive {stored.document['name']}: none of yours.")
    return stored


def _may_read(request: AnyRequest, archive: LogArchive) -> bool:
    """Whether the caller has one of the roles that read an archive; where none is named, all do."""
    return not archive.readers or not set(archive.readers).isdisjoint(principal_of(request).role_ids)


async def _files(
    request: AnyRequest, archive: LogArchive, scan: Scan, *, checked: bool = True
) -> list[Object]:
    """The files of a scan, within the limit of the archive where it is ``checked``."""
    services = services_of(request)
    try:
        async with asyncio.timeout(LIST_SECONDS):
            files = await list_files(services, compile_archive(archive.id, archive.document), scan)
        if checked:
            check_size(files, archive.document.get("rehydration_max_scan_size_in_gb"))
    except TimeoutError:
        raise ApiError(
            504, f"The files were not listed within {LIST_SECONDS:g} seconds: try again, or a shorter time."
        ) from None
    except (ObjectStorageError, Refused) as error:
        raise bad_request(f"{error}.") from error
    return files


async def _found(db: AsyncSession, name: str, now: datetime) -> HistoricalView:
    stored = await db.get(HistoricalView, name)
    if stored is None or _is_gone(stored, now):
        raise ApiError(404, f"No historical view has the name {name[:100]}.")
    return stored


def _is_gone(view: HistoricalView, now: datetime) -> bool:
    return not states.is_readable(view, now)


async def _change(db: AsyncSession, view: HistoricalView, known: Sequence[str], values: Document) -> None:
    """Change a view that is still in one of the states ``known``. Raises ``ApiError`` 409."""
    if not await states.change_in(db, view, known, values):
        raise ApiError(409, f"The historical view {view.name} has changed meanwhile: look, and try again.")
    await db.refresh(view)


async def _archive_name(db: AsyncSession, view: HistoricalView) -> str | None:
    stored = await db.get(LogArchive, view.archive)
    return None if stored is None else str(stored.document["name"])


def _shown(view: HistoricalView, archive: str | None) -> Document:
    """``archive`` is its name; None if it was deleted. Times are ISO 8601."""
    asked = Asked.stored(view.document)
    return {
        "name": view.name,
        "archive": {"id": view.archive, "name": archive},
        "query": asked.query,
        "from": iso(asked.scan.start),
        "to": iso(asked.scan.end),
        "late_hours": asked.scan.late_hours,
        "limit": asked.limit,
        "retention_days": asked.retention_days,
        "state": view.state,
        "error": view.error,
        "progress": states.progress_of(view, shown=True).document(),
        "owner": view.owner,
        **{
            name: None if at is None else at.isoformat()
            for name, at in (
                ("created", view.created),
                ("started", view.started),
                ("ended", view.ended),
                ("expires", view.expires),
            )
        },
    }


handlers: list[ControllerRouterHandler] = [
    list_views, create_view, estimate_scan, cancel_view, resume_view, delete_view,
]  # fmt: skip
