"""Login and logout of the web app; the session is a random token in an HttpOnly cookie."""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from litestar import Request, Response, get, post
from litestar import delete as delete_endpoint
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.keys import digest
from heeler.accounts.login_attempts import (
    BROWSER_COOKIE,
    PAIR,
    browser_token,
    buckets_of,
    known_browser,
    login_name,
)
from heeler.accounts.model import Session, User
from heeler.accounts.organization import DEFAULT_SESSION_SECONDS, organization_of
from heeler.accounts.passwords import check_strength, hash_in_pool, verify_in_pool
from heeler.accounts.roles import known_roles, permissions_of, role_ids_of, strongest
from heeler.accounts.second_factor import needs_second_factor, use_code
from heeler.api.auth import (
    SESSION_COOKIE,
    address_of,
    admin_guard,
    principal_of,
    same_origin_guard,
    services_of,
    session_guard,
    user_guard,
)
from heeler.api.errors import ApiError, not_found
from heeler.api.login_delays import Bucket
from heeler.api.permissions import ADMIN, READ_ONLY, granted_to
from heeler.api.services import Principal, Services
from heeler.audit.trail import record

BROWSER_LIFE = timedelta(days=365)


class Login(msgspec.Struct):
    """Login request. ``code``: of the second factor, or a recovery code; may be empty."""

    email: str
    password: str
    code: str = ""


class Me(msgspec.Struct):
    """The logged-in user. ``role`` is ``admin``, ``standard``, ``read-only``, ``custom`` or ``none``;
    ``permissions`` are permission names; ``can_write``: whether they allow more than reading.
    """

    id: str
    email: str
    name: str
    role: str
    can_write: bool
    permissions: list[str]
    needs_second_factor: bool = False
    """The organization requires a second factor, which must be set up before anything else."""


class NewPassword(msgspec.Struct):
    current: str
    new: str


async def me_of(db: AsyncSession, user: User, method: str = "") -> Me:
    role_ids = (await role_ids_of(db, [user.id])).get(user.id, [])
    granted = permissions_of(role_ids, await known_roles(db))
    writes = bool(granted - granted_to(READ_ONLY))
    missing = await needs_second_factor(db, user, method)
    return Me(user.uuid, user.email, user.name, strongest(role_ids), writes, sorted(granted), missing)


@post("/api/ui/login", status_code=200, guards=[same_origin_guard])
async def login(request: Request, data: Login) -> Response[Me]:  # type: ignore[type-arg]
    """Start a session. Failures make the next attempt wait, longer each time (429 with ``Retry-After``).

    428 means that the password is right and a code of the second factor has to come with it.
    """
    services = services_of(request)
    address = address_of(request)
    try:
        user = await _authenticated_user(services, data, address, request.cookies.get(BROWSER_COOKIE))
    except ApiError as error:
        if error.status == 401:  # an attempt that came too early was not evaluated
            await _record(services, data.email.strip().lower(), "login failed", address)
        raise
    return await start_session(request, user, "totp" if user.totp_secret else "password")


async def start_session(request: Request, user: User, method: str) -> Response[Me]:  # type: ignore[type-arg]
    """Log ``user`` in and return the response with its cookies. ``method`` as in ``Session.method``."""
    services, address = services_of(request), address_of(request)
    await services.access.admit(Principal(user.id, user.email, "none"), address)
    token = secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    async with services.database.session() as db:
        configs = (await organization_of(db)).configs
        seconds = configs.get("max_session_duration", DEFAULT_SESSION_SECONDS)
        life = timedelta(seconds=seconds)
        await db.execute(delete(Session).where(Session.expires < now))
        db.add(
            Session(
                token_hash=digest(token),
                user_id=user.id,
                address=address[:60],
                browser=request.headers.get("user-agent", "")[:300],
                method=method,
                created=now,
                expires=now + life,
            )
        )
        stored = await db.get_one(User, user.id)
        stored.last_login = now
        shown = await me_of(db, stored, method)
    await _record(services, user.email, "login", address, user)
    cookies = [_cookie(services, SESSION_COOKIE, token, life)]
    if user.password_hash:
        cookies.append(_cookie(services, BROWSER_COOKIE, browser_token(user.password_hash), BROWSER_LIFE))
    return Response(shown, cookies=cookies)


async def _record(
    services: Services, actor: str, action: str, address: str, user: User | None = None
) -> None:
    details = {"usr": {"id": user.uuid, "email": user.email, "name": user.name}} if user else {}
    await record(
        services, actor=actor, name="Authentication", action=action, address=address, details=details
    )


async def _authenticated_user(services: Services, data: Login, address: str, browser: str | None) -> User:
    """Return the user of the given password. Raises 401, 429 or 503.

    The attempt is counted before the password is hashed, so that parallel attempts count too.
    """
    email = login_name(data.email)
    async with services.database.session() as db:
        user = await db.scalar(select(User).where(User.email == email))
    stored = user.password_hash if user else ""
    known = known_browser(stored, browser)
    own, shared = buckets_of(email, address, known)
    limiter = services.login_attempts
    refuse_early(limiter.reserve([own, *shared]))
    try:
        correct = await verify_in_pool(stored, data.password, known_browser=known is not None)
    except BaseException:
        limiter.cancel([own, *shared])
        raise
    if user is None or not correct or user.disabled:
        raise ApiError(401, "Wrong email or password. An administrator can set a new password.")
    if user.totp_secret:
        if not data.code.strip():
            limiter.cancel([own, *shared])
            raise ApiError(428, "Enter the code of your authenticator app, or a recovery code.")
        async with services.database.session() as db:
            if not await use_code(db, user.id, data.code, services.now()):
                raise ApiError(401, "Wrong code. Enter the six digits that the app shows now.")
    await _check_method(services, user)
    limiter.succeeded(own, shared)
    return user


async def _check_method(services: Services, user: User) -> None:
    """Raise a 403 if the user must use the identity provider. Administrators are exempt."""
    async with services.database.session() as db:
        configs = (await organization_of(db)).configs
        role_ids = (await role_ids_of(db, [user.id])).get(user.id, [])
    forced = configs.get("sso_required", False) and strongest(role_ids) != ADMIN
    if services.settings.oidc_issuer and (
        forced or (user.login_methods and "password" not in user.login_methods)
    ):
        raise ApiError(403, "Log in through the identity provider of your organization.")


def refuse_early(wait: float) -> None:
    """Raise a 429 for an attempt made ``wait`` seconds too early."""
    if wait > 0:
        seconds = math.ceil(wait)
        raise ApiError(
            429, f"Too many failed attempts. Try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )


@post("/api/ui/logout", status_code=204, guards=[same_origin_guard])
async def logout(request: Request) -> Response[None]:  # type: ignore[type-arg]
    services = services_of(request)
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        async with services.database.session() as db:
            await db.execute(delete(Session).where(Session.token_hash == digest(token)))
    return Response(None, status_code=204, cookies=[_cookie(services, SESSION_COOKIE, "", timedelta(0))])


def _cookie(services: Services, name: str, value: str, life: timedelta) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=int(life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services.settings.url.startswith("https:"),
    )


@get("/api/ui/me", guards=[user_guard])
async def me(request: Request) -> Me:  # type: ignore[type-arg]
    user = await current_user(request)
    async with services_of(request).database.session() as db:
        shown = await me_of(db, user)
    shown.needs_second_factor = principal_of(request).needs_second_factor
    return shown


@post("/api/ui/password", status_code=200, guards=[session_guard])
async def change_password(request: Request, data: NewPassword) -> Response[Me]:  # type: ignore[type-arg]
    """Change one's own password; every other session of the user ends."""
    check_strength(data.new)
    user = await current_user(request)
    limiter, own = services_of(request).login_attempts, Bucket(f"change of password {user.id}", PAIR)
    refuse_early(limiter.reserve([own]))
    if not await verify_in_pool(user.password_hash, data.current):
        raise ApiError(403, "Current password is incorrect.")
    limiter.succeeded(own)
    hashed = await hash_in_pool(data.new)
    kept = digest(request.cookies.get(SESSION_COOKIE, ""))
    async with services_of(request).database.session() as db:
        user.password_hash, user.modified = hashed, datetime.now(UTC)
        await db.merge(user)
        await db.execute(delete(Session).where(Session.user_id == user.id, Session.token_hash != kept))
        shown = await me_of(db, user)
    cookie = _cookie(services_of(request), BROWSER_COOKIE, browser_token(hashed), BROWSER_LIFE)
    return Response(shown, cookies=[cookie])


class OpenSession(msgspec.Struct):
    """An open session; times are UNIX seconds. ``current`` marks the caller's own."""

    id: str
    address: str
    browser: str
    created: float
    expires: float
    current: bool
    method: str


@get("/api/ui/sessions", guards=[session_guard])
async def list_sessions(request: Request) -> list[OpenSession]:  # type: ignore[type-arg]
    """One's own sessions, newest first."""
    here = digest(request.cookies.get(SESSION_COOKIE, ""))
    query = select(Session).where(
        Session.user_id == principal_of(request).user_id, Session.expires > datetime.now(UTC)
    )
    async with services_of(request).database.session() as db:
        found = await db.scalars(query.order_by(Session.created.desc()))
        return [
            OpenSession(
                item.id,
                item.address,
                item.browser,
                item.created.timestamp(),
                item.expires.timestamp(),
                item.token_hash == here,
                item.method,
            )
            for item in found
        ]


@delete_endpoint("/api/ui/sessions/{session_id:str}", guards=[session_guard])
async def end_session(request: Request, session_id: str) -> None:  # type: ignore[type-arg]
    """End one of one's own sessions."""
    async with services_of(request).database.session() as db:
        found = await db.scalar(
            select(Session).where(Session.id == session_id, Session.user_id == principal_of(request).user_id)
        )
        if found is None:
            raise not_found(f"Session {session_id}")
        await db.delete(found)


@delete_endpoint("/api/ui/users/{uuid:str}/sessions", guards=[admin_guard])
async def end_user_sessions(request: Request, uuid: str) -> None:  # type: ignore[type-arg]
    """End all sessions of a user; the user can log in again."""
    async with services_of(request).database.session() as db:
        user = await db.scalar(select(User).where(User.uuid == uuid.lower()))
        if user is None:
            raise ApiError(404, f"{uuid} not found")
        await db.execute(delete(Session).where(Session.user_id == user.id))


async def current_user(request: Request) -> User:  # type: ignore[type-arg]
    """The user of the request; only behind a guard."""
    async with services_of(request).database.session() as db:
        user = await db.get(User, principal_of(request).user_id)
    if user is None:
        raise not_found("User")
    return user


handlers: list[ControllerRouterHandler] = [
    login, logout, me, change_password, list_sessions, end_session, end_user_sessions,
]  # fmt: skip
