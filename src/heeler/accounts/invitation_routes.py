"""Endpoints of invitations and password resets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.types import ControllerRouterHandler
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.invitations import (
    INVITE,
    RESET,
    Link,
    check_may_be_invited,
    described,
    found_by_token,
    make_link,
)
from heeler.accounts.login_attempts import PAIR
from heeler.accounts.model import Invitation, User
from heeler.accounts.organization import organization_of
from heeler.accounts.passwords import check_strength, hash_in_pool
from heeler.accounts.roles import role_ids_of
from heeler.accounts.sessions import Me, refuse_early, start_session
from heeler.accounts.user_routes import check_grant
from heeler.api.auth import (
    address_of,
    admin_guard,
    principal_of,
    same_origin_guard,
    services_of,
    writer_guard,
)
from heeler.api.client_address import network_of
from heeler.api.errors import ApiError, bad_request
from heeler.api.login_delays import Bucket
from heeler.api.text_limits import bounded_text

Body = dict[str, Any]
AnyRequest = Request[Any, Any, Any]

_MAX_INVITED = 100


async def invite(request: AnyRequest, db: AsyncSession, user: User) -> Link:
    """Create an invitation for ``user``, mailed or returned to the inviter. Raises 400 or 403.

    A caller who may only invite cannot invite a user with more rights than their own: the caller could read
    the link.
    """
    check_may_be_invited(user)
    role_ids = (await role_ids_of(db, [user.id])).get(user.id, [])
    await check_grant(db, principal_of(request), role_ids)
    name = (await organization_of(db)).name
    return await make_link(services_of(request), db, user, INVITE, principal_of(request).email, name)


def shown(link: Link, user: User) -> Body:
    """Serialize an invitation; with ``link`` if this server sends no mail, so that its creator can pass it
    on.
    """
    data = described(link.invitation, user)
    if not link.mailed:
        data["attributes"]["link"] = link.url
    return data


@post("/api/v2/user_invitations", status_code=201, guards=[writer_guard])
async def send_invitations(request: AnyRequest, data: Body) -> Body:
    """Invite users without a password, all or none of them; a new invitation replaces the previous one."""
    given = data.get("data")
    if not isinstance(given, list) or not 1 <= len(given) <= _MAX_INVITED:
        raise bad_request(f"Invalid data. Expected a list of 1 to {_MAX_INVITED} invitations.")
    async with services_of(request).database.session() as db:
        made = []
        for item in given:
            user = await store.user_by_uuid(db, _user_id(item))
            made.append(shown(await invite(request, db, user), user))
        return {"data": made}


def _user_id(item: object) -> str:
    relationships = item.get("relationships") if isinstance(item, dict) else None
    user = relationships.get("user") if isinstance(relationships, dict) else None
    data = user.get("data") if isinstance(user, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise bad_request("Invalid invitation. Expected relationships.user.data with the id of a user.")
    return str(data["id"])


@get("/api/v2/user_invitations/{invitation_id:str}", guards=[admin_guard])
async def get_invitation(request: AnyRequest, invitation_id: str) -> Body:
    async with services_of(request).database.session() as db:
        row = (
            await db.execute(
                select(Invitation, User)
                .join(User, User.id == Invitation.user_id)
                .where(Invitation.id == invitation_id, Invitation.purpose == INVITE)
            )
        ).first()
        if row is None:
            raise ApiError(404, f"{invitation_id} not found")
        return {"data": described(row[0], row[1])}


@delete("/api/v2/users/{uuid:str}/invitations", guards=[admin_guard])
async def delete_invitations(request: AnyRequest, uuid: str) -> None:
    """Revoke the invitations of a user who has not accepted one."""
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        await db.execute(
            sql_delete(Invitation).where(Invitation.user_id == user.id, Invitation.purpose == INVITE)
        )


class SentLink(msgspec.Struct):
    """Result of sending a link. ``link`` is empty if it was mailed to ``email``. ``expires``: UNIX
    seconds.
    """

    email: str
    link: str
    expires: float


@post("/api/ui/users/{uuid:str}/password_reset", status_code=200, guards=[admin_guard])
async def send_reset(request: AnyRequest, uuid: str) -> SentLink:
    """Create a password reset link: mailed, or returned if no mail server is configured."""
    services = services_of(request)
    async with services.database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        if user.service_account or user.disabled:
            raise bad_request(f"{user.email} cannot log in.")
        name = (await organization_of(db)).name
        link = await make_link(services, db, user, RESET, principal_of(request).email, name)
        return SentLink(user.email, "" if link.mailed else link.url, link.invitation.expires.timestamp())


class Forgotten(msgspec.Struct):
    email: str


@post("/api/ui/login/forgot", status_code=204, guards=[same_origin_guard])
async def forgot_password(request: AnyRequest, data: Forgotten) -> None:
    """Mail a password reset link. The response is the same for unknown addresses."""
    services = services_of(request)
    if not services.settings.smtp_url:
        raise bad_request("This server sends no mail. Ask an administrator for a link.")
    email, address = data.email.strip().lower()[:320], address_of(request)
    buckets = [
        Bucket(f"forgot {email}", PAIR),
        Bucket(f"forgot from {network_of(address)}", PAIR),
    ]
    refuse_early(services.login_attempts.reserve(buckets))
    async with services.database.session() as db:
        user = await store.user_by_email(db, email)
        if user is None or user.disabled or user.service_account:
            return
        name = (await organization_of(db)).name
        await make_link(services, db, user, RESET, user.email, name)


class Token(msgspec.Struct):
    token: str


class Invited(msgspec.Struct):
    """Recipient of a link. ``purpose``: ``invite`` or ``reset``."""

    email: str
    name: str
    purpose: str
    organization: str


@post("/api/ui/invitation", status_code=200, guards=[same_origin_guard])
async def look_at_invitation(request: AnyRequest, data: Token) -> Invited:
    services = services_of(request)
    async with services.database.session() as db:
        now = datetime.fromtimestamp(services.now(), UTC)
        invitation, user = await found_by_token(db, data.token, now)
        return Invited(user.email, user.name, invitation.purpose, (await organization_of(db)).name)


class Acceptance(msgspec.Struct):
    token: str
    password: str
    name: str = ""


@post("/api/ui/invitation/accept", status_code=200, guards=[same_origin_guard])
async def accept_invitation(request: AnyRequest, data: Acceptance) -> Response[Me | None]:
    """Set the password by a link and log in. The link does not work again; other sessions end.

    A second factor stays: with one, the answer is 204 and the user logs in with it.
    """
    check_strength(data.password)
    bounded_text("name", data.name, 200)
    services = services_of(request)
    now = datetime.fromtimestamp(services.now(), UTC)
    async with services.database.session() as db:
        await found_by_token(db, data.token, now)
    hashed = await hash_in_pool(data.password)
    async with services.database.session() as db:
        invitation, user = await found_by_token(db, data.token, now)
        invitation.used = now
        await store.set_password(db, user, hashed)
        if data.name.strip() and invitation.purpose == INVITE:
            user.name = data.name.strip()
        has_second_factor = bool(user.totp_secret)
    if has_second_factor:
        return Response(None, status_code=204)
    started: Response[Any] = await start_session(request, user, "password")
    return started


handlers: list[ControllerRouterHandler] = [
    send_invitations, get_invitation, delete_invitations, send_reset, forgot_password, look_at_invitation,
    accept_invitation,
]  # fmt: skip
