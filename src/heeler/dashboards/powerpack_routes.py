"""Endpoints of powerpacks: reusable groups of widgets that dashboards include by id."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User
from heeler.api.auth import principal_of, services_of, user_guard, writer_guard
from heeler.api.errors import ApiError
from heeler.api.numbers import whole_parameter
from heeler.dashboards.model import Powerpack
from heeler.dashboards.shared_rights import check_may_change_powerpack
from heeler.dashboards.validate import widget_problems

Object = dict[str, Any]
_PATH = "/api/v2/powerpacks"
MAX_TAGS = 8
MAX_PAGE = 1000


class PowerpackData(msgspec.Struct):
    attributes: dict[str, Any]
    type: str = "powerpack"
    id: str = ""


class PowerpackRequest(msgspec.Struct):
    data: PowerpackData

    def __post_init__(self) -> None:
        if self.data.type != "powerpack":
            raise ValueError(f"Invalid type: {self.data.type[:50]!r}. Expected powerpack")


def problems(attributes: Mapping[str, Any]) -> list[str]:
    """All validation errors of a powerpack's attributes; empty if valid."""
    return list(_problems(attributes))


def _problems(attributes: Mapping[str, Any]) -> Iterator[str]:
    name, group = attributes.get("name"), attributes.get("group_widget")
    if not isinstance(name, str) or not name:
        yield "API input validation failed: {'name': ['Missing data for required field.']}"
    if group is None:
        yield "API input validation failed: {'group_widget': ['Missing data for required field.']}"
        return
    definition = group.get("definition") if isinstance(group, dict) else None
    if not isinstance(definition, dict):
        yield "Invalid group widget for powerpack. Error: 'definition' is a required property"
        return
    if definition.get("type") != "group":
        yield f"Invalid group widget for powerpack. Error: {definition.get('type')!r} is not one of ['group']"
        return
    yield from widget_problems({"definition": definition}, "group_widget")
    tags = attributes.get("tags")
    if tags is not None and (not isinstance(tags, list) or len(tags) > MAX_TAGS):
        yield f"Invalid 'tags'. Expected a list of at most {MAX_TAGS} strings"


async def _author(db: AsyncSession, pack: Powerpack) -> User | None:
    return None if pack.author_id is None else await db.get(User, pack.author_id)


def _shown(pack: Powerpack, author: User | None) -> Object:
    relationships = {"author": {"data": {"id": author.uuid, "type": "users"}}} if author else {}
    return {
        "id": pack.id,
        "type": "powerpack",
        "attributes": {"description": None, "tags": [], "template_variables": [], **pack.body},
        **({"relationships": relationships} if relationships else {}),
    }


def _included(authors: list[User | None]) -> list[Object]:
    known = {author.uuid: author for author in authors if author is not None}
    return [
        {
            "id": author.uuid,
            "type": "users",
            "attributes": {"name": author.name, "handle": author.email, "email": author.email},
        }
        for author in known.values()
    ]


async def _found(db: AsyncSession, powerpack_id: str) -> Powerpack:
    try:
        uuid.UUID(powerpack_id)
    except ValueError:
        raise ApiError(404, f"Powerpack has invalid UUID {powerpack_id} not found") from None
    found = await db.get(Powerpack, powerpack_id)
    if found is None:
        raise ApiError(404, f"Powerpack with ID {powerpack_id} not found")
    return found


@post(_PATH, status_code=200, guards=[writer_guard])
async def create_powerpack(request: Request[Any, Any, Any], data: PowerpackRequest) -> Object:
    services, principal, now = services_of(request), principal_of(request), datetime.now(UTC)
    if found := problems(data.data.attributes):
        raise ApiError(400, *found)
    async with services.database.session() as db:
        made = Powerpack(
            id=str(uuid.UUID(int=services.rng.getrandbits(128), version=4)),
            name=data.data.attributes["name"],
            body=data.data.attributes,
            author_id=principal.user_id,
            author_handle=principal.email,
            author_name=principal.name or None,
            created=now,
            modified=now,
        )
        db.add(made)
        await db.flush()
        author = await _author(db, made)
        return {"data": _shown(made, author), "included": _included([author])}


@get(_PATH, guards=[user_guard])
async def list_powerpacks(request: Request[Any, Any, Any]) -> Object:
    given = request.query_params
    limit = _whole("page[limit]", given.get("page[limit]"), 25, MAX_PAGE)
    offset = _whole("page[offset]", given.get("page[offset]"), 0, 2**31)
    async with services_of(request).database.session() as db:
        total = await db.scalar(select(func.count()).select_from(Powerpack)) or 0
        query = select(Powerpack).order_by(Powerpack.name, Powerpack.id).offset(offset).limit(limit)
        packs = (await db.scalars(query)).all()
        authors = [await _author(db, pack) for pack in packs]
    pages = {
        "first_offset": 0,
        "last_offset": max(0, (total - 1) // max(1, limit) * limit),
        "limit": limit,
        "next_offset": offset + limit,
        "offset": offset,
        "prev_offset": max(0, offset - limit),
        "total": total,
        "type": "offset_limit",
    }
    shown = [_shown(pack, author) for pack, author in zip(packs, authors, strict=True)]
    return {"data": shown, "included": _included(authors), "meta": {"pagination": pages}}


def _whole(name: str, text: str | None, default: int, most: int) -> int:
    return whole_parameter(f"'{name}'", text, default, most)


@get(f"{_PATH}/{{powerpack_id:str}}", guards=[user_guard])
async def get_powerpack(request: Request[Any, Any, Any], powerpack_id: str) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, powerpack_id)
        author = await _author(db, found)
        return {"data": _shown(found, author), "included": _included([author])}


@patch(f"{_PATH}/{{powerpack_id:str}}", guards=[writer_guard])
async def update_powerpack(
    request: Request[Any, Any, Any], powerpack_id: str, data: PowerpackRequest
) -> Object:
    async with services_of(request).database.session() as db:
        found = await _found(db, powerpack_id)
        if wrong := problems(data.data.attributes):
            raise ApiError(400, *wrong)
        await check_may_change_powerpack(db, principal_of(request), found.id)
        found.body, found.name = data.data.attributes, data.data.attributes["name"]
        found.modified = datetime.now(UTC)
        author = await _author(db, found)
        return {"data": _shown(found, author), "included": _included([author])}


@delete(f"{_PATH}/{{powerpack_id:str}}", status_code=204, guards=[writer_guard])
async def delete_powerpack(request: Request[Any, Any, Any], powerpack_id: str) -> None:
    async with services_of(request).database.session() as db:
        await db.delete(await _found(db, powerpack_id))


handlers: list[ControllerRouterHandler] = [
    create_powerpack, list_powerpacks, get_powerpack, update_powerpack, delete_powerpack,
]  # fmt: skip
