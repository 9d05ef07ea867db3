"""Storage of shared dashboards: settings and their validation, invitations, access of readers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.passwords import hash_in_pool
from heeler.api.documents import is_one_of
from heeler.api.errors import ApiError
from heeler.dashboards.model import SharedDashboard, SharedDashboardInvitation

SPANS = ("15m", "1h", "4h", "1d", "2d", "1w", "1mo", "3mo")
THEMES = ("dark", "light", "system")
TYPES = ("custom_timeboard", "custom_screenboard")
MAX_INVITATIONS = 500
INVITATION_DAYS = 30
MIN_PASSWORD, MAX_PASSWORD = 8, 200
_FIELDS = (
    "title", "share_type", "status", "global_time", "global_time_selectable_enabled",
    "selectable_template_vars", "viewing_preferences", "expiration", "share_list", "invitees",
    "embeddable_domains",
)  # fmt: skip


def problems(given: Mapping[str, Any]) -> list[str]:
    """All validation errors of the settings of a shared dashboard."""
    return list(_problems(given))


def _problems(given: Mapping[str, Any]) -> Iterator[str]:
    if given.get("share_type") not in (None, "open", "invite"):
        if given["share_type"] == "embed":
            yield "Invalid 'share_type': 'embed' is not available here. Expected 'open' or 'invite'"
        else:
            yield f"Invalid 'share_type': {given['share_type']!r}. Expected 'open' or 'invite'"
    if given.get("status") not in (None, "active", "paused"):
        yield f"Invalid 'status': {given['status']!r}. Expected 'active' or 'paused'"
    shown_time = given.get("global_time") or {}
    span = shown_time.get("live_span") if isinstance(shown_time, dict) else shown_time
    if not isinstance(shown_time, dict) or (span is not None and not is_one_of(span, SPANS)):
        yield f"Invalid 'global_time.live_span': {span!r}. Expected one of {', '.join(SPANS)}"
    yield from _people_problems(given)
    variables = given.get("selectable_template_vars") or []
    if not isinstance(variables, list) or not all(_is_selectable(one) for one in variables):
        yield "Invalid 'selectable_template_vars'. Expected objects with name, prefix, visible_tags"
    if not isinstance(given.get("title") or "", str):
        yield f"Invalid 'title': {given['title']!r}. Expected a string"
    if not isinstance(given.get("global_time_selectable_enabled") or False, bool):
        yield "Invalid 'global_time_selectable_enabled'. Expected true or false"
    shown_as = given.get("viewing_preferences") or {}
    if not isinstance(shown_as, dict) or not (
        isinstance(shown_as.get("high_density") or False, bool)
        and (shown_as.get("theme") is None or is_one_of(shown_as["theme"], THEMES))
    ):
        yield f"Invalid 'viewing_preferences'. Expected high_density and theme, one of {', '.join(THEMES)}"
    if given.get("expiration") and expiration(given) is None:
        yield f"Invalid 'expiration': {given['expiration']!r}. Expected an ISO 8601 time"
    password = given.get("password")
    if password and (not isinstance(password, str) or not MIN_PASSWORD <= len(password) <= MAX_PASSWORD):
        yield f"Invalid 'password'. Expected {MIN_PASSWORD} to {MAX_PASSWORD} characters"
    if given.get("embeddable_domains"):
        yield "Invalid 'embeddable_domains': embedding a dashboard is not available here"


def _people_problems(given: Mapping[str, Any]) -> Iterator[str]:
    emails, invitees = given.get("share_list") or [], given.get("invitees") or []
    if not isinstance(emails, list) or not all(isinstance(one, str) for one in emails):
        yield "Invalid 'share_list'. Expected a list of email addresses"
    if not isinstance(invitees, list) or not all(
        isinstance(one, dict) and isinstance(one.get("email"), str) for one in invitees
    ):
        yield "Invalid 'invitees'. Expected a list of objects with an email"


def _is_selectable(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    texts = [given.get(name) for name in ("name", "prefix", "default_value", "type")]
    tags = given.get("visible_tags") or []
    return all(isinstance(one, str | None) for one in texts) and (
        isinstance(tags, list) and all(isinstance(one, str) for one in tags)
    )


def expiration(given: Mapping[str, Any]) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(given.get("expiration")))
    except ValueError:
        return None
    return found if found.tzinfo else None


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings to store: null, where it has no meaning of its own, is the default; so is an empty value
    of another type.
    """
    found = {name: given[name] for name in _FIELDS if name in given}
    for name, default in (
        ("global_time", {"live_span": "1h"}),
        ("viewing_preferences", {}),
        ("status", "active"),
        ("share_type", "open"),
        ("invitees", []),
        ("embeddable_domains", []),
    ):
        if name in found and not isinstance(found[name], type(default)):
            found[name] = default
    for name in ("selectable_template_vars", "share_list"):
        if not isinstance(found.get(name), list | None):
            found[name] = []
    return found


def new_token() -> str:
    """Random token of a shared dashboard's URL: 16 characters, a dash and 32 more."""
    return f"{secrets.token_hex(8)}-{secrets.token_hex(16)}"


def invited(given: Mapping[str, Any]) -> list[str]:
    """Email addresses in the settings, deduplicated."""
    named = [one.get("email") for one in given.get("invitees") or [] if isinstance(one, dict)]
    return list(dict.fromkeys(str(one) for one in [*named, *(given.get("share_list") or [])] if one))


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


async def find(db: AsyncSession, token: str) -> SharedDashboard:
    found = await db.get(SharedDashboard, token) if len(token) <= 64 else None
    if found is None:
        raise ApiError(404, f"Shared dashboard {token} not found")
    return found


async def invite(
    db: AsyncSession, shared: SharedDashboard, email: str, now: datetime
) -> tuple[SharedDashboardInvitation, str]:
    """Create an invitation and its key, which is only in the link."""
    key = secrets.token_urlsafe(24)
    made = SharedDashboardInvitation(
        token=shared.token,
        email=email,
        key_hash=key_hash(key),
        created=now,
        expires=now + timedelta(days=INVITATION_DAYS),
    )
    db.add(made)
    await db.flush()
    return made, key


async def set_password(shared: SharedDashboard, given: Mapping[str, Any]) -> None:
    """Set the password or, with null or an empty text, remove it; unchanged if the field is absent."""
    if "password" in given:
        shared.password_hash = await hash_in_pool(given["password"]) if given["password"] else ""


def unlock_key(shared: SharedDashboard) -> str:
    """Key that readers who entered the password send with each request; invalid after a password change."""
    return hmac.digest(shared.password_hash.encode(), shared.token.encode(), "sha256").hex()


async def may_read(db: AsyncSession, shared: SharedDashboard, key: str, unlocked: str, now: datetime) -> None:
    """Raise a 404 if a dashboard is paused or expired, a 403 if an invitation is missing, a 401 if the
    password is missing.
    """
    await may_try(db, shared, key, now)
    if shared.password_hash and not hmac.compare_digest(unlocked.encode(), unlock_key(shared).encode()):
        raise ApiError(401, "This dashboard is protected by a password")


async def may_try(db: AsyncSession, shared: SharedDashboard, key: str, now: datetime) -> None:
    """Like :func:`may_read`, without the password."""
    gone = shared.body.get("status") == "paused" or (shared.expires is not None and shared.expires <= now)
    if gone:
        raise ApiError(404, "This dashboard is not shared any more")
    if shared.body.get("share_type") != "invite":
        return
    query = select(SharedDashboardInvitation).where(
        SharedDashboardInvitation.token == shared.token, SharedDashboardInvitation.key_hash == key_hash(key)
    )
    found = await db.scalar(query) if key else None
    if found is None or found.expires <= now:
        raise ApiError(403, "This dashboard is shared by invitation: open the link of your invitation")
