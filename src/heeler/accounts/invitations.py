"""Single-use links to set a password: invitations and password resets.

A link works once, for a limited time, and only while it is the newest of its purpose. The database has the
hash of its token; the token is in the fragment of the address, which browsers do not send to servers.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.keys import digest
from heeler.accounts.model import Invitation, User
from heeler.api.errors import ApiError, bad_request
from heeler.api.services import Services

INVITE, RESET = "invite", "reset"
LIFE = {INVITE: timedelta(days=7), RESET: timedelta(hours=2)}

_TEXTS = {
    INVITE: (
        "You are invited to {organization}",
        "Hello{name},\n\n{inviter} invites you to {organization}, an installation of Heeler. Choose a "
        "password here:\n\n{link}\n\nThe link works once, until {expires} UTC. If you did not expect it, "
        "ignore this mail.",
    ),
    RESET: (
        "Reset your password of {organization}",
        "Hello{name},\n\nSomebody, probably you, asked for a new password of {organization}. Choose one "
        "here:\n\n{link}\n\nThe link works once, until {expires} UTC. If it was not you, ignore this mail: "
        "your password stays as it is.",
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A new link. ``url`` is returned to its creator only if it was not mailed."""

    invitation: Invitation
    url: str
    mailed: bool


async def make_link(
    services: Services, db: AsyncSession, user: User, purpose: str, inviter: str, organization: str
) -> Link:
    """Create a link for ``user``, mailed if a mail server is configured; invalidates earlier links of its
    purpose.
    """
    now = datetime.fromtimestamp(services.now(), tz=UTC)
    token = secrets.token_urlsafe(32)
    await db.execute(delete(Invitation).where(Invitation.user_id == user.id, Invitation.purpose == purpose))
    invitation = Invitation(
        user_id=user.id,
        purpose=purpose,
        token_hash=digest(token),
        created=now,
        expires=now + LIFE[purpose],
    )
    db.add(invitation)
    await db.flush()
    url = f"{services.settings.url}/invitation#{token}"
    mailed = bool(services.settings.smtp_url)
    if mailed:
        subject, text = _TEXTS[purpose]
        values = {
            "organization": organization or "Heeler",
            "name": f" {user.name}" if user.name else "",
            "inviter": inviter,
            "link": url,
            "expires": f"{invitation.expires:%Y-%m-%d %H:%M}",
        }
        services.send_secret_mail(db, user.email, subject.format(**values), text.format(**values))
    return Link(invitation, url, mailed)


def check_may_be_invited(user: User) -> None:
    """Raise a 400 if the user needs no invitation."""
    if user.disabled:
        raise bad_request(f"{user.email} is disabled. Enable the user first.")
    if user.service_account:
        raise bad_request(f"{user.email} is a service account, which cannot log in.")
    if user.password_hash or user.oidc_subject:
        raise bad_request(f"{user.email} has accepted an invitation already.")


async def found_by_token(db: AsyncSession, token: str, now: datetime) -> tuple[Invitation, User]:
    """Return the invitation for ``token`` and its user. Raises a 404 if it is no longer valid."""
    row = (
        await db.execute(
            select(Invitation, User)
            .join(User, User.id == Invitation.user_id)
            .where(
                Invitation.token_hash == digest(token),
                Invitation.used.is_(None),
                Invitation.expires > now,
                User.disabled.is_(False),
            )
        )
    ).first()
    if row is None:
        raise ApiError(404, "This link was used already, replaced by a newer one, or has expired.")
    return row[0], row[1]


def described(invitation: Invitation, user: User) -> dict[str, Any]:
    """Serialize an invitation in the format of the users API."""
    return {
        "id": invitation.id,
        "type": "user_invitations",
        "attributes": {
            "uuid": invitation.id,
            "invite_type": "password",
            "created_at": invitation.created.isoformat(),
            "expires_at": invitation.expires.isoformat(),
        },
        "relationships": {"user": {"data": {"id": user.uuid, "type": "users"}}},
    }
