"""Endpoints of roles: managed roles can be read and granted; custom ones created, cloned and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from litestar import Request, delete, get, patch, post
from litestar.datastructures import MultiDict
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.model import Role, User, UserRole
from heeler.accounts.paging import page_of
from heeler.accounts.roles import (
    DESCRIPTIONS,
    MANAGED,
    KnownRole,
    described_permissions,
    described_role,
    known,
    known_roles,
    role_ids_of,
)
from heeler.accounts.user_routes import filtered, users_page
from heeler.api.auth import admin_guard, services_of, user_guard
from heeler.api.documents import flag_in, list_in, object_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.permissions import BY_ID, BY_NAME
from heeler.api.query_parameters import split_values

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_ROLES = "/api/v2/roles"
_ROLE = _ROLES + "/{role_id:str}"
_MAX_ROLES = 500
_SORTS = ("name", "modified_at", "user_count")


async def _counts(db: AsyncSession) -> Counter[str]:
    rows = await db.execute(
        select(UserRole.role_id, func.count())
        .join(User, User.id == UserRole.user_id)
        .where(User.disabled.is_(False))
        .group_by(UserRole.role_id)
    )
    return Counter(dict(rows.tuples().all()))


async def _known(db: AsyncSession, role_id: str) -> KnownRole:
    found = (await known_roles(db)).get(role_id)
    if found is None:
        raise ApiError(404, f"{role_id} not found")
    return found


async def _custom(db: AsyncSession, role_id: str) -> Role:
    """Return a role that may be changed. Raises 403 for a managed role."""
    if role_id in MANAGED:
        raise ApiError(
            403, "Forbidden", "Managed roles cannot be changed. Clone the role and change the clone."
        )
    found = await db.get(Role, role_id)
    if found is None:
        raise ApiError(404, f"{role_id} not found")
    return found


def _data_of(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise bad_request("Invalid input. Expected an object `data`.")
    return data


async def _checked_name(db: AsyncSession, name: object, but: str = "") -> str:
    if not isinstance(name, str):
        raise bad_request("A role needs a name.")
    if not name.strip():
        raise bad_request("Role names cannot be only whitespace")
    if len(name) > 200:
        raise bad_request("Invalid name. Expected at most 200 characters.")
    others = [role for role in (await known_roles(db)).values() if role.id != but]
    if any(role.name.lower() == name.strip().lower() for role in others):
        raise ApiError(409, "A role with the same name already exists")
    return name.strip()


def _permissions_in(data: Body) -> list[str] | None:
    """Names of the permissions in ``relationships``; None if absent."""
    relationships = object_in(data, "relationships")
    if "permissions" not in relationships:
        return None
    return [_permission_name(item) for item in list_in(object_in(relationships, "permissions"), "data")]


def _permission_name(item: object) -> str:
    """Resolve an object with an ``id`` to a permission name. Raises 400 or 404."""
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise bad_request("Invalid permission. Expected an object with id and type.")
    found = BY_ID.get(item["id"].lower()) or BY_NAME.get(item["id"])
    if found is None:
        raise ApiError(404, f"{item['id']} not found")
    return found.name


@get("/api/v2/permissions", guards=[user_guard])
async def list_permissions() -> Body:
    return {"data": described_permissions()}


@get(_ROLES, guards=[user_guard])
async def list_roles(request: AnyRequest) -> Body:
    query = request.query_params
    async with services_of(request).database.session() as db:
        counts, everything = await _counts(db), list((await known_roles(db)).values())
    wanted, ids = query.get("filter", "").lower(), _ids(query)
    found = [role for role in everything if wanted in role.name.lower() and (not ids or role.id in ids)]
    shown = page_of(_sorted(found, counts, query.get("sort", "")), query, 100)
    return {
        "data": [described_role(role, counts[role.id]) for role in shown],
        "meta": {"page": {"total_count": len(everything), "total_filtered_count": len(found)}},
    }


def _ids(query: MultiDict[str]) -> set[str]:
    return {one.lower() for one in split_values(*query.getall("filter[id]", []))}


def _sorted(found: list[KnownRole], counts: Counter[str], sort: str) -> Sequence[KnownRole]:
    key = sort.removeprefix("-")
    if not sort:
        return found
    if key not in _SORTS:
        raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(_SORTS)}")
    if key == "name":
        found.sort(key=lambda role: role.name.lower())
    elif key == "modified_at":
        found.sort(key=lambda role: role.modified)
    else:
        found.sort(key=lambda role: counts[role.id])
    return found[::-1] if sort.startswith("-") else found


@post(_ROLES, status_code=200, guards=[admin_guard])
async def create_role(request: AnyRequest, data: Body) -> Body:
    given = _data_of(data)
    async with services_of(request).database.session() as db:
        role = await _new_role(db, given, _permissions_in(given) or [])
        return {"data": described_role(known(role), 0)}


async def _new_role(db: AsyncSession, data: Body, permissions: Sequence[str]) -> Role:
    attributes = data.get("attributes")
    if not isinstance(attributes, dict):
        raise bad_request("Invalid input. Expected an object `attributes`.")
    name = await _checked_name(db, attributes.get("name"))
    if await db.scalar(select(func.count()).select_from(Role)) >= _MAX_ROLES:  # type: ignore[operator]
        raise bad_request(f"At most {_MAX_ROLES} custom roles are allowed.")
    now = datetime.now(UTC)
    role = Role(name=name, permissions=sorted(set(permissions)), created=now, modified=now)
    _apply(role, attributes)
    db.add(role)
    await db.flush()
    return role


def _apply(role: Role, attributes: Body) -> None:
    """Set what is neither name nor permissions. Raises a 400."""
    if attributes.get("receives_permissions_from"):
        raise bad_request("Invalid receives_permissions_from. A role has only the permissions that it names.")
    opted_out = flag_in(attributes, "default_permissions_opt_out")
    if opted_out is not None:
        role.default_permissions_opt_out = opted_out


@get(_ROLES + "/templates", guards=[user_guard])
async def list_role_templates() -> Body:
    """The managed roles, to clone."""
    return {
        "data": [
            {
                "id": role.id,
                "type": "roles",
                "attributes": {"name": role.name, "description": DESCRIPTIONS[role.id]},
            }
            for role in MANAGED.values()
        ]
    }


@post(_ROLE + "/clone", status_code=200, guards=[admin_guard])
async def clone_role(request: AnyRequest, role_id: str, data: Body) -> Body:
    """A new role with the permissions of another, which may be a managed one."""
    async with services_of(request).database.session() as db:
        original = await _known(db, role_id)
        role = await _new_role(db, _data_of(data), sorted(original.permissions))
        return {"data": described_role(known(role), 0)}


@get(_ROLE, guards=[user_guard])
async def get_role(request: AnyRequest, role_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described_role(await _known(db, role_id), (await _counts(db))[role_id])}


@patch(_ROLE, guards=[admin_guard])
async def update_role(request: AnyRequest, role_id: str, data: Body) -> Body:
    given = _data_of(data)
    async with services_of(request).database.session() as db:
        role = await _custom(db, role_id)
        attributes = object_in(given, "attributes")
        if str(given.get("id", attributes.get("id"))).lower() != role_id:
            raise ApiError(422, "The id attribute in the request body does not match the role_id in the URL")
        if "name" in attributes:
            role.name = await _checked_name(db, attributes["name"], but=role_id)
        _apply(role, attributes)
        permissions = _permissions_in(given)
        if permissions is not None:
            role.permissions = sorted(set(permissions))
        role.modified = datetime.now(UTC)
        return {"data": described_role(known(role), (await _counts(db))[role_id])}


@delete(_ROLE, guards=[admin_guard])
async def delete_role(request: AnyRequest, role_id: str) -> None:
    """Delete a custom role; its users keep their other roles."""
    async with services_of(request).database.session() as db:
        role = await _custom(db, role_id)
        await db.execute(sql_delete(UserRole).where(UserRole.role_id == role_id))
        await db.delete(role)


@get(_ROLE + "/permissions", guards=[user_guard])
async def list_role_permissions(request: AnyRequest, role_id: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": described_permissions((await _known(db, role_id)).permissions)}


async def _change_permission(request: AnyRequest, role_id: str, data: Body, *, grant: bool) -> Body:
    name = _permission_name(data.get("data"))
    async with services_of(request).database.session() as db:
        role = await _custom(db, role_id)
        kept = set(role.permissions) - {name}
        role.permissions = sorted(kept | {name} if grant else kept)
        role.modified = datetime.now(UTC)
        return {"data": described_permissions(role.permissions)}


@post(_ROLE + "/permissions", status_code=200, guards=[admin_guard])
async def grant_permission(request: AnyRequest, role_id: str, data: Body) -> Body:
    return await _change_permission(request, role_id, data, grant=True)


@delete(_ROLE + "/permissions", status_code=200, guards=[admin_guard])
async def revoke_permission(request: AnyRequest, role_id: str, data: Body) -> Body:
    return await _change_permission(request, role_id, data, grant=False)


async def _members(db: AsyncSession, role_id: str, query: Any) -> Body:
    users = (
        await db.scalars(
            select(User)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role_id == role_id)
            .order_by(User.email)
        )
    ).all()
    return await users_page(db, filtered(users, query), len(users), query)


@get(_ROLE + "/users", guards=[user_guard])
async def list_role_users(request: AnyRequest, role_id: str) -> Body:
    async with services_of(request).database.session() as db:
        await _known(db, role_id)
        return await _members(db, role_id, request.query_params)


async def _change_member(request: AnyRequest, role_id: str, data: Body, *, add: bool) -> Body:
    given = _data_of(data)
    async with services_of(request).database.session() as db:
        await _known(db, role_id)
        user = await store.user_by_uuid(db, str(given.get("id", "")))
        current = (await role_ids_of(db, [user.id])).get(user.id, [])
        others = [identity for identity in current if identity != role_id]
        await store.set_roles(db, user, [*others, role_id] if add else others)
        return await _members(db, role_id, request.query_params)


@post(_ROLE + "/users", status_code=200, guards=[admin_guard])
async def add_role_user(request: AnyRequest, role_id: str, data: Body) -> Body:
    return await _change_member(request, role_id, data, add=True)


@delete(_ROLE + "/users", status_code=200, guards=[admin_guard])
async def remove_role_user(request: AnyRequest, role_id: str, data: Body) -> Body:
    return await _change_member(request, role_id, data, add=False)


handlers: list[ControllerRouterHandler] = [
    list_permissions, list_roles, list_role_templates, create_role, clone_role, get_role, update_role,
    delete_role, list_role_permissions, grant_permission, revoke_permission, list_role_users,
    add_role_user, remove_role_user,
]  # fmt: skip
