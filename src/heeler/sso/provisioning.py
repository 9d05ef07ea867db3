"""User provisioning at login through the identity provider: finds or creates the user, applies authn
mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts import store
from heeler.accounts.model import User
from heeler.accounts.roles import known_roles, role_id
from heeler.accounts.store import administrators
from heeler.api.errors import ApiError
from heeler.api.permissions import ADMIN
from heeler.sso.model import AuthnMapping
from heeler.teams.model import TeamMember

PROVISIONED = "oidc"
"""``provisioned_by`` of memberships set by mappings."""


def values_of(claims: Mapping[str, Any], key: str) -> set[str]:
    """Values of a claim as text, booleans as in JSON. ``key`` may be a path into objects:
    ``realm_access.roles``.
    """
    found: Any = claims.get(key)
    if found is None and "." in key:
        found = claims
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if found is None:
        return set()
    items = found if isinstance(found, list) else [found]
    return {str(item).lower() if isinstance(item, bool) else str(item) for item in items}


def matching(mappings: Iterable[AuthnMapping], claims: Mapping[str, Any]) -> list[AuthnMapping]:
    """Mappings whose value is among the values of their claim."""
    return [item for item in mappings if item.attribute_value in values_of(claims, item.attribute_key)]


async def user_for(db: AsyncSession, issuer: str, claims: Mapping[str, Any], default_role: str) -> User:
    """The user of ``claims``, with roles and teams set by mappings; created at the first login.

    Raises a 403 for disabled users, for those without a role, and if an account with the same email may
    belong to another person.
    """
    subject = f"{issuer} {claims['sub']}"[:400]
    user = await db.scalar(select(User).where(User.oidc_subject == subject))
    if user is None:
        user = await _by_email(db, claims)
    mappings = list(await db.scalars(select(AuthnMapping)))
    matched = matching(mappings, claims)
    roles = await _roles(db, user, mappings, matched, default_role)
    if user is None:
        user = await store.create_user(db, str(claims["email"]), _name(claims), roles)
    elif user.disabled or user.service_account:
        raise ApiError(403, f"The account {user.email} is disabled.")
    elif roles:
        await store.set_roles(db, user, roles)
    user.oidc_subject = subject
    if not user.name:
        user.name = _name(claims)
    await _set_teams(db, user, {item.team_id for item in matched if item.team_id})
    return user


def _name(claims: Mapping[str, Any]) -> str:
    return str(claims.get("name") or claims.get("preferred_username") or "")[:200]


async def _by_email(db: AsyncSession, claims: Mapping[str, Any]) -> User | None:
    """Account with the same email, to be linked to the provider if the email is verified or the account is
    pending.

    Raises a 403 otherwise, and if the account is linked to another account of the provider.
    """
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise ApiError(403, "The identity provider sent no email. Add the scope email to HEELER_OIDC_SCOPES.")
    user = await store.user_by_email(db, email)
    if user is None:
        if claims.get("email_verified") is False:
            raise ApiError(403, f"The identity provider has not verified the email {email}.")
        return None
    pending = not user.password_hash and not user.oidc_subject
    if claims.get("email_verified") is not True and not pending:
        raise ApiError(
            403,
            f"There is an account of {email} already, and the identity provider does not say that the email "
            "was verified (email_verified).",
        )
    if user.oidc_subject:
        raise ApiError(403, f"The account {email} belongs to another account of the identity provider.")
    return user


async def _roles(
    db: AsyncSession,
    user: User | None,
    mappings: Iterable[AuthnMapping],
    matched: Iterable[AuthnMapping],
    default_role: str,
) -> list[str]:
    """Roles to set; empty if they are unchanged.

    If mappings to roles exist, they decide at each login; the last administrator remains one.
    """
    known = await known_roles(db)
    found = sorted({item.role_id for item in matched if item.role_id in known})
    decided = any(item.role_id for item in mappings)
    if user is not None and not decided and (user.password_hash or user.oidc_subject):
        return []
    if not found:
        if default_role == "none" and (user is None or decided):
            raise ApiError(403, "None of your groups has access here. Ask an administrator for a mapping.")
        found = [role_id(default_role)] if default_role != "none" else []
        if user is not None and not decided:
            return []  # an invited user with roles, who logs in for the first time
    if user is not None and {admin.id for admin in await administrators(db)} == {user.id}:
        found = sorted({*found, role_id(ADMIN)})
    return found


async def _set_teams(db: AsyncSession, user: User, wanted: set[str]) -> None:
    """Join the teams of current mappings, leave those of former ones."""
    rows = await db.scalars(select(TeamMember).where(TeamMember.user_id == user.id))
    current = {member.team_id: member for member in rows}
    for team, member in current.items():
        if member.provisioned_by == PROVISIONED and team not in wanted:
            await db.delete(member)
    for team in wanted - set(current):
        db.add(TeamMember(team_id=team, user_id=user.id, role="", provisioned_by=PROVISIONED))
    await db.flush()
