"""Endpoints of the second factor: enrollment, deactivation, recovery codes."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import segno
from litestar import Request, delete, get, post
from litestar.types import ControllerRouterHandler

from heeler.accounts import store, totp
from heeler.accounts.login_attempts import PAIR
from heeler.accounts.model import User
from heeler.accounts.organization import CONFIGS, organization_of
from heeler.accounts.passwords import verify_in_pool
from heeler.accounts.sessions import current_user, refuse_early
from heeler.api.auth import admin_guard, principal_of, services_of, session_guard
from heeler.api.errors import ApiError, bad_request
from heeler.api.login_delays import Bucket

AnyRequest = Request[Any, Any, Any]


class SecondFactor(msgspec.Struct):
    """One's own second factor. ``available`` is false for users without a password here: their identity
    provider handles it.
    """

    enabled: bool
    available: bool
    required: bool
    recovery_codes_left: int


class Enrollment(msgspec.Struct):
    """A secret to put into an authenticator app: as text, as ``otpauth`` address, as QR code (SVG)."""

    secret: str
    uri: str
    qr_code: str


class Confirmation(msgspec.Struct):
    """The secret of the enrollment, a code that the app shows for it, and one's password."""

    secret: str
    code: str
    password: str


class Password(msgspec.Struct):
    password: str


class RecoveryCodes(msgspec.Struct):
    """Shown once; each works for one login."""

    codes: list[str]


@get("/api/ui/totp", guards=[session_guard])
async def second_factor(request: AnyRequest) -> SecondFactor:
    user = await current_user(request)
    async with services_of(request).database.session() as db:
        configs = (await organization_of(db)).configs
    return SecondFactor(
        enabled=bool(user.totp_secret),
        available=bool(user.password_hash),
        required=bool(configs.get("mfa_required", CONFIGS["mfa_required"].default)),
        recovery_codes_left=len(user.recovery_codes),
    )


@post("/api/ui/totp/enrollment", status_code=200, guards=[session_guard])
async def enroll(request: AnyRequest) -> Enrollment:
    """A new secret. Nothing changes before it is confirmed with a code."""
    user = await current_user(request)
    _check_available(user)
    async with services_of(request).database.session() as db:
        issuer = (await organization_of(db)).name or "Heeler"
    secret = totp.new_secret()
    uri = totp.uri(secret, user.email, issuer)
    return Enrollment(secret, uri, qr_code(uri))


def qr_code(text: str) -> str:
    """SVG of the QR code for ``text``: dark modules on white, with its quiet zone."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None,
        lineclass=None, omitsize=True,
    )  # fmt: skip
    return out.getvalue().decode()


def _check_available(user: User) -> None:
    if not user.password_hash:
        raise bad_request("You log in through the identity provider, which has second factors of its own.")


async def _check_password(request: AnyRequest, user: User, password: str) -> None:
    """Raise a 403 for a wrong password, a 429 after too many attempts."""
    limiter, own = services_of(request).login_attempts, Bucket(f"second factor {user.id}", PAIR)
    refuse_early(limiter.reserve([own]))
    if not await verify_in_pool(user.password_hash, password):
        raise ApiError(403, "Password is incorrect.")
    limiter.succeeded(own)


@post("/api/ui/totp", status_code=200, guards=[session_guard])
async def enable(request: AnyRequest, data: Confirmation) -> RecoveryCodes:
    """Enable the second factor; from now on a login with the password requires a code."""
    user = await current_user(request)
    _check_available(user)
    if not totp.is_secret(data.secret):
        raise bad_request("Invalid secret. Start the enrollment again.")
    await _check_password(request, user, data.password)
    step = totp.matching_step(data.secret, data.code, services_of(request).now(), 0)
    if step is None:
        raise bad_request("Wrong code. Enter the six digits that the app shows now.")
    async with services_of(request).database.session() as db:
        stored = await db.get_one(User, user.id)
        stored.totp_secret, stored.totp_step = data.secret, step
        return _renewed(stored)


def _renewed(user: User) -> RecoveryCodes:
    codes = totp.new_recovery_codes()
    user.recovery_codes = [totp.recovery_digest(code) for code in codes]
    return RecoveryCodes(codes)


@post("/api/ui/totp/recovery_codes", status_code=200, guards=[session_guard])
async def renew_recovery_codes(request: AnyRequest, data: Password) -> RecoveryCodes:
    """New recovery codes; those before stop working."""
    user = await current_user(request)
    if not user.totp_secret:
        raise bad_request("Set up the second factor first.")
    await _check_password(request, user, data.password)
    async with services_of(request).database.session() as db:
        return _renewed(await db.get_one(User, user.id))


@post("/api/ui/totp/disable", status_code=204, guards=[session_guard])
async def disable(request: AnyRequest, data: Password) -> None:
    user = await current_user(request)
    await _check_password(request, user, data.password)
    async with services_of(request).database.session() as db:
        _remove(await db.get_one(User, user.id))


@delete("/api/ui/users/{uuid:str}/totp", guards=[admin_guard])
async def remove_from_user(request: AnyRequest, uuid: str) -> None:
    """Remove a user's second factor, if lost; their sessions end."""
    async with services_of(request).database.session() as db:
        user = await store.user_by_uuid(db, uuid)
        if user.id == principal_of(request).user_id:
            raise bad_request("Turn off your own second factor under your preferences.")
        _remove(user)
        await store.end_sessions(db, user)


def _remove(user: User) -> None:
    user.totp_secret, user.totp_step, user.recovery_codes = "", 0, []


handlers: list[ControllerRouterHandler] = [
    second_factor, enroll, enable, renew_recovery_codes, disable, remove_from_user,
]  # fmt: skip
