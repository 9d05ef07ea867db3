"""Endpoints of log archives: ``/api/v2/logs/config/archives`` and ``archive-order``."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.roles import described_role, known_roles
from heeler.api.auth import services_of, user_guard, writer_guard
from heeler.api.errors import ApiError, bad_request
from heeler.logs.archives.rules import compile_archive, stored_document
from heeler.logs.model import LogArchive
from heeler.logs.pipelines.document import DocumentError
from heeler.restrictions.log_queries import refuse_counting
from heeler.store.object_storage import ObjectStorageError, S3Access

AnyRequest = Request[Any, Any, Any]
Object = dict[str, Any]
MAX_ARCHIVES, MAX_READERS = 100, 100
_ROOT = "/api/v2/logs/config"
_ARCHIVES, _ORDER = f"{_ROOT}/archives", f"{_ROOT}/archive-order"
_ARCHIVE = f"{_ARCHIVES}/{{archive_id:str}}"


@get(_ARCHIVES, guards=[user_guard])
async def list_archives(request: AnyRequest) -> Object:
    async with services_of(request).database.session() as db:
        return {"data": [_shown(one) for one in await _all(db)]}


@post(_ARCHIVES, guards=[writer_guard], status_code=200)
async def create_archive(request: AnyRequest) -> Object:
    document = _attributes(request, await request.json())
    refuse_counting("an archive copies logs")
    async with services_of(request).database.session() as db:
        stored = await _all(db)
        if len(stored) >= MAX_ARCHIVES:
            raise bad_request(f"There are {len(stored)} archives: at most {MAX_ARCHIVES}.")
        made = LogArchive(
            id=secrets.token_urlsafe(16),
            position=max((one.position for one in stored), default=0) + 1,
            document=document,
            readers=[],
            state="UNKNOWN",
            error="",
        )
        db.add(made)
        return {"data": _shown(made)}


@get(_ARCHIVE, guards=[user_guard])
async def get_archive(request: AnyRequest, archive_id: str) -> Object:
    async with services_of(request).database.session() as db:
        return {"data": _shown(await _found(db, archive_id))}


@put(_ARCHIVE, guards=[writer_guard])
async def update_archive(request: AnyRequest, archive_id: str) -> Object:
    """Replace an archive. Logs that wait go to the new destination."""
    document = _attributes(request, await request.json())
    refuse_counting("an archive copies logs")
    async with services_of(request).database.session() as db:
        stored = await _found(db, archive_id)
        if stored.document["destination"] != document["destination"]:
            stored.state, stored.error = "UNKNOWN", ""
        stored.document = document
        return {"data": _shown(stored)}


@delete(_ARCHIVE, guards=[writer_guard])
async def delete_archive(request: AnyRequest, archive_id: str) -> None:
    """Delete an archive, and the logs that wait for it. Its files stay in the bucket."""
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, archive_id))


@get(_ORDER, guards=[user_guard])
async def get_archive_order(request: AnyRequest) -> Object:
    async with services_of(request).database.session() as db:
        return _order([one.id for one in await _all(db)])


@put(_ORDER, guards=[writer_guard])
async def update_archive_order(request: AnyRequest) -> Object:
    data = _data(await request.json(), "archive_order")
    attributes = data.get("attributes")
    names = attributes.get("archive_ids") if isinstance(attributes, dict) else None
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise bad_request("'data.attributes.archive_ids' must be a list of texts.")
    async with services_of(request).database.session() as db:
        stored = {one.id: one for one in await _all(db)}
        if len(names) != len(stored) or set(names) != set(stored):
            raise ApiError(422, f"The order must name each of the {len(stored)} archives once.")
        for place, name in enumerate(names):
            stored[name].position = place
    return _order(names)


@get(f"{_ARCHIVE}/readers", guards=[user_guard])
async def list_archive_readers(request: AnyRequest, archive_id: str) -> Object:
    async with services_of(request).database.session() as db:
        readers, roles = (await _found(db, archive_id)).readers, await known_roles(db)
        return {"data": [described_role(roles[one]) for one in readers if one in roles]}


@post(f"{_ARCHIVE}/readers", guards=[writer_guard], status_code=204)
async def add_archive_reader(request: AnyRequest, archive_id: str) -> None:
    role = _role(await request.json())
    async with services_of(request).database.session() as db:
        stored, roles = await _found(db, archive_id), await known_roles(db)
        if role not in roles:
            raise ApiError(404, f"No role has the id {role[:60]}.")
        kept = [one for one in stored.readers if one != role and one in roles]
        if len(kept) >= MAX_READERS:
            raise bad_request(f"At most {MAX_READERS} roles can read an archive.")
        stored.readers = [*kept, role]


@delete(f"{_ARCHIVE}/readers", guards=[writer_guard])
async def remove_archive_reader(request: AnyRequest, archive_id: str) -> None:
    role = _role(await request.json())
    async with services_of(request).database.session() as db:
        stored = await _found(db, archive_id)
        stored.readers = [one for one in stored.readers if one != role]


def _attributes(request: AnyRequest, body: Any) -> Object:
    """The document to store. Raises ``ApiError`` 400."""
    attributes = _data(body, "archives").get("attributes")
    if not isinstance(attributes, dict):
        raise bad_request("'data.attributes' must be an object.")
    try:
        compile_archive("", attributes)
        S3Access.of(services_of(request).settings)
    except (DocumentError, ObjectStorageError) as error:
        raise bad_request(str(error)) from error
    return stored_document(attributes)


def _data(body: Any, kind: str) -> Object:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or data.get("type") != kind:
        raise bad_request(f"The body must have 'data' of the type {kind}.")
    return data


def _role(body: Any) -> str:
    role = _data(body, "roles").get("id")
    if not isinstance(role, str):
        raise bad_request("Invalid body. Expected {'data': {'type': 'roles', 'id': ...}}.")
    return role


def _order(names: list[str]) -> Object:
    return {"data": {"type": "archive_order", "attributes": {"archive_ids": names}}}


async def _all(db: AsyncSession) -> Sequence[LogArchive]:
    return list(await db.scalars(select(LogArchive).order_by(LogArchive.position, LogArchive.id)))


async def _found(db: AsyncSession, archive_id: str) -> LogArchive:
    stored = await db.get(LogArchive, archive_id)
    if stored is None:
        raise ApiError(404, f"No archive has the id {archive_id[:60]}.")
    return stored


def _shown(stored: LogArchive) -> Object:
    return {"type": "archives", "id": stored.id, "attributes": {**stored.document, "state": stored.state}}


@get("/api/ui/logs/archives", guards=[user_guard])
async def list_archive_states(request: AnyRequest) -> Object:
    """The archives in their order with what the page shows beside the API's attributes: the last file and
    error."""
    settings = services_of(request).settings
    async with services_of(request).database.session() as db:
        rows = [
            {
                **_shown(one),
                "written": None if one.written is None else one.written.isoformat(),
                "error": one.error,
            }
            for one in await _all(db)
        ]
    configured = bool(settings.s3_access_key_id)
    return {"archives": rows, "configured": configured, "interval": settings.log_archive_interval}


handlers: list[ControllerRouterHandler] = [
    list_archives, create_archive, get_archive, update_archive, delete_archive, get_archive_order,
    update_archive_order, list_archive_readers, add_archive_reader, remove_archive_reader,
    list_archive_states,
]  # fmt: skip
