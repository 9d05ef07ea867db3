"""Roles: the three managed ones, custom ones, and the union of permissions of a user with several roles."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from heeler.accounts.model import Role, UserRole
from heeler.api.permissions import ADMIN, ALL, BY_NAME, READ_ONLY, STANDARD, Permission, granted_to

_NAMESPACE = uuid.UUID("5b7cf8b4-4c1b-4c8e-8d57-6b1d0e0c7f11")
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

NAMES = {
    ADMIN: "Heeler Admin Role",
    STANDARD: "Heeler Standard Role",
    READ_ONLY: "Heeler Read Only Role",
}
"""Display name of each managed role in the roles API, strongest first."""


@dataclass(frozen=True, slots=True)
class KnownRole:
    """A managed or custom role. ``managed`` roles cannot be changed."""

    id: str
    name: str
    permissions: frozenset[str]
    created: datetime
    modified: datetime
    managed: bool
    default_permissions_opt_out: bool = False


def role_id(role: str) -> str:
    """The id of a managed role."""
    return str(uuid.uuid5(_NAMESPACE, role))


MANAGED: Mapping[str, KnownRole] = {
    role_id(role): KnownRole(role_id(role), name, granted_to(role), _SINCE, _SINCE, managed=True)
    for role, name in NAMES.items()
}
"""The managed roles by id."""

DESCRIPTIONS: Mapping[str, str] = {
    role_id(ADMIN): "Everything, with users, roles, keys of others and settings of the organization.",
    role_id(STANDARD): "View everything; create and change dashboards, monitors and other content.",
    role_id(READ_ONLY): "View everything; manage one's own keys.",
}
"""Description of each managed role, by id."""


async def known_roles(db: AsyncSession) -> dict[str, KnownRole]:
    """All roles by id: managed ones first, then custom ones by name."""
    custom = await db.scalars(select(Role).order_by(Role.name))
    return {**MANAGED, **{role.id: known(role) for role in custom}}


def known(role: Role) -> KnownRole:
    granted = frozenset(name for name in role.permissions if name in BY_NAME)
    opted_out = role.default_permissions_opt_out
    return KnownRole(role.id, role.name, granted, role.created, role.modified, False, opted_out)


async def role_ids_of(db: AsyncSession, users: Iterable[int] | None = None) -> dict[int, list[str]]:
    """The role ids of each user, or of all users if none are named. Users without roles are omitted."""
    query = select(UserRole.user_id, UserRole.role_id).order_by(UserRole.role_id)
    if users is not None:
        query = query.where(UserRole.user_id.in_(list(users)))
    found: dict[int, list[str]] = {}
    for user, role in await db.execute(query):
        found.setdefault(user, []).append(role)
    return found


def strongest(role_ids: Sequence[str]) -> str:
    """``admin``, ``standard`` or ``read-only``; ``custom`` for custom roles only, ``none`` without roles."""
    for role in NAMES:
        if role_id(role) in role_ids:
            return role
    return "custom" if role_ids else "none"


def permissions_of(role_ids: Iterable[str], roles: Mapping[str, KnownRole]) -> frozenset[str]:
    """The union of the permissions of the roles."""
    return frozenset().union(*(roles[identity].permissions for identity in role_ids if identity in roles))


def described_role(role: KnownRole, user_count: int | None = None) -> dict[str, Any]:
    """Serialize a role in the format of the roles API."""
    attributes: dict[str, Any] = {
        "name": role.name,
        "created_at": role.created.isoformat(),
        "modified_at": role.modified.isoformat(),
    }
    if not role.managed:
        attributes["default_permissions_opt_out"] = role.default_permissions_opt_out
    if user_count is not None:
        attributes["user_count"] = user_count
    granted = [permission for permission in ALL if permission.name in role.permissions]
    return {
        "id": role.id,
        "type": "roles",
        "attributes": attributes,
        "relationships": {
            "permissions": {"data": [{"id": permission.id, "type": "permissions"} for permission in granted]}
        },
    }


def described_permissions(names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Serialize the permissions ``names``, or all permissions, in the format of the roles API."""
    wanted = None if names is None else set(names)
    return [
        _described_permission(permission) for permission in ALL if wanted is None or permission.name in wanted
    ]


def _described_permission(permission: Permission) -> dict[str, Any]:
    return {
        "id": permission.id,
        "type": "permissions",
        "attributes": {
            "name": permission.name,
            "display_name": permission.display_name,
            "display_type": permission.display_type,
            "description": permission.description,
            "group_name": permission.group,
            "created": _SINCE.isoformat(),
            "restricted": False,
        },
    }
