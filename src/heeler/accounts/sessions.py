"""Logging in and out of the pages; the session is a random token in an HttpOnly cookie."""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete, select

from heeler.accounts.keys import digest
from heeler.accounts.model import Session, User
from heeler.accounts.passwords import check_strength, hash_in_thread, verify_in_thread
from heeler.api.auth import SESSION_COOKIE, principal_of, same_origin_guard, services_of, user_guard
from heeler.api.errors import ApiError, not_found
from heeler.api.services import Services

SESSION_LIFE = timedelta(days=30)


class Login(msgspec.Struct):
    email: str
    password: str


class Me(msgspec.Struct):
    """The person who is logged in. ``role`` is ``admin``, ``standard`` or ``read-only``."""

    id: str
    email: str
    name: str
    role: str
    can_write: bool


class NewPassword(msgspec.Struct):
    current: str
    new: str


def me_of(user: User) -> Me:
    return Me(user.uuid, user.email, user.name, user.role, user.role in ("admin", "standard"))


@post("/api/ui/login", status_code=200, guards=[same_origin_guard])
async def login(request: Request, data: Login) -> Response[Me]:  # type: ignore[type-arg]
    """Start a session; ten failures from one address or for one user make it wait."""
    services = services_of(request)
    address = request.client.host if request.client else ""
    user = await _checked_user(services, data, address)
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    async with services.database.session() as db:
        await db.execute(delete(Session).where(Session.expires < now))
        db.add(Session(token_hash=digest(token), user_id=user.id, created=now, expires=now + SESSION_LIFE))
        user.last_login = now
        await db.merge(user)
    return Response(me_of(user), cookies=[_cookie(services, token, int(SESSION_LIFE.total_seconds()))])


async def _checked_user(services: Services, data: Login, address: str) -> User:
    email = data.email.strip().lower()
    limiter, keys = services.login_failures, (f"address {address}", f"user {email}")
    wait = max(limiter.wait_seconds(key) for key in keys)
    if wait > 0:
        seconds = math.ceil(wait)
        raise ApiError(
            429, f"Too many failed logins. Try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.email == email))
    known = await verify_in_thread(user.password_hash if user else "", data.password)
    if user is None or not known or user.disabled:
        for key in keys:
            limiter.failed(key)
        raise ApiError(
            401, "Wrong e-mail or password. A new password can be set with `heeler users password`."
        )
    limiter.succeeded(keys[1])
    return user


@post("/api/ui/logout", status_code=204, guards=[same_origin_guard])
async def logout(request: Request) -> Response[None]:  # type: ignore[type-arg]
    services = services_of(request)
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        async with services.database.session() as db:
            await db.execute(delete(Session).where(Session.token_hash == digest(token)))
    return Response(None, status_code=204, cookies=[_cookie(services, "", 0)])


def _cookie(services: Services, token: str, max_age: int) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=services.settings.url.startswith("https:"),
    )


@get("/api/ui/me", guards=[user_guard])
async def me(request: Request) -> Me:  # type: ignore[type-arg]
    return me_of(await current_user(request))


@post("/api/ui/password", status_code=200, guards=[user_guard])
async def change_password(request: Request, data: NewPassword) -> Me:  # type: ignore[type-arg]
    """Change one's own password; every other session of the user ends."""
    user = await current_user(request)
    limiter, key = services_of(request).login_failures, f"user {user.email}"
    if limiter.wait_seconds(key) > 0:
        raise ApiError(429, "Too many failures. Try again later.")
    if not await verify_in_thread(user.password_hash, data.current):
        limiter.failed(key)
        raise ApiError(403, "The current password is another one.")
    check_strength(data.new)
    hashed = await hash_in_thread(data.new)
    kept = digest(request.cookies.get(SESSION_COOKIE, ""))
    async with services_of(request).database.session() as db:
        user.password_hash, user.modified = hashed, datetime.now(UTC)
        await db.merge(user)
        await db.execute(delete(Session).where(Session.user_id == user.id, Session.token_hash != kept))
    return me_of(user)


async def current_user(request: Request) -> User:  # type: ignore[type-arg]
    """The user behind the request; only behind a guard."""
    async with services_of(request).database.session() as db:
        user = await db.get(User, principal_of(request).user_id)
    if user is None:
        raise not_found("User")
    return user


handlers: list[ControllerRouterHandler] = [login, logout, me, change_password]
