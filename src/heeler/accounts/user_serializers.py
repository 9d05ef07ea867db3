"""Serializers of users for the v1 and v2 APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from heeler.accounts.model import User
from heeler.accounts.roles import strongest
from heeler.api.permissions import ADMIN, READ_ONLY, STANDARD

Body = dict[str, Any]

ACCESS_ROLES = {"adm": ADMIN, "st": STANDARD, "ro": READ_ONLY}
"""Managed roles by their names in the v1 API."""


def status_of(user: User) -> str:
    """``Active``, ``Pending`` (invited, without a password yet) or ``Disabled``."""
    if user.disabled:
        return "Disabled"
    has_login = user.password_hash or user.oidc_subject or user.service_account
    return "Active" if has_login else "Pending"


def icon_of(user: User) -> str:
    digest = hashlib.sha256(user.email.encode()).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?s=48&d=retro"


def described_user(user: User, role_ids: Iterable[str]) -> Body:
    """Serialize a user in the v2 format."""
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
            "verified": bool(user.password_hash or user.oidc_subject),
            "mfa_enabled": bool(user.totp_secret),
            "service_account": user.service_account,
            "status": status_of(user),
        },
        "relationships": {"roles": {"data": [{"id": identity, "type": "roles"} for identity in role_ids]}},
    }


def access_role(role_ids: Sequence[str]) -> str | None:
    """The v1 name of the role; None if the user has no managed role."""
    role = strongest(role_ids)
    return next((short for short, name in ACCESS_ROLES.items() if name == role), None)


def described_v1(user: User, role_ids: Sequence[str]) -> Body:
    """Serialize a user in the v1 format."""
    return {
        "handle": user.email,
        "email": user.email,
        "name": user.name or None,
        "title": user.title or None,
        "role": user.title or None,
        "access_role": access_role(role_ids),
        "is_admin": strongest(role_ids) == ADMIN,
        "verified": bool(user.password_hash or user.oidc_subject),
        "disabled": user.disabled,
        "icon": icon_of(user),
    }
