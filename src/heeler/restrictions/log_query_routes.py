"""Endpoints of restriction queries: which logs roles may read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import User, UserRole
from heeler.accounts.paging import page_of
from heeler.accounts.roles import KnownRole, known_roles
from heeler.api.auth import admin_guard, principal_of, services_of, user_guard
from heeler.api.documents import object_in
from heeler.api.errors import ApiError, bad_request
from heeler.restrictions.log_queries import checked_query
from heeler.restrictions.model import RestrictionQuery, RestrictionQueryRole

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]
_QUERIES = "/api/v2/logs/config/restriction_queries"
_QUERY = f"{_QUERIES}/{{query_id:str}}"
_TYPE = "logs_restriction_queries"
MAX_QUERIES = 500


async def _found(db: AsyncSession, query_id: str) -> RestrictionQuery:
    found = await db.get(RestrictionQuery, query_id) if len(query_id) <= 36 else None
    if found is None:
        raise ApiError(404, f"Restriction query {query_id[:60]} not found")
    return found


async def _roles(db: AsyncSession) -> dict[str, list[str]]:
    """Role ids of each query, without roles that were deleted."""
    found: dict[str, list[str]] = {}
    known = await known_roles(db)
    for attached in await db.scalars(select(RestrictionQueryRole).order_by(RestrictionQueryRole.role_id)):
        if attached.role_id in known:
            found.setdefault(attached.query_id, []).append(attached.role_id)
    return found


async def _described(db: AsyncSession, queries: Iterable[RestrictionQuery]) -> list[Body]:
    """Serialize queries with the numbers of their roles and of the users of those."""
    attached = await _roles(db)
    members: dict[str, set[int]] = {}
    for user, role in await db.execute(
        select(UserRole.user_id, UserRole.role_id)
        .join(User, User.id == UserRole.user_id)
        .where(User.disabled.is_(False))
    ):
        members.setdefault(role, set()).add(user)
    described = []
    for one in queries:
        roles = attached.get(one.id, [])
        described.append(
            {
                "id": one.id,
                "type": _TYPE,
                "attributes": {
                    "restriction_query": one.query,
                    "created_at": one.created.isoformat(),
                    "modified_at": one.modified.isoformat(),
                    "last_modifier_email": one.modifier_email,
                    "last_modifier_name": one.modifier_name,
                    "role_count": len(roles),
                    "user_count": len(set().union(*(members.get(role, set()) for role in roles))),
                },
            }
        )
    return described


def _role(role: KnownRole) -> Body:
    return {"id": role.id, "type": "roles", "attributes": {"name": role.name}}


async def _roles_of(db: AsyncSession, query_id: str) -> list[Body]:
    known = await known_roles(db)
    return [_role(known[one]) for one in (await _roles(db)).get(query_id, [])]


def _query_in(data: Body) -> str:
    given = object_in(data, "data")
    if given.get("type", _TYPE) != _TYPE:
        raise bad_request(f"Invalid type: {str(given['type'])[:60]!r}. Expected {_TYPE!r}")
    return checked_query(object_in(given, "attributes").get("restriction_query"))


@get(_QUERIES, guards=[user_guard])
async def list_restriction_queries(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        found = (await db.scalars(select(RestrictionQuery).order_by(RestrictionQuery.created))).all()
        return {"data": await _described(db, page_of(found, request.query_params, 10))}


@post(_QUERIES, guards=[admin_guard], status_code=200)
async def create_restriction_query(request: AnyRequest, data: Body) -> Body:
    now, caller = datetime.now(UTC), principal_of(request)
    made = RestrictionQuery(
        query=_query_in(data), created=now, modified=now,
        modifier_email=caller.email, modifier_name=caller.name,
    )  # fmt: skip
    async with services_of(request).database.session() as db:
        if len((await db.scalars(select(RestrictionQuery.id))).all()) >= MAX_QUERIES:
            raise bad_request(f"There are {MAX_QUERIES} restriction queries, which is the maximum.")
        db.add(made)
        await db.flush()
        return {"data": (await _described(db, [made]))[0]}


@get(_QUERY, guards=[user_guard])
async def get_restriction_query(request: AnyRequest, query_id: str) -> Body:
    """A restriction query with its roles."""
    async with services_of(request).database.session() as db:
        found = await _found(db, query_id)
        roles = await _roles_of(db, query_id)
        described = (await _described(db, [found]))[0]
    links = [{"id": role["id"], "type": "roles"} for role in roles]
    return {"data": {**described, "relationships": {"roles": {"data": links}}}, "included": roles}


async def _update(request: AnyRequest, query_id: str, data: Body) -> Body:
    text, caller = _query_in(data), principal_of(request)
    async with services_of(request).database.session() as db:
        found = await _found(db, query_id)
        found.query, found.modified = text, datetime.now(UTC)
        found.modifier_email, found.modifier_name = caller.email, caller.name
        await db.flush()
        return {"data": (await _described(db, [found]))[0]}


@put(_QUERY, guards=[admin_guard])
async def replace_restriction_query(request: AnyRequest, query_id: str, data: Body) -> Body:
    return await _update(request, query_id, data)


@patch(_QUERY, guards=[admin_guard])
async def update_restriction_query(request: AnyRequest, query_id: str, data: Body) -> Body:
    return await _update(request, query_id, data)


@delete(_QUERY, guards=[admin_guard])
async def delete_restriction_query(request: AnyRequest, query_id: str) -> None:
    """Delete a query: its roles read all logs again."""
    async with services_of(request).database.session() as db:
        found = await _found(db, query_id)
        for attached in await db.scalars(
            select(RestrictionQueryRole).where(RestrictionQueryRole.query_id == query_id)
        ):
            await db.delete(attached)
        await db.delete(found)


@get(f"{_QUERY}/roles", guards=[user_guard])
async def list_restriction_query_roles(request: AnyRequest, query_id: str) -> Body:
    async with services_of(request).database.session() as db:
        await _found(db, query_id)
        return {"data": page_of(await _roles_of(db, query_id), request.query_params, 10)}


async def _role_in(db: AsyncSession, data: Body) -> str:
    given = object_in(data, "data")
    identity = given.get("id")
    if given.get("type", "roles") != "roles" or not isinstance(identity, str):
        raise bad_request("Invalid body. Expected {'data': {'type': 'roles', 'id': ...}}.")
    if identity.lower() not in await known_roles(db):
        raise ApiError(404, f"Role {identity[:60]} not found")
    return identity.lower()


@post(f"{_QUERY}/roles", guards=[admin_guard], status_code=204)
async def add_role(request: AnyRequest, query_id: str, data: Body) -> None:
    """Attach a query to a role; replaces the one that the role had."""
    async with services_of(request).database.session() as db:
        await _found(db, query_id)
        role = await _role_in(db, data)
        await db.merge(RestrictionQueryRole(role_id=role, query_id=query_id))


@delete(f"{_QUERY}/roles", guards=[admin_guard])
async def remove_role(request: AnyRequest, query_id: str, data: Body) -> None:
    async with services_of(request).database.session() as db:
        await _found(db, query_id)
        role = await _role_in(db, data)
        attached = await db.get(RestrictionQueryRole, role)
        if attached is None or attached.query_id != query_id:
            raise ApiError(404, f"Role {role} does not have this restriction query")
        await db.delete(attached)


async def _of_roles(db: AsyncSession, role_ids: Iterable[str]) -> list[Body]:
    ids = await db.scalars(
        select(RestrictionQueryRole.query_id).where(RestrictionQueryRole.role_id.in_(list(role_ids)))
    )
    found = await db.scalars(
        select(RestrictionQuery)
        .where(RestrictionQuery.id.in_(set(ids.all())))
        .order_by(RestrictionQuery.created)
    )
    return await _described(db, found.all())


@get(f"{_QUERIES}/role/{{role_id:str}}", guards=[user_guard])
async def restriction_query_of_role(request: AnyRequest, role_id: str) -> Body:
    async with services_of(request).database.session() as db:
        if role_id not in await known_roles(db):
            raise ApiError(404, f"Role {role_id[:60]} not found")
        return {"data": await _of_roles(db, [role_id])}


@get(f"{_QUERIES}/user/{{user_id:str}}", guards=[user_guard])
async def restriction_queries_of_user(request: AnyRequest, user_id: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await db.scalar(select(User).where(User.uuid == user_id[:36]))
        if user is None:
            raise ApiError(404, f"User {user_id[:60]} not found")
        roles = await db.scalars(select(UserRole.role_id).where(UserRole.user_id == user.id))
        return {"data": await _of_roles(db, roles.all())}


handlers: list[ControllerRouterHandler] = [
    list_restriction_queries, create_restriction_query, get_restriction_query, replace_restriction_query,
    update_restriction_query, delete_restriction_query, list_restriction_query_roles, add_role, remove_role,
    restriction_query_of_role, restriction_queries_of_user,
]  # fmt: skip
