"""Users and roles, in both generations of the API, and the few calls that only our pages make."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select

from heeler.accounts import roles, store
from heeler.accounts.model import User
from heeler.accounts.paging import page_of
from heeler.accounts.passwords import check_strength, hash_in_pool
from heeler.accounts.sessions import current_user
from heeler.api.auth import admin_guard, principal_of, services_of, user_guard
from heeler.api.errors import ApiError, bad_request

Body = dict[str, Any]

_ACCESS_ROLES = {"adm": "admin", "st": "standard", "ro": "read-only"}
_ACCESS_OF = {role: access for access, role in _ACCESS_ROLES.items()}


class NewPassword(msgspec.Struct):
    password: str


def status_of(user: User) -> str:
    if user.disabled:
        return "Disabled"
    return "Active" if user.password_hash else "Pending"


def icon_of(user: User) -> str:
    return (
        f"https://secure.gravatar.com/avatar/{hashlib.sha256(user.email.encode()).hexdigest()}?s=48&d=retro"
    )


def described(user: User) -> Body:
    """A user as the current API shows it."""
    return {
        "id": user.uuid,
        "type": "users",
        "attributes": {
            "uuid": user.uuid,
            "handle": user.email,
            "email": user.email,
            "name": user.name or None,
            "title": user.title or None,
            "icon": icon_of(user),
            "created_at": user.created.isoformat(),
            "modified_at": user.modified.isoformat(),
            "last_login_time": user.last_login.isoformat() if user.last_login else None,
            "disabled": user.disabled,
            "verified": bool(user.password_hash),
            "mfa_enabled": False,
            "service_account": False,
            "status": status_of(user),
        },
        "relationships": {"roles": {"data": [{"id": roles.role_id(user.role), "type": "roles"}]}},
    }


def _answer(user: User) -> Body:
    return {"data": described(user), "included": [roles.described_role(user.role)]}


@get("/api/v2/current_user", guards=[user_guard])
async def get_current_user(request: Request[Any, Any, Any]) -> Body:
    return _answer(await current_user(request))


@get("/api/v2/users", guards=[user_guard])
async def list_users(request: Request[Any, Any, Any]) -> Body:
    query = request.query_params
    async with services_of(request).database.session() as db:
        users = (await db.scalars(select(User).order_by(User.email))).all()
    text = query.get("filter", "").lower()
    statuses = {status.strip() for status in query.get("filter[status]", "").split(",") if status.strip()}
    found = [
        user
        for user in users
        if (text in user.email or text in user.name.lower()) and (not statuses or status_of(user) in statuses)
    ]
    if query.get("sort_dir") == "desc" or query.get("sort", "").startswith("-"):
        found.reverse()
    return {
        "data": [described(user) for user in page_of(found, query, 10)],
        "included": [roles.described_role(role) for role in store.ROLES],
        "meta": {"page": {"total_count": len(users), "total_filtered_count": len(found)}},
    }


@get("/api/v2/users/{uuid:str}", guards=[user_guard])
async def get_user(request: Request[Any, Any, Any], uuid: str) -> Body:
    async with services_of(request).database.session() as db:
        return _answer(await store.user_by_uuid(db, uuid))


@get("/api/v2/users/{uuid:str}/permissions", guards=[user_guard])
async def list_user_permissions(request: Request[Any, Any, Any], uuid: str) -> Body:
    async with services_of(request).database.session() as db:
        return {"data": roles.described_permissions((await store.user_by_uuid(db, uuid)).role)}


@post("/api/v2/users", guards=[admin_guard])
async def create_user(request: Request[Any, Any, Any], data: Body) -> Body:
    given = _data_of(data)
    attributes = given.get("attributes") or {}
    role = _role_of(given) or "standard"
    async with services_of(request).database.session() as db:
        user = await store.create_user(
            db, str(attributes.get("email") or ""), str(attributes.get("name") or ""), role
        )
        user.title = str(attributes.get("title") or "")[:200]
        return _answer(user)


@patch("/api/v2/users/{uuid:str}", guards=[admin_guard])
async def update_user(request: Request[Any, Any, Any], uuid: str, data: Body) -> Body:
    given = _data_of(data)
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        if str(given.get("id", "")).lower() != user.uuid:
            raise ApiError(422, "UUID's in the URL and request body do not match")
        await _apply(db, user, given.get("attributes") or {})
        if role := _role_of(given):
            await store.set_role(db, user, role)
        return _answer(user)


@patch("/api/v2/current_user", guards=[user_guard])
async def update_current_user(request: Request[Any, Any, Any], data: Body) -> Body:
    given = (_data_of(data).get("attributes")) or {}
    async with services_of(request).database.session() as db:
        user = await db.get_one(User, principal_of(request).user_id)
        await _apply(db, user, {name: given[name] for name in ("name", "title") if name in given})
        return _answer(user)


@delete("/api/v2/users/{uuid:str}", guards=[admin_guard])
async def disable_user(request: Request[Any, Any, Any], uuid: str) -> None:
    async with services_of(request).database.session() as db:
        await store.disable_user(db, await store.user_by_uuid(db, uuid))


@post("/api/ui/users/{uuid:str}/password", status_code=204, guards=[admin_guard])
async def set_user_password(request: Request[Any, Any, Any], uuid: str, data: NewPassword) -> None:
    """An administrator gives someone a password, as after an invitation; the user's sessions end."""
    check_strength(data.password)
    hashed = await hash_in_pool(data.password)
    async with services_of(request).database.session() as db:
        await store.set_password(db, await store.user_by_uuid(db, uuid), hashed)


async def _apply(db: Any, user: User, attributes: Body) -> None:
    if attributes.get("name") is not None:
        user.name = str(attributes["name"])[:200]
    if "title" in attributes:
        user.title = str(attributes["title"] or "")[:200]
    if attributes.get("disabled") is True and not user.disabled:
        await store.disable_user(db, user)
    elif attributes.get("disabled") is False:
        user.disabled = False
    user.modified = datetime.now(UTC)


def _data_of(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise bad_request("The body needs an object `data`.")
    return data


def _role_of(data: Body) -> str | None:
    given = ((data.get("relationships") or {}).get("roles") or {}).get("data") or []
    if not given:
        return None
    role = roles.role_by_id(str(given[0].get("id")))
    if role is None:
        raise bad_request(f"No role has the id {given[0].get('id')}.")
    return role


@get("/api/v2/roles", guards=[user_guard])
async def list_roles(request: Request[Any, Any, Any]) -> Body:
    async with services_of(request).database.session() as db:
        counts = Counter((await db.scalars(select(User.role).where(User.disabled.is_(False)))).all())
    wanted = request.query_params.get("filter", "").lower()
    named = [role for role in store.ROLES if wanted in roles.NAMES[role].lower()]
    return {
        "data": [roles.described_role(role, counts[role]) for role in named],
        "meta": {"page": {"total_count": len(store.ROLES), "total_filtered_count": len(named)}},
    }


@get("/api/v2/roles/{role_id:str}", guards=[user_guard])
async def get_role(role_id: str) -> Body:
    return {"data": roles.described_role(_known_role(role_id))}


@get("/api/v2/roles/{role_id:str}/permissions", guards=[user_guard])
async def list_role_permissions(role_id: str) -> Body:
    return {"data": roles.described_permissions(_known_role(role_id))}


@get("/api/v2/permissions", guards=[user_guard])
async def list_permissions() -> Body:
    return {"data": roles.described_permissions()}


def _known_role(role_id: str) -> str:
    role = roles.role_by_id(role_id)
    if role is None:
        raise ApiError(404, "Role not found")
    return role


def described_v1(user: User) -> Body:
    """A user as the first API shows it."""
    return {
        "handle": user.email,
        "email": user.email,
        "name": user.name or None,
        "title": user.title or None,
        "role": user.title or None,
        "access_role": _ACCESS_OF[user.role],
        "is_admin": user.role == "admin",
        "verified": bool(user.password_hash),
        "disabled": user.disabled,
        "icon": icon_of(user),
    }


async def _by_handle(db: Any, handle: str) -> User:
    user = await store.user_by_email(db, handle)
    if user is None:
        raise ApiError(404, f"User {handle} not found")
    return user


def _access_role(body: Body) -> str | None:
    given = body.get("access_role")
    if given is None:
        return None
    if given not in _ACCESS_ROLES:
        raise bad_request(f"access_role is {given!r}; it is one of {', '.join(_ACCESS_ROLES)}.")
    return _ACCESS_ROLES[given]


@post("/api/v1/user", status_code=200, guards=[admin_guard])
async def create_user_v1(request: Request[Any, Any, Any], data: Body) -> Body:
    email = str(data.get("handle") or data.get("email") or "")
    async with services_of(request).database.session() as db:
        user = await store.create_user(
            db, email, str(data.get("name") or ""), _access_role(data) or "standard"
        )
        return {"user": described_v1(user)}


@post("/api/v1/invite_users", status_code=200, guards=[admin_guard])
async def invite_users(request: Request[Any, Any, Any], data: Body) -> Body:
    """Make users without a password; those who are known already stay as they are."""
    emails = [str(email).strip().lower() for email in data.get("emails") or []]
    async with services_of(request).database.session() as db:
        for email in emails:
            if await store.user_by_email(db, email) is None:
                await store.create_user(db, email)
    return {"emails": emails}


@get("/api/v1/user", guards=[user_guard])
async def list_users_v1(request: Request[Any, Any, Any]) -> Body:
    async with services_of(request).database.session() as db:
        users = await db.scalars(select(User).order_by(User.email))
        return {"users": [described_v1(user) for user in users]}


@get("/api/v1/user/{handle:str}", guards=[user_guard])
async def get_user_v1(request: Request[Any, Any, Any], handle: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
    granted = [item["attributes"]["name"] for item in roles.described_permissions(user.role)]
    return {
        "user": {**described_v1(user), "roles": [{"name": roles.NAMES[user.role], "permissions": granted}]}
    }


@put("/api/v1/user/{handle:str}", guards=[admin_guard])
async def update_user_v1(request: Request[Any, Any, Any], handle: str, data: Body) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
        await _apply(db, user, data)
        if role := _access_role(data):
            await store.set_role(db, user, role)
        return {"user": described_v1(user)}


@delete("/api/v1/user/{handle:str}", status_code=200, guards=[admin_guard])
async def disable_user_v1(request: Request[Any, Any, Any], handle: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
        if user.disabled:
            raise bad_request("User is already disabled")
        await store.disable_user(db, user)
    return {"message": f"User {user.email} disabled"}


handlers: list[ControllerRouterHandler] = [
    get_current_user, update_current_user, list_users, get_user, list_user_permissions, create_user,
    update_user, disable_user, set_user_password, list_roles, get_role, list_role_permissions,
    list_permissions, create_user_v1, invite_users, list_users_v1, get_user_v1, update_user_v1,
    disable_user_v1,
]  # fmt: skip
