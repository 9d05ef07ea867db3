"""Endpoints of users (v2), and the few calls that only the web app makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import roles, store
from heeler.accounts.model import Organization, User
from heeler.accounts.organization import organization_of
from heeler.accounts.paging import page_of
from heeler.accounts.passwords import check_strength, hash_in_pool
from heeler.accounts.sessions import current_user
from heeler.accounts.user_serializers import described_user, status_of
from heeler.api.auth import admin_guard, principal_of, services_of, user_guard, writer_guard
from heeler.api.documents import flag_in, list_in, object_in, text_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.query_parameters import split_values
from heeler.api.services import Principal

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_SORTS = ("name", "modified_at", "user_count", "email", "created_at", "status")
_MAX_NAME, _MAX_EMAIL = 200, 320


class NewPassword(msgspec.Struct):
    password: str


async def answer(db: AsyncSession, user: User) -> Body:
    """Serialize one user with their roles and organization."""
    known, given = await roles.known_roles(db), (await roles.role_ids_of(db, [user.id])).get(user.id, [])
    organization = await organization_of(db)
    data = described_user(user, given)
    data["relationships"]["org"] = {"data": {"id": organization.uuid, "type": "orgs"}}
    shown = [roles.described_role(known[identity]) for identity in given if identity in known]
    return {"data": data, "included": [*shown, _described_organization(organization)]}


def _described_organization(organization: Organization) -> Body:
    return {
        "id": organization.uuid,
        "type": "orgs",
        "attributes": {
            "name": organization.name,
            "description": organization.description,
            "public_id": organization.public_id,
            "created_at": organization.created.isoformat(),
            "modified_at": organization.modified.isoformat(),
            "disabled": False,
            "sharing": "none",
        },
    }


async def users_page(db: AsyncSession, users: Sequence[User], total: int, query: Any) -> Body:
    """A page of ``users`` with the roles that occur on it; ``total`` is the count before filtering."""
    shown = page_of(users, query, 10)
    given, known = await roles.role_ids_of(db, [user.id for user in shown]), await roles.known_roles(db)
    used = {identity for identities in given.values() for identity in identities}
    return {
        "data": [described_user(user, given.get(user.id, [])) for user in shown],
        "included": [roles.described_role(role) for role in known.values() if role.id in used],
        "meta": {"page": {"total_count": total, "total_filtered_count": len(users)}},
    }


def filtered(users: Iterable[User], query: Any) -> list[User]:
    """Users whose email or name contains ``filter``, with one of ``filter[status]``, in the requested
    order.
    """
    text = query.get("filter", "").lower()
    statuses = set(split_values(query.get("filter[status]", "")))
    found = [
        user
        for user in users
        if (text in user.email or text in user.name.lower()) and (not statuses or status_of(user) in statuses)
    ]
    sort = query.get("sort", "")
    key = sort.removeprefix("-")
    if sort and key not in _SORTS:
        raise bad_request(f"Invalid sort: {sort!r}. Expected one of {', '.join(_SORTS)}")
    if key == "name":
        found.sort(key=lambda user: user.name.lower())
    elif key in ("modified_at", "created_at"):
        found.sort(key=lambda user: user.modified if key == "modified_at" else user.created)
    elif key == "status":
        found.sort(key=status_of)
    if query.get("sort_dir", "") not in ("", "asc", "desc"):
        raise bad_request("Invalid sort_dir. Expected asc or desc")
    if query.get("sort_dir") == "desc" or sort.startswith("-"):
        found.reverse()
    return found


@get("/api/v2/current_user", guards=[user_guard])
async def get_current_user(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        return await answer(db, await current_user(request))


@get("/api/v2/users", guards=[user_guard])
async def list_users(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        users = (await db.scalars(select(User).order_by(User.email))).all()
        found = filtered(users, request.query_params)
        return await users_page(db, found, len(users), request.query_params)


@get("/api/v2/users/{uuid:str}", guards=[user_guard])
async def get_user(request: AnyRequest, uuid: str) -> Body:
    async with services_of(request).database.session() as db:
        return await answer(db, await store.user_by_uuid(db, uuid))


@get("/api/v2/users/{uuid:str}/orgs", guards=[user_guard])
async def list_user_organizations(request: AnyRequest, uuid: str) -> Body:
    """There is one organization, so this is the user."""
    async with services_of(request).database.session() as db:
        return await answer(db, await store.user_by_uuid(db, uuid))


@get("/api/v2/users/{uuid:str}/permissions", guards=[user_guard])
async def list_user_permissions(request: AnyRequest, uuid: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        given = (await roles.role_ids_of(db, [user.id])).get(user.id, [])
        granted = roles.permissions_of(given, await roles.known_roles(db))
        return {"data": roles.described_permissions(granted)}


@post("/api/v2/users", guards=[admin_guard])
async def create_user(request: AnyRequest, data: Body) -> Body:
    """Create a user with the roles that are named; without any they may do nothing."""
    given = data_of(data)
    attributes = object_in(given, "attributes")
    name, title = text_in(attributes, "name", _MAX_NAME), text_in(attributes, "title", _MAX_NAME)
    wanted = role_ids_in(given) or []
    async with services_of(request).database.session() as db:
        await check_grant(db, principal_of(request), wanted)
        user = await store.create_user(db, text_in(attributes, "email", _MAX_EMAIL), name, wanted)
        user.title = title
        return await answer(db, user)


async def check_grant(db: AsyncSession, principal: Principal, role_ids: Sequence[str]) -> None:
    """Raise a 403 if the roles grant more than the caller has, unless the caller manages all access."""
    if principal.may("user_access_manage"):
        return
    granted = roles.permissions_of(role_ids, await roles.known_roles(db))
    if not all(principal.may(permission) for permission in granted):
        raise ApiError(403, "Forbidden", "These roles grant permissions that you do not have.")


@patch("/api/v2/users/{uuid:str}", guards=[admin_guard])
async def update_user(request: AnyRequest, uuid: str, data: Body) -> Body:
    given = data_of(data)
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        if str(given.get("id", "")).lower() != user.uuid:
            raise ApiError(422, "UUID's in the URL and request body do not match")
        await apply(db, user, object_in(given, "attributes"))
        wanted = role_ids_in(given)
        if wanted is not None:
            await store.set_roles(db, user, wanted)
        return await answer(db, user)


@patch("/api/v2/current_user", guards=[writer_guard])
async def update_current_user(request: AnyRequest, data: Body) -> Body:
    body = data_of(data)
    given = object_in(body, "attributes")
    async with services_of(request).database.session() as db:
        user = await db.get_one(User, principal_of(request).user_id)
        if str(body.get("id", user.uuid)).lower() != user.uuid:
            raise ApiError(422, "The id in the request body is not that of the current user")
        if given.get("disabled") not in (None, user.disabled):
            raise bad_request("Invalid disabled. Users cannot disable themselves.")
        await apply(db, user, {name: given[name] for name in ("name", "title", "email") if name in given})
        return await answer(db, user)


@delete("/api/v2/users/{uuid:str}", guards=[admin_guard])
async def disable_user(request: AnyRequest, uuid: str) -> None:
    async with services_of(request).database.session() as db:
        await store.disable_user(db, await store.user_by_uuid(db, uuid))


@post("/api/ui/users/{uuid:str}/password", status_code=204, guards=[admin_guard])
async def set_user_password(request: AnyRequest, uuid: str, data: NewPassword) -> None:
    """Set a user's password as an administrator; the user's sessions end."""
    check_strength(data.password)
    hashed = await hash_in_pool(data.password)
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        if user.service_account:
            raise bad_request("A service account cannot log in.")
        await store.set_password(db, user, hashed)


async def apply(db: AsyncSession, user: User, attributes: Body) -> None:
    """Apply ``attributes`` to the user. Raises a 400."""
    email = attributes.get("email")
    if email is not None and text_in(attributes, "email", _MAX_EMAIL).lower() != user.email:
        raise bad_request("Invalid email. It cannot be changed: create a user with the other address.")
    if attributes.get("name") is not None:
        user.name = text_in(attributes, "name", _MAX_NAME)
    if "title" in attributes:
        user.title = text_in(attributes, "title", _MAX_NAME)
    disabled = flag_in(attributes, "disabled")
    if disabled and not user.disabled:
        await store.disable_user(db, user)
    elif disabled is False:
        user.disabled = False
    user.modified = datetime.now(UTC)


def data_of(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise bad_request("The body needs an object `data`.")
    return data


def role_ids_in(data: Body) -> list[str] | None:
    """The role ids in ``relationships.roles``; None if absent, as opposed to empty."""
    given = object_in(object_in(data, "relationships"), "roles")
    if given.get("data") is None:
        return None
    items = list_in(given, "data")
    if not all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in items):
        raise bad_request("Invalid relationships.roles. Expected a list of objects with id and type.")
    return [item["id"].lower() for item in items]


handlers: list[ControllerRouterHandler] = [
    get_current_user, update_current_user, list_users, get_user, list_user_organizations,
    list_user_permissions, create_user, update_user, disable_user, set_user_password,
]  # fmt: skip
