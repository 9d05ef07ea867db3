"""Endpoints of users (v1), which identify a user by email address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, delete, get, post, put
from litestar.types import ControllerRouterHandler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import roles, store
from heeler.accounts.invitation_routes import invite
from heeler.accounts.model import User
from heeler.accounts.user_routes import apply, check_grant
from heeler.accounts.user_serializers import ACCESS_ROLES, described_v1, status_of
from heeler.api.auth import admin_guard, principal_of, services_of, user_guard
from heeler.api.documents import flag_in, is_one_of, text_in
from heeler.api.errors import ApiError, bad_request
from heeler.api.permissions import STANDARD

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_MAX_INVITED = 100


async def _by_handle(db: AsyncSession, handle: str) -> User:
    user = await store.user_by_email(db, handle)
    if user is None:
        raise ApiError(404, f"User {handle} not found")
    return user


async def _role_ids(db: AsyncSession, user: User) -> list[str]:
    return (await roles.role_ids_of(db, [user.id])).get(user.id, [])


def _roles_of(body: Body, default: Sequence[str] | None) -> list[str] | None:
    """Roles for ``access_role``: none for null, ``default`` if absent. Raises a 400."""
    if "access_role" not in body:
        return None if default is None else list(default)
    given = body["access_role"]
    if given is None:
        return []
    if not is_one_of(given, ACCESS_ROLES):
        raise bad_request(f"Invalid access_role: {given!r}. Expected one of {', '.join(ACCESS_ROLES)}")
    return [roles.role_id(ACCESS_ROLES[given])]


@post("/api/v1/user", status_code=200, guards=[admin_guard])
async def create_user(request: AnyRequest, data: Body) -> Body:
    email = store.checked_email(text_in(data, "handle", 320) or text_in(data, "email", 320))
    name, disabled = text_in(data, "name", 200), flag_in(data, "disabled")
    wanted = _roles_of(data, [roles.role_id(STANDARD)]) or []
    async with services_of(request).database.session() as db:
        await check_grant(db, principal_of(request), wanted)
        user = await store.create_user(db, email, name, wanted)
        await apply(db, user, {"disabled": disabled, "email": data.get("email")})
        if services_of(request).settings.smtp_url:
            await invite(request, db, user)
        return {"user": described_v1(user, wanted)}


@post("/api/v1/invite_users", status_code=200, guards=[admin_guard])
async def invite_users(request: AnyRequest, data: Body) -> Body:
    """Create users and mail them an invitation; users with a password are unchanged."""
    given = data.get("emails")
    if (
        not isinstance(given, list)
        or len(given) > _MAX_INVITED
        or not all(isinstance(one, str) for one in given)
    ):
        raise bad_request(f"Invalid emails. Expected a list of at most {_MAX_INVITED} addresses.")
    emails = [email.strip().lower() for email in given]
    async with services_of(request).database.session() as db:
        await check_grant(db, principal_of(request), [roles.role_id(STANDARD)])
        for email in emails:
            user = await store.user_by_email(db, email)
            if user is None:
                user = await store.create_user(db, email, role_ids=[roles.role_id(STANDARD)])
            if status_of(user) == "Pending" and services_of(request).settings.smtp_url:
                await invite(request, db, user)
    return {"emails": emails}


@get("/api/v1/user", guards=[user_guard])
async def list_users(request: AnyRequest) -> Body:
    async with services_of(request).database.session() as db:
        given = await roles.role_ids_of(db)
        users = await db.scalars(select(User).order_by(User.email))
        return {"users": [described_v1(user, given.get(user.id, [])) for user in users]}


@get("/api/v1/user/{handle:str}", guards=[user_guard])
async def get_user(request: AnyRequest, handle: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
        given, known = await _role_ids(db, user), await roles.known_roles(db)
    detailed = [
        {"name": known[identity].name, "permissions": sorted(known[identity].permissions)}
        for identity in given
        if identity in known
    ]
    return {"user": {**described_v1(user, given), "roles": detailed}}


@put("/api/v1/user/{handle:str}", guards=[admin_guard])
async def update_user(request: AnyRequest, handle: str, data: Body) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
        await apply(db, user, data)
        wanted = _roles_of(data, None)
        if wanted is not None:
            await store.set_roles(db, user, wanted)
        return {"user": described_v1(user, await _role_ids(db, user))}


@delete("/api/v1/user/{handle:str}", status_code=200, guards=[admin_guard])
async def disable_user(request: AnyRequest, handle: str) -> Body:
    async with services_of(request).database.session() as db:
        user = await _by_handle(db, handle)
        if user.disabled:
            raise bad_request("User is already disabled")
        await store.disable_user(db, user)
    return {"message": f"User {user.email} disabled"}


handlers: list[ControllerRouterHandler] = [
    create_user, invite_users, list_users, get_user, update_user, disable_user,
]  # fmt: skip
